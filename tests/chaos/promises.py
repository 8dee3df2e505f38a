"""Every answer a shopper got, kept outside the system: what was acknowledged must be true at the end."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    at_ms: int
    who: str
    method: str
    path: str
    body: Json | None
    answer: Any


@dataclass
class Promises:
    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # 500: nobody may ever see one
    tries: Counter[str] = field(default_factory=Counter)  # "first" and "again"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, who: str, method: str, path: str, body: Json | None, answer: Any) -> None:
        with self._lock:
            at_ms = time.time_ns() // 1_000_000
            self.answers.append(Answer(at_ms, who, method, path, body, answer))

    def tried(self, *, again: bool) -> None:
        with self._lock:
            self.tries["again" if again else "first"] += 1

    def failed(self, method: str, path: str) -> None:
        with self._lock:
            self.failures.append(f"{method} {path}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the books say at the end."""

    visits: Mapping[str, str]  # id -> state
    marks: Mapping[str, Mapping[str, bool]]  # visit -> ordered, left
    scanned: Mapping[tuple[str, str], int]
    receipts: Mapping[str, int]  # visit -> total
    sku_of: Mapping[str, str]  # by barcode
    objections: frozenset[str] = frozenset()  # ids


def broken(
    answers: list[Answer], kept: Kept, put_back: frozenset[tuple[str, str]] = frozenset()
) -> list[str]:
    """Acknowledged and gone; each in words that name it. What was put back is not claimed any more."""
    found = []
    scans: Counter[tuple[str, str]] = Counter()
    changed_by_hand: set[tuple[str, str]] = set()
    for one in answers:
        match (one.method, *one.path.strip("/").split("/")):
            case ("POST", "visits"):
                if one.answer["id"] not in kept.visits:
                    found.append(f"visit {one.answer['id']} of {one.who} was begun and is not there")
            case ("POST", "visits", visit, "scans"):
                wish = one.body or {}
                scans[visit, kept.sku_of[wish["gtin"]]] += wish["quantity"]
            case ("PUT", "visits", visit, "lines", sku):
                changed_by_hand.add((visit, sku))
            case ("POST", "visits", visit, "pay" | "leave" as what):
                if not kept.marks.get(visit, {}).get(what):
                    state = kept.visits.get(visit, "unknown")
                    found.append(f"visit {visit} ({state}): {what} was acknowledged and is not there")
            case ("POST", "visits", visit, "objections"):
                if one.answer["objections"][-1]["id"] not in kept.objections:
                    found.append(f"visit {visit}: an objection was acknowledged and is not there")
            case ("GET", "visits", visit, "receipt"):
                if kept.receipts.get(visit) != one.answer["total_cents"]:
                    found.append(f"visit {visit}: its receipt is not the one she was shown")
    for (visit, sku), units in scans.items():
        booked = kept.scanned.get((visit, sku), 0)
        if booked != units and (visit, sku) not in changed_by_hand | put_back:
            found.append(f"visit {visit}: {units} {sku} were scanned, {booked} are in the basket")
    return found
