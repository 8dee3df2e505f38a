"""Moves a visit along its table and does what the table asks for."""

from collections.abc import Callable

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from shop.domain import clock, feed, incidents, jobs, payments, settlement
from shop.domain.errors import IllegalTransition
from shop.domain.statements import Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import OPEN, Event, State, Task, step
from shop.domain.visits import AT_THE_DOOR, Visit

# From the order to the lock's acknowledgement (device-protocol 4.5); never scaled.
UNLOCK_DEADLINE_S = 3.0
RELEASE_MS = 5000  # how long the bolt stays open for the shopper to pull the door
OPENING_GRACE_S = 1.0  # for the contact's report to arrive


# Which timers a state has set, to be called off when it is left.
TIMERS: dict[State, tuple[str, ...]] = {
    State.REQUESTED: ("time_out",),
    State.AUTHENTICATING: ("time_out",),
    State.ADMITTED: ("time_out",),
    State.UNLOCKED: ("time_out",),
    State.SHOPPING: ("time_out", "stuck", "quiet", "end_visit"),
    State.SETTLING: ("time_out",),
    State.PAYMENT_DUE: ("time_out",),
}


def advance(tx: Session, visit: Visit, event: Event, *, reason: str | None = None) -> None:
    """One step of the table, its tasks, and the step that a task leads to at once."""
    before = State(visit.state)
    state, tasks = step(before, event)
    if state != before and before in TIMERS:
        jobs.cancel(tx, visit.id, *TIMERS[before])  # a timer that need not run costs nothing
    _stamp(visit, state, reason)
    follow: list[Event] = []
    for task in tasks:
        next_event = DO[task](tx, visit)
        if next_event is not None:
            follow.append(next_event)
    tell(tx, visit)
    for next_event in follow:
        advance(tx, visit, next_event)


def tell(tx: Session, visit: Visit) -> None:
    """Something about this visit changed that a screen shows."""
    feed.tell(tx, visit, "visit", visit.id)


def try_advance(tx: Session, visit: Visit, event: Event, *, reason: str | None = None) -> bool:
    """For news that may come at any time; False and an incident when the table has no place for it."""
    try:
        advance(tx, visit, event, reason=reason)
    except IllegalTransition as refused:
        incidents.open_one(
            tx, visit, "unexpected_news", visit_id=visit.id, news=str(event), problem=str(refused)
        )
        return False
    return True


def _stamp(visit: Visit, state: State, reason: str | None) -> None:
    now = clock.now()
    was_open = visit.state in OPEN
    visit.state = state
    if reason is not None:
        visit.reason = reason
    if state == State.UNLOCKED and visit.unlocked_at is None:
        visit.unlocked_at = now
    if state == State.SHOPPING and visit.entered_at is None:
        visit.entered_at = now
    if was_open and state not in OPEN:
        visit.ended_at = now
    if state == State.SETTLED:
        visit.settled_at = now


_LOCK_STORE = Statement(
    select(Store.id).where(Store.id == bindparam("store")).with_for_update(key_share=True)
)
_OTHERS = Statement(
    select(Visit.id).where(
        Visit.door_id == bindparam("door"),
        Visit.id != bindparam("visit"),
        or_(*(col(Visit.state) == state for state in AT_THE_DOOR[1:])),
    )
)


def _unlock_door(tx: Session, visit: Visit) -> Event | None:
    _LOCK_STORE.first(tx, store=visit.store_id)  # one at a time decides who goes through
    if _OTHERS.first(tx, door=visit.door_id, visit=visit.id) is not None:
        visit.reason = "door_busy"
        return Event.UNLOCK_FAILED
    unlock = jobs.new(
        **visit.scope(),
        queue="gateway",
        kind="unlock",
        subject=visit.id,
        door_id=visit.door_id,
        release_ms=RELEASE_MS,
        deadline_ms=int((clock.now().timestamp() + UNLOCK_DEADLINE_S) * 1000),
    )
    too_late = jobs.new_timer(visit, "time_out", after_s=UNLOCK_DEADLINE_S, state=State.ADMITTED)
    jobs.put(tx, unlock, too_late)
    return None


def _await_opening(tx: Session, visit: Visit) -> None:
    after_s = RELEASE_MS / 1000 + OPENING_GRACE_S
    jobs.timer(tx, visit, "time_out", after_s=after_s, state=State.UNLOCKED)


_LIMITS = Statement(select(Store.stuck_after_s, Store.visit_limit_s).where(Store.id == bindparam("store")))


def _watch_over(tx: Session, visit: Visit) -> None:
    stuck_s, limit_s = _LIMITS.first(tx, store=visit.store_id)
    stuck = jobs.new_timer(visit, "stuck", after_s=stuck_s)
    jobs.put(tx, stuck, jobs.new_timer(visit, "time_out", after_s=limit_s, state=State.SHOPPING))


def _release_hold(tx: Session, visit: Visit) -> None:
    """Every payment that could still take her money: the hold, and a charge that waits for her bank."""
    for payment in payments.of_visit(tx, visit.id):
        if payment.status in ("captured", "released", "declined"):
            continue
        if payment.provider_id is None:
            # nobody asked the bank yet, or its answer is on the way and brings us here again
            jobs.cancel_unstarted(tx, visit.id, "place_hold" if payment.kind == "hold" else "charge")
        else:
            jobs.add(tx, **visit.scope(), kind="release_hold", subject=visit.id, payment_id=payment.id)


def _request_payment(tx: Session, visit: Visit) -> None:
    store = tx.get_one(Store, visit.store_id)
    visit.reason = visit.reason or "left_unpaid"
    mail = jobs.new(**visit.scope(), kind="mail_payment_due", subject=visit.id)
    after_s = store.payment_due_s
    jobs.put(tx, mail, jobs.new_timer(visit, "time_out", after_s=after_s, state=State.PAYMENT_DUE))


def _send_receipt(tx: Session, visit: Visit) -> None:
    jobs.add(tx, **visit.scope(), kind="mail_receipt", subject=visit.id)


def _call_staff(tx: Session, visit: Visit) -> None:
    incidents.open_one(tx, visit, "review", severity="warning", visit_id=visit.id, reason=visit.reason)


DO: dict[Task, Callable[[Session, Visit], Event | None]] = {
    Task.UNLOCK_DOOR: _unlock_door,
    Task.AWAIT_OPENING: _await_opening,
    Task.WATCH_OVER: _watch_over,
    Task.RELEASE_HOLD: _release_hold,
    Task.BOOK_SALE: settlement.book_sale,
    Task.COLLECT: settlement.collect,
    Task.WRITE_OFF: settlement.write_off,
    Task.REQUEST_PAYMENT: _request_payment,
    Task.SEND_RECEIPT: _send_receipt,
    Task.CALL_STAFF: _call_staff,
}
