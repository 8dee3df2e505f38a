"""What displays at the doors are told: a new code every half minute, said again every few seconds."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

from devices import topics
from devices.door_code import DoorCode
from devices.mqtt import Link
from devices.registry import Entry
from shop.db import Database
from shop.domain import door_codes

# A display that has just come back need not wait for the next code, nor be asked for.
SAY_EVERY_S = 5.0
# Longer than a period, so that a gateway's restart leaves no gap; shorter than a code is good for, so that
# whoever reads the last second of it still has time to use it.
SHOWN_FOR_S = 45.0


@dataclass(frozen=True, slots=True)
class _Code:
    code: str
    made: float  # time.monotonic()


class Displays:
    """Codes in memory, by door: a gateway that starts makes new ones; the old stay good for their time."""

    def __init__(self, database: Database, link: Link, shop_url: str) -> None:
        self._database, self._link, self._shop_url = database, link, shop_url
        self._codes: dict[str, _Code] = {}
        self._said = -math.inf

    def keep_showing(self, entries: Iterable[Entry]) -> None:
        """Of these devices, of which some may be displays; called every second."""
        displays = [
            (entry, entry.door_id)
            for entry in entries
            if entry.kind == "display" and entry.rotating and entry.door_id is not None
        ]
        now = time.monotonic()
        if not self._renew({door for _, door in displays}, now) and now - self._said < SAY_EVERY_S:
            return
        self._said = now
        for display, door in displays:
            self._say(display, self._codes[door], now)

    def _renew(self, doors: Iterable[str], now: float) -> bool:
        never = _Code("", -math.inf)
        period = door_codes.PERIOD.total_seconds()
        due = [door for door in sorted(doors) if now - self._codes.get(door, never).made >= period]
        if due:
            with self._database.transaction() as tx:
                fresh = {door: _Code(door_codes.renew(tx, door), now) for door in due}
            self._codes |= fresh
        return bool(due)

    def _say(self, display: Entry, code: _Code, now: float) -> None:
        message = DoorCode(
            code=code.code,
            url=f"{self._shop_url}/?store={display.store}&door={code.code}&live=1",
            ttl_ms=max(1, round((code.made + SHOWN_FOR_S - now) * 1000)),
        )
        topic = topics.door_code(display.store, display.device)
        self._link.publish(topic, message.to_bytes(), qos=0, expiry_s=round(SAY_EVERY_S))
