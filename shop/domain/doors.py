"""What locks and door contacts report, and what it means for the visit at that door."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, or_, select, update

from shop.domain import ending, incidents, lifecycle
from shop.domain.fleet import Door
from shop.domain.statements import RowsOf, Statement
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit

# A door that opens within this of the inner handle was opened from inside.
EGRESS_WINDOW = timedelta(seconds=10)
# An opening so long after the bolt was released for a visit that gave up is still hers.
LATE_OPENING = timedelta(seconds=15)

# Door and service may disagree by this much about what time it is.
CLOCKS_APART = timedelta(seconds=2)


_DOOR: Any = Door.__table__  # type: ignore[attr-defined]
_MOVING = ("is_open", "moved_at", "opened_at", "egress_at")
_NOTE = Statement(
    update(_DOOR).where(_DOOR.c.id == bindparam("door")).values({name: bindparam(name) for name in _MOVING})
)


def _note(tx: Session, door: Door, **facts: Any) -> None:
    """The row in hand and the one in the database, for a tenth of what a flush costs."""
    for name, fact in facts.items():
        set_committed_value(door, name, fact)
    _NOTE.ask(tx, door=door.id, **{name: getattr(door, name) for name in _MOVING})


def handle_turned(tx: Session, door: Door, at: datetime) -> None:
    """The lock's report may come after the contact's: it then explains an opening already judged."""
    unexplained = door.opened_at is not None and abs(at - door.opened_at) <= EGRESS_WINDOW
    left = unexplained and not door.is_open
    _note(tx, door, opened_at=None, egress_at=door.egress_at if left else at)
    if unexplained:
        incidents.close_all(
            tx, door, "opened_without_visit", door=door.name, why="the inner handle was turned"
        )
    if left:
        ending.left_through(tx, door)


def opened(tx: Session, door: Door, at: datetime) -> None:
    if _from_inside(door, at):
        _note(tx, door, is_open=True, moved_at=at)
        return
    ending.end_those_seen_leaving(tx, door)
    visit = _visit_at(tx, door, at)
    _note(tx, door, is_open=True, moved_at=at, opened_at=at if visit is None else None)
    if visit is None:
        incidents.open_one(tx, door, "opened_without_visit", severity="alarm", door=door.name)
        return
    lifecycle.advance(tx, visit, Event.DOOR_OPENED, reason=_late_reason(visit))


def closed(tx: Session, door: Door, at: datetime) -> None:
    """One turn of the handle explains one opening, not that of whoever comes in next."""
    from_inside = door.moved_at is not None and _from_inside(door, door.moved_at)
    _note(tx, door, is_open=False, moved_at=at, egress_at=None)
    if from_inside:
        ending.left_through(tx, door)


def _from_inside(door: Door, at: datetime) -> bool:
    return door.egress_at is not None and abs(at - door.egress_at) <= EGRESS_WINDOW


def _late_reason(visit: Visit) -> str | None:
    return "opened_after_giving_up" if visit.state == State.ABANDONED else None


# Asked whenever a door opens, so built once.
_AT_DOOR = Visit.door_id == bindparam("door")
_WAITING = RowsOf(
    Visit,
    select(Visit)
    .where(
        _AT_DOOR,
        or_(*(col(Visit.state) == state for state in (State.ADMITTED, State.UNLOCKED))),
        col(Visit.created_at) <= bindparam("latest"),  # an older opening, told late, is not her entry
    )
    .with_for_update(),
)
_GAVE_UP = RowsOf(
    Visit,
    select(Visit)
    .where(
        _AT_DOOR,
        Visit.state == State.ABANDONED,
        or_(
            col(Visit.unlocked_at).is_not(None),
            *(col(Visit.reason) == reason for reason in ("door_did_not_answer", "cancelled")),
        ),
        col(Visit.ended_at) > bindparam("earliest"),
    )
    .order_by(col(Visit.ended_at).desc())
    .with_for_update(),
)


def _visit_at(tx: Session, door: Door, at: datetime) -> Visit | None:
    """The visit this opening belongs to: the one let in last, or one that just gave up waiting."""
    waiting = _WAITING.first(tx, door=door.id, latest=at + CLOCKS_APART)
    return waiting or _GAVE_UP.first(tx, door=door.id, earliest=at - LATE_OPENING)
