"""Who may come in, and if not, why."""

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, or_, select

from shop.domain import (
    clock,
    consents,
    customers,
    door_codes,
    ending,
    feed,
    fleet,
    ids,
    jobs,
    lifecycle,
    tenancy,
    visits,
)
from shop.domain.customers import Customer, Shopper
from shop.domain.errors import Refusal
from shop.domain.fleet import Door
from shop.domain.payments import Payment
from shop.domain.statements import Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import FINAL, Event, State, allows
from shop.domain.visits import Visit
from shop.domain.wakes import wake

_STATE = col(Visit.state)
_OWING = Statement(
    select(Visit.id).where(
        Visit.customer_id == bindparam("customer"),
        or_(_STATE == State.PAYMENT_DUE, and_(_STATE == State.IN_REVIEW, col(Visit.booked))),
    )
)
_AT_THE_DOOR = Statement(
    select(Visit.id).where(
        Visit.door_id == bindparam("door"), or_(*(state == _STATE for state in visits.AT_THE_DOOR))
    )
)


def why_not_open(tx: Session, store: Store, door: Door) -> Refusal | None:
    """Why nobody may enter through this door now; None when somebody may."""
    if not fleet.exit_is_tested(door):
        return Refusal("exit_untested")
    if not store.is_open:
        return Refusal("store_closed")
    lock = fleet.lock_of(tx, door.id)
    if lock is None or not lock.online:
        return Refusal("door_unavailable")
    if lock.egress == "software":
        return Refusal("exit_untested")
    if visits.places_taken(tx, store.id) >= store.max_inside:
        return Refusal("store_full")
    return None


def cancel(tx: Session, visit: Visit) -> None:
    """She does not want to come in; Refusal too_late once the lock may have been told to open."""
    if visit.state in FINAL:
        return
    if not allows(State(visit.state), Event.CANCELLED):
        raise Refusal("too_late")
    if visit.state == State.ADMITTED and not jobs.cancel(tx, visit.id, "unlock").changed():
        raise Refusal("too_late")
    lifecycle.advance(tx, visit, Event.CANCELLED, reason="cancelled")


def request_entry(
    tx: Session, customer: Customer | Shopper, door_code: str, *, shown_store: str | None = None
) -> Visit:
    """Save the wish to enter and the job that places the hold; Refusal says why not.

    `shown_store` is the slug of the store whose terms she read; a door elsewhere is then refused.
    """
    shown = door_codes.find(tx, customer.operator_id, door_code)
    door = shown.door
    # first hers: one wish at a time, and it may end an earlier visit: who settles locks that before the store
    refusal = _why_not_she(tx, customer)
    store = tenancy.locked(tx, door.store_id)
    if shown_store not in (None, store.slug):
        raise Refusal("other_store")
    shown.must_open(store)
    refusal = why_not_open(tx, store, door) or refusal or _why_not_this_door(tx, door)
    if refusal is not None:
        raise refusal
    method = customers.default_method(tx, customer.id)
    hold_id = ids.new()
    visit = Visit(
        hold_id=hold_id,
        operator_id=store.operator_id,
        store_id=store.id,
        door_id=door.id,
        customer_id=customer.id,
        payment_method_id=method.id,
        checkout_mode=store.checkout_mode,
        ordered_at=clock.now() if store.checkout_mode == "walk_out" else None,
    )
    tx.add(visit)
    tx.flush()
    cents = store.hold_cents
    tx.add(Payment(**visit.scope(), id=hold_id, visit_id=visit.id, kind="hold", amount_cents=cents))
    jobs.add(tx, **visit.scope(), kind="place_hold", subject=visit.id, payment_id=hold_id)
    jobs.timer(tx, visit, "time_out", after_s=store.hold_timeout_s, state=State.REQUESTED)
    wake(tx, "gateway")  # which asks the lock for a challenge meanwhile
    feed.tell(tx, visit, "visit", visit.id)
    return visit


def _why_not_she(tx: Session, customer: Customer | Shopper) -> Refusal | None:
    if customers.lock(tx, customer.id) is not None:
        return Refusal("customer_blocked")
    if consents.due(tx, customer.operator_id, customer.id):
        return Refusal("consent_due")
    already = visits.open_visit_of(tx, customer.id)
    if already is not None and not _came_back(tx, already):
        return Refusal("visit_open", details={"visit_id": already.id})
    due = _OWING.first(tx, customer=customer.id)
    if due is not None:
        return Refusal("payment_due", details={"visit_id": due.id})
    return None


def _why_not_this_door(tx: Session, door: Door) -> Refusal | None:
    if _AT_THE_DOOR.first(tx, door=door.id) is not None:
        return Refusal("door_busy")
    return None


def _came_back(tx: Session, visit: Visit) -> bool:
    """She was seen leaving, the door shut behind her, and she stands outside again: that visit is over."""
    if visit.state != State.SHOPPING or visit.exit_seen_at is None:
        return False
    if visits.people_inside(tx, visit.store_id) != 1:
        return False
    if visits.locked(tx, visit.id).state == State.SHOPPING:  # else somebody was faster
        ending.end(tx, visit)
    tx.flush()  # who counts the people inside now must not find her
    return True
