"""What locks and door contacts report, and what it means for the visit at that door."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from shop.domain import ending, incidents, lifecycle
from shop.domain.fleet import Door
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit

# A door that opens within this of the inner handle was opened from inside.
EGRESS_WINDOW = timedelta(seconds=10)
# An opening so long after the bolt was released for a visit that gave up is still hers.
LATE_OPENING = timedelta(seconds=15)

# Door and service may disagree by this much about what time it is.
CLOCKS_APART = timedelta(seconds=2)


def handle_turned(tx: Session, door: Door, at: datetime) -> None:
    """The lock's report may come after the contact's: it then explains an opening already judged."""
    unexplained = door.opened_at is not None and abs(at - door.opened_at) <= EGRESS_WINDOW
    door.opened_at = None
    tx.add(door)
    if unexplained:
        incidents.close_all(
            tx, door, "opened_without_visit", door=door.name, why="the inner handle was turned"
        )
    if unexplained and not door.is_open:
        ending.left_through(tx, door)
    else:
        door.egress_at = at


def opened(tx: Session, door: Door, at: datetime) -> None:
    door.is_open, door.moved_at = True, at
    tx.add(door)
    if _from_inside(door, at):
        return
    ending.end_those_seen_leaving(tx, door)
    visit = _visit_at(tx, door, at)
    door.opened_at = at if visit is None else None
    if visit is None:
        incidents.open_one(tx, door, "opened_without_visit", severity="alarm", door=door.name)
        return
    lifecycle.advance(tx, visit, Event.DOOR_OPENED, reason=_late_reason(visit))


def closed(tx: Session, door: Door, at: datetime) -> None:
    opened_at = door.moved_at
    door.is_open, door.moved_at = False, at
    tx.add(door)
    if opened_at is not None and _from_inside(door, opened_at):
        ending.left_through(tx, door)
    door.egress_at = None  # one turn of the handle explains one opening, not that of whoever comes in next


def _from_inside(door: Door, at: datetime) -> bool:
    return door.egress_at is not None and abs(at - door.egress_at) <= EGRESS_WINDOW


def _late_reason(visit: Visit) -> str | None:
    return "opened_after_giving_up" if visit.state == State.ABANDONED else None


def _visit_at(tx: Session, door: Door, at: datetime) -> Visit | None:
    """The visit this opening belongs to: the one let in last, or one that just gave up waiting."""
    waiting = select(Visit).where(
        Visit.door_id == door.id,
        col(Visit.state).in_((State.ADMITTED, State.UNLOCKED)),
        col(Visit.created_at) <= at + CLOCKS_APART,  # an older opening, told late, is not her entry
    )
    visit = tx.exec(waiting.with_for_update()).first()
    if visit is not None:
        return visit
    gave_up = select(Visit).where(
        Visit.door_id == door.id,
        Visit.state == State.ABANDONED,
        col(Visit.unlocked_at).is_not(None) | col(Visit.reason).in_(("door_did_not_answer", "cancelled")),
        col(Visit.ended_at) > at - LATE_OPENING,
    )
    return tx.exec(gave_up.order_by(col(Visit.ended_at).desc()).with_for_update()).first()
