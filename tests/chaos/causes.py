"""Which injected fault explains a visit that did not go through: by time, place and kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AFTERMATH_MS = 10_000  # restarting, reconnecting and catching up after the target is back
HEADWAY_MS = 1_000

CORE = ("worker", "gateway", "serve", "broker", "database")
# Why a visit ends otherwise, and what can be to blame for it.
CAN_CAUSE: Mapping[str, tuple[str, ...]] = {
    "hold_took_too_long": ("worker", "serve", "database", "stripe"),
    "authentication_took_too_long": ("worker", "serve", "database", "stripe"),
    "door_did_not_answer": ("worker", "gateway", "broker", "database", "device"),
    "door_unavailable": ("gateway", "broker", "database", "device"),
    "door_busy": ("gateway", "broker", "database", "device"),
    "door_not_opened": ("serve", "gateway", "broker", "database", "device"),
    "unclear_goods": ("gateway", "broker", "database", "device"),
    "no_end_seen": (*CORE, "device"),
    "left_unpaid": ("serve", "database"),
    "capture_took_too_long": ("worker", "database", "stripe"),
    "not_paid_in_time": (*CORE, "stripe"),
}
ANYTHING = (*CORE, "device", "stripe")


@dataclass(frozen=True, slots=True)
class Fault:
    """`store` None: it was everybody's; `visit` None: whoever was there."""

    name: str
    kind: str
    from_ms: int
    to_ms: int
    store: str | None = None
    visit: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A visit that was reviewed or did not settle, while it was on its way."""

    visit: str
    store: str
    why: tuple[str, ...]
    from_ms: int
    to_ms: int


def explain(trouble: Trouble, faults: Sequence[Fault]) -> list[str]:
    """Names of the faults that may be to blame; empty when nothing injected explains it."""
    kinds = {kind for why in trouble.why for kind in CAN_CAUSE.get(why, ANYTHING)}
    return [fault.name for fault in faults if fault.kind in kinds and _hit(fault, trouble)]


def _hit(fault: Fault, trouble: Trouble) -> bool:
    if fault.visit is not None and fault.visit != trouble.visit:
        return False
    if fault.store is not None and fault.store != trouble.store:
        return False
    began, ended = trouble.from_ms - HEADWAY_MS, trouble.to_ms
    return fault.from_ms <= ended and began <= fault.to_ms + AFTERMATH_MS
