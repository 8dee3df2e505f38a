"""Puts a visit into any state with what belongs to it: hold, goods, and books where the state has them."""

from typing import Any

from sqlmodel import Session

from shop.domain import basket, catalog, clock, customers, jobs, settlement
from shop.domain.payments import Payment
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.world import World

WITHOUT_HOLD = {State.REQUESTED, State.AUTHENTICATING, State.REFUSED}
ENTERED = {State.SHOPPING, State.SETTLING, State.PAYMENT_DUE, State.IN_REVIEW, State.SETTLED, State.EMPTY}
WITH_GOODS = ENTERED - {State.EMPTY}
BOOKED = {State.SETTLING, State.PAYMENT_DUE, State.SETTLED}


def requested(tx: Session, world: World, *, customer_id: str | None = None) -> Visit:
    """As entry.request_entry leaves it, without its jobs."""
    customer = customer_id or world.anna_id
    visit = Visit(
        **world.scope(),
        door_id=world.door_id,
        customer_id=customer,
        payment_method_id=customers.default_method(tx, customer).id,
        checkout_mode="pay_in_app",
    )
    tx.add(visit)
    tx.flush()
    hold = Payment(**visit.scope(), visit_id=visit.id, kind="hold", amount_cents=5000)
    tx.add(hold)
    tx.flush()
    visit.hold_id = hold.id
    return visit


# Two bottles are lifted from a plate: a push, and then a thousand grams less.
LIFTED = {"t0": 1_780_000_000_000, "step_ms": 100, "g": [*[8640] * 10, 8900, 9020, 8200, 7700, *[7560] * 6]}


def seen_now() -> dict[str, Any]:
    return {"shelf": "A", "plate": 2, "grams": -1080, "at": clock.now().isoformat(), "trace": LIFTED}


def visit_in(tx: Session, world: World, state: State) -> Visit:
    visit = requested(tx, world)
    hold = tx.get_one(Payment, visit.hold_id)
    if state not in WITHOUT_HOLD:
        hold.status, hold.provider_id = "held", f"pi_{visit.id}"
    if state == State.AUTHENTICATING:
        hold.status, hold.provider_id = "action", f"pi_{visit.id}"
    if state == State.ADMITTED:
        jobs.add(tx, **visit.scope(), queue="gateway", kind="unlock", subject=visit.id, door_id=visit.door_id)
    if state in ENTERED:
        visit.entered_at = clock.now()
    if state in WITH_GOODS:
        offer = catalog.offer_by_sku(tx, visit.store_id, "cola")
        basket.sensed(tx, visit, offer, 2, seen_now())
    if state in BOOKED:
        settlement.book_sale(tx, visit)
    visit.state = state
    tx.add_all([visit, hold])
    tx.flush()
    return visit


def settled(tx: Session, world: World) -> Visit:
    """As in its state above, and paid from the hold."""
    visit = visit_in(tx, world, State.SETTLED)
    hold = tx.get_one(Payment, visit.hold_id)
    hold.status, hold.captured_cents = "captured", visit.total_cents
    settlement.received(tx, visit, hold, visit.total_cents)
    visit.settled_at = clock.now()
    tx.flush()
    return visit
