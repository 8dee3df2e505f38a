"""What each kind of device report means to the shop: one function for each event type."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, select

from devices import losses
from devices.messages import (
    ContactChanged,
    ContactHeldOpen,
    Envelope,
    LockChanged,
    OutboxOverflow,
    ShelfChange,
)
from devices.senders import Sender
from shop.domain import doors, incidents, picks
from shop.domain.fleet import Door
from shop.domain.picks import PlateChange
from shop.domain.statements import RowsOf

# A door report this old is history: written down, not acted on (protocol section 4.7).
TOO_OLD_TO_ACT = timedelta(minutes=2)
# A clock this far from ours is not believed.
CLOCK_TRUST = timedelta(minutes=10)

Handler = Callable[[Session, Sender, Envelope, datetime], None]


def handle(tx: Session, sender: Sender, envelope: Envelope, received: datetime) -> None:
    """Apply one report; ValueError makes it a dead letter. Unknown types are kept and otherwise ignored."""
    handler = HANDLERS.get(envelope.type)
    if handler is not None:
        handler(tx, sender, envelope, _time_of(envelope.ts, envelope, received))


def _time_of(ts_ms: int, envelope: Envelope, received: datetime) -> datetime:
    """The device's time where its clock is good; ours where it has none or it is far off but online."""
    at = datetime.fromtimestamp(ts_ms / 1000, UTC)
    if envelope.tsq == "none" or at > received + CLOCK_TRUST:
        return received
    if at < received - CLOCK_TRUST and not envelope.offline:
        return received
    return min(at, received)


# Ours alone, but not against rows that name it: whoever asks to enter holds the store and names the door.
_DOOR = RowsOf(Door, select(Door).where(Door.id == bindparam("door")).with_for_update(key_share=True))


def _door(tx: Session, sender: Sender) -> Door:
    if sender.door_id is None:
        raise ValueError(f"{sender.id} belongs to no door")
    [door] = _DOOR.all(tx, door=sender.door_id)
    return door


def _lock_changed(tx: Session, sender: Sender, envelope: Envelope, at: datetime) -> None:
    data = envelope.data
    if not isinstance(data, LockChanged):
        raise ValueError("not a lock report")
    sender.state = data.model_dump(mode="json")
    if data.cause == "egress":
        doors.handle_turned(tx, _door(tx, sender), at)


def _contact_changed(tx: Session, sender: Sender, envelope: Envelope, at: datetime) -> None:
    data = envelope.data
    if not isinstance(data, ContactChanged):
        raise ValueError("not a contact report")
    sender.state = {"open": data.open}
    door = _door(tx, sender)
    if datetime.now(UTC) - at > TOO_OLD_TO_ACT:
        incidents.open_one(tx, door, "late_door_report", severity="info", open=data.open, at=at.isoformat())
    elif data.open:
        doors.opened(tx, door, at)
    else:
        doors.closed(tx, door, at)


def _held_open(tx: Session, sender: Sender, envelope: Envelope, at: datetime) -> None:
    data = envelope.data
    if not isinstance(data, ContactHeldOpen):
        raise ValueError("not a contact report")
    incidents.open_one(tx, sender, "door_held_open", device_id=sender.id, seconds=data.s, at=at.isoformat())


def _shelf_changed(tx: Session, sender: Sender, envelope: Envelope, _at: datetime) -> None:
    data = envelope.data
    if not isinstance(data, ShelfChange):
        raise ValueError("not a shelf report")
    received = datetime.now(UTC)
    change = PlateChange(
        device_id=sender.id,
        plate=data.plate,
        at=_time_of(data.t1, envelope, received),
        after_g=data.after_g,
        delta_g=data.delta_g,
        trace=data.trace.model_dump(mode="json") if data.trace else None,
    )
    picks.plate_changed(tx, change)


def _outbox_overflowed(tx: Session, sender: Sender, envelope: Envelope, _at: datetime) -> None:
    data = envelope.data
    if not isinstance(data, OutboxOverflow):
        raise ValueError("not an overflow report")
    losses.explain(tx, sender, first=data.first, last=data.last, dropped=data.dropped)


def _alarm(kind: str, severity: str) -> Handler:
    def raise_it(tx: Session, sender: Sender, envelope: Envelope, at: datetime) -> None:
        incidents.open_one(
            tx,
            sender,
            kind,
            severity=severity,
            device_id=sender.id,
            at=at.isoformat(),
            report=_plain(envelope.data),
        )

    return raise_it


def _plain(data: Any) -> Any:
    return data if isinstance(data, dict) else data.model_dump(mode="json")


HANDLERS: dict[str, Handler] = {
    "lock.changed": _lock_changed,
    "lock.jammed": _alarm("lock_jammed", "alarm"),
    "lock.forced": _alarm("lock_forced", "alarm"),
    "lock.tamper": _alarm("lock_tamper", "alarm"),
    "contact.changed": _contact_changed,
    "contact.held_open": _held_open,
    "shelf.change": _shelf_changed,
    "shelf.unsettled": _alarm("shelf_unsettled", "warning"),
    "scale.fault": _alarm("scale_fault", "warning"),
    "emergency.pressed": _alarm("emergency_pressed", "alarm"),
    "emergency.released": _alarm("emergency_released", "info"),
    "outbox.overflow": _outbox_overflowed,
}
