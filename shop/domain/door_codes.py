"""Codes on a display at the door, each good for a minute, so that a photo of one opens nothing later.

Random and kept, not derived from the root secret: the service that the world reaches does not hold that.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, delete
from sqlmodel import Field, Session, col, select

from shop.domain import clock, fleet
from shop.domain.errors import Refusal
from shop.domain.fleet import Device, Door
from shop.domain.statements import Statement
from shop.domain.tenancy import Store, StoreRow

PERIOD = timedelta(seconds=30)
# The code on the display and the one before it. Nothing looks at a code's beginning, for before it was
# written down nobody could have it: where the gateway's clock and the service's differ, a code lives longer
# or shorter by as much, and is never refused as too new.
GOOD_FOR = 2 * PERIOD
# Whoever comes with an older one is told that it is old, later that there is no such code.
KNOWN_FOR = timedelta(days=1)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: nothing looks like I, L, O or U
LENGTH = 12  # of five bits each
Mode = Literal["sticker", "rotating"]
_AS_WRITTEN = str.maketrans("ILO", "110", "-")


class DoorCode(StoreRow, table=True):
    __tablename__ = "door_code"

    code: str = Field(primary_key=True, max_length=LENGTH)
    door_id: str = Field(foreign_key="door.id", max_length=26, index=True)
    until: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A door as somebody named it, by what stands on its sticker or on its display."""

    door: Door
    on_display: bool

    def must_open(self, store: Store) -> None:
        """Refusal old_door_code for a sticker where there is a display; what is on one is always new."""
        if store.door_code_mode == "rotating" and not self.on_display:
            raise Refusal("old_door_code")


_FORGET = Statement(
    delete(DoorCode).where(
        col(DoorCode.door_id) == bindparam("door"), col(DoorCode.until) < bindparam("long_ago")
    )
)
_ON_DISPLAY = (
    select(Door, col(DoorCode.until))
    .join(DoorCode, col(DoorCode.door_id) == col(Door.id))
    .where(col(DoorCode.code) == bindparam("code"), col(DoorCode.operator_id) == bindparam("operator"))
)


def choose(tx: Session, store: Store, mode: Mode) -> None:
    """What opens its doors from now on. Refusal display_not_ready where nobody could get in any more."""
    if mode == "rotating":
        online = {display.door_id for display in displays_of(tx, store) if display.online}
        if not online.issuperset(door.id for door in fleet.doors_of(tx, store.id)):
            raise Refusal("display_not_ready")
    store.door_code_mode = mode
    tx.add(store)


def displays_of(tx: Session, store: Store) -> list[Device]:
    return [device for device in fleet.devices_of(tx, store.id) if device.kind == "display"]


def add_displays(tx: Session, store: Store) -> list[str]:
    """One for each door that has none; their names, by which they are set up. They may answer later."""
    present = displays_of(tx, store)
    added: list[str] = []
    for door in fleet.doors_of(tx, store.id):
        if all(display.door_id != door.id for display in present):
            name = f"{store.slug}-display" + (f"-{door.name}" if present or added else "")
            tx.add(Device(**store.scope(), id=name, kind="display", door_id=door.id))
            added.append(name)
    tx.flush()
    return added


def renew(tx: Session, door_id: str) -> str:
    """The next code for the display at this door."""
    door = tx.get_one(Door, door_id)
    now = clock.now()
    _FORGET.run(tx, door=door_id, long_ago=now - KNOWN_FOR)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    tx.add(DoorCode(**door.scope(), code=code, door_id=door_id, until=now + GOOD_FOR))
    return code


def find(tx: Session, operator_id: str, given: str) -> Shown:
    """Refusal unknown_door, or old_door_code for what a display showed too long ago."""
    door = fleet.door_by_code(tx, operator_id, given)
    if door is not None:
        return Shown(door, on_display=False)
    asked = {"code": given.upper().translate(_AS_WRITTEN), "operator": operator_id}
    found = tx.exec(_ON_DISPLAY, params=asked).first()
    if found is None:
        raise Refusal("unknown_door")
    door, until = found
    if until <= clock.now():
        raise Refusal("old_door_code")
    return Shown(door, on_display=True)
