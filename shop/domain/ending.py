"""The end of a visit is a rule, not a guess."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from shop.domain import clock, jobs, lifecycle, visits
from shop.domain.errors import Refusal
from shop.domain.fleet import Door, Plate, Sensing, Shelf
from shop.domain.statements import Asked, Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import OPEN, Event, State
from shop.domain.visits import Visit

# Shelf reports of the last pick may still be on their way when she says "I have left".
LAST_REPORTS_S = 1.5


def how_it_ended(visit: Visit) -> Event:
    """Which end the evidence speaks for."""
    if visit.unclear or visit.disputed:
        return Event.LEFT_UNCLEAR
    if not visit.items:
        return Event.LEFT_WITH_NOTHING
    return Event.LEFT_PAID if visit.ordered_at else Event.LEFT_UNPAID


def end(tx: Session, visit: Visit) -> None:
    event = how_it_ended(visit)
    reason = "unclear_goods" if event == Event.LEFT_UNCLEAR else None
    lifecycle.advance(tx, visit, event, reason=reason)


_PLATES = Statement(
    select(Plate.id)
    .join(Shelf, col(Shelf.id) == col(Plate.shelf_id))
    .join(Visit, col(Visit.store_id) == col(Plate.store_id))
    .where(Visit.id == bindparam("visit"), Shelf.sensing == Sensing.FULL)
    .limit(1)
)


def ask_plates(tx: Session, visit_id: str) -> Asked:
    """Whether shelves of her store report what she takes: a row if they do."""
    return _PLATES.ask(tx, visit=visit_id)


def say_left(tx: Session, visit: Visit, plates: Asked | None = None) -> None:
    """The shopper says she has left; the visit ends once the last shelf reports are in.

    In a store without `plates` there is nothing to wait for: it ends, and is booked, at once.
    """
    if visit.state not in OPEN:
        return  # said twice, or the rule was faster
    if visit.state != State.SHOPPING:
        raise Refusal("not_shopping")
    if visit.exit_seen_at is None:
        visit.exit_seen_at = clock.now()
    if (plates or ask_plates(tx, visit.id)).first() is not None:
        jobs.timer(tx, visit, "end_visit", after_s=LAST_REPORTS_S)
    else:
        end(tx, visit)


def order(tx: Session, visit: Visit) -> None:
    """The binding order for what is, and what will be, in the basket of this visit."""
    if visit.state != State.SHOPPING:
        raise Refusal("not_shopping")
    if visit.ordered_at is None:
        visit.ordered_at = clock.now()


_QUIET = Statement(select(Store.quiet_s).where(Store.id == bindparam("store")))


def left_through(tx: Session, door: Door) -> None:
    """Somebody opened from inside and the door is shut again: start the wait for quiet shelves."""
    inside = visits.in_store(tx, door.store_id)
    if len(inside) != 1:
        return  # with several inside nobody can say who left
    visit = inside[0]
    visit.exit_seen_at = clock.now()
    jobs.timer(tx, visit, "quiet", after_s=_QUIET.first(tx, store=door.store_id).quiet_s)


def end_those_seen_leaving(tx: Session, door: Door) -> None:
    """Before the next one walks in: who was seen leaving an emptied store has left."""
    for visit in visits.in_store(tx, door.store_id, lock=True):
        if visit.exit_seen_at is not None and _last_movement(tx, visit) <= visit.exit_seen_at:
            end(tx, visit)


def end_if_quiet(tx: Session, visit: Visit) -> None:
    """The rule itself: seen leaving, alone in the store, all plates at rest since."""
    if visit.state != State.SHOPPING or visit.exit_seen_at is None:
        return
    if visits.people_inside(tx, visit.store_id) != 1:
        return
    store = tx.get_one(Store, visit.store_id)
    quiet = timedelta(seconds=store.quiet_s)
    rest = _last_movement(tx, visit) + quiet - clock.now()
    if rest > timedelta(0):
        jobs.timer(tx, visit, "quiet", after_s=rest.total_seconds())
        return
    end(tx, visit)


_LAST_MOVED = Statement(
    select(func.max(Plate.changed_at).label("moved"))
    .join(Shelf, col(Shelf.id) == col(Plate.shelf_id))
    .where(Plate.store_id == bindparam("store"), Shelf.sensing == Sensing.FULL)
)


def _last_movement(tx: Session, visit: Visit) -> datetime:
    """When she was seen leaving, or a shelf moved after that."""
    moved = _LAST_MOVED.first(tx, store=visit.store_id).moved
    seen = visit.exit_seen_at or clock.now()
    return max(seen, moved or seen)


def time_out(tx: Session, visit: Visit, state: str) -> None:
    """A timer ran down; it means something only if the visit still is where it was set."""
    if visit.state != state:
        return
    if state == State.ADMITTED:
        lifecycle.advance(tx, visit, Event.UNLOCK_FAILED, reason="door_did_not_answer")
    elif state == State.SHOPPING and how_it_ended(visit) == Event.LEFT_WITH_NOTHING:
        lifecycle.advance(tx, visit, Event.LEFT_WITH_NOTHING)
    else:
        lifecycle.advance(tx, visit, Event.TIMED_OUT, reason=TIMED_OUT_REASON[State(state)])


TIMED_OUT_REASON = {
    State.REQUESTED: "hold_took_too_long",
    State.AUTHENTICATING: "authentication_took_too_long",
    State.UNLOCKED: "door_not_opened",
    State.SHOPPING: "no_end_seen",
    State.SETTLING: "capture_took_too_long",
    State.PAYMENT_DUE: "not_paid_in_time",
}
