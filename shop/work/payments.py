"""Jobs that ask the payment provider for holds and charges, and that hear its news."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col

from shop.domain import collection, payments
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.errors import PaymentGone
from shop.domain.jobs import Claimed
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.statements import Statement
from shop.domain.tenancy import Operator, Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit, open_cents
from shop.ops.logs import told
from shop.work.means import Effect, Means, nothing

log = logging.getLogger("shop.work")

# Asked only while the visit still wants it.
WANTED = {"hold": State.REQUESTED, "charge": State.SETTLING}


CLOCKS_APART = timedelta(minutes=1)  # theirs and ours

# Whether somebody still owes what we are about to take: an operator may have let it go meanwhile.
_OWED = (col(Visit.booked), col(Visit.total_cents), col(Visit.paid_cents), col(Visit.waived_cents))
# Whose card is asked for how much, and what the provider is told about it.
_WISH = Statement(
    select_columns(
        col(Payment.kind),
        col(Payment.amount_cents),
        col(Visit.id).label("visit"),
        col(Visit.state),
        *_OWED,
        col(Payment.id),
        col(Payment.provider_id),
        col(Payment.created_at),
        col(Customer.provider_id).label("customer"),
        col(PaymentMethod.provider_id).label("method"),
        col(Operator.slug).label("operator"),
        col(Store.slug).label("store"),
    )
    .join(Visit, col(Visit.id) == col(Payment.visit_id))
    .join(Customer, col(Customer.id) == col(Visit.customer_id))
    .join(PaymentMethod, col(PaymentMethod.id) == col(Visit.payment_method_id))
    .join(Operator, col(Operator.id) == col(Visit.operator_id))
    .join(Store, col(Store.id) == col(Visit.store_id))
    .where(col(Payment.id) == bindparam("payment"))
)
_HOLD = Statement(
    select_columns(col(Payment.provider_id), *_OWED)
    .join(Visit, col(Visit.id) == col(Payment.visit_id))
    .where(col(Payment.id) == bindparam("payment"))
)


def ask(means: Means, job: Claimed) -> Effect:
    """Place a hold or make a charge; its bank's no is an answer too."""
    payment_id: str = job.payload["payment_id"]
    [wish] = means.look(_WISH, payment=payment_id)
    # after a first attempt the provider may have acted: it is asked again, and undone if need be
    if job.attempts == 1 and wish.state != WANTED[wish.kind]:
        return partial(collection.told, payment_id=payment_id, state=IntentState("released"))
    if wish.kind == "charge" and open_cents(wish) <= 0:
        made = truth_about(means, wish)  # an earlier attempt may have made it all the same
        return partial(collection.told, payment_id=payment_id, state=made or IntentState("released"))
    call = means.payments.place_hold if wish.kind == "hold" else means.payments.charge
    try:
        state = call(
            key=job.id,
            customer=wish.customer or "",
            method=wish.method or "",
            amount_cents=wish.amount_cents,
            return_url=f"{means.public_url}/visits/{wish.visit}",
            metadata={
                "visit": wish.visit,
                "payment": payment_id,
                "operator": wish.operator,
                "store": wish.store,
            },
        )
    except PaymentGone as error:
        # the card or the customer is unknown there: for the shopper that is a card that does not work
        log.warning(told("payment_impossible", job=job.id, kind=job.kind, visit=wish.visit, why=str(error)))
        state = IntentState("declined", decline_code="card_unusable")
    return partial(collection.told, payment_id=payment_id, state=state)


def truth_about(means: Means, payment: Any) -> IntentState | None:
    """How it stands at the provider; None when that was never asked for it, or knows nothing of it.

    `payment`: a row with its `id`, `provider_id` and `created_at`, and the provider's name of the `customer`.
    """
    try:
        if payment.provider_id is not None:
            return means.payments.look_up(payment.provider_id)
        if payment.customer is not None:
            since = payment.created_at - CLOCKS_APART
            return means.payments.search(customer=payment.customer, payment_id=payment.id, since=since)
    except PaymentGone as error:
        log.warning(told("payment_unknown", payment=payment.id, why=str(error)))
    return None


def capture(means: Means, job: Claimed) -> Effect:
    payment_id: str = job.payload["payment_id"]
    [hold] = means.look(_HOLD, payment=payment_id)
    try:
        provider_id = _asked_for(hold)
        if open_cents(hold) > 0:
            amount = job.payload["amount_cents"]
            state = means.payments.capture(key=job.id, provider_id=provider_id, amount_cents=amount)
        else:  # an earlier attempt may have taken it all the same
            state = means.payments.look_up(provider_id)
    except PaymentGone as error:
        return partial(collection.gone, payment_id=payment_id, error=str(error))
    return partial(collection.told, payment_id=payment_id, state=state)


def release(means: Means, job: Claimed) -> Effect:
    payment_id: str = job.payload["payment_id"]
    try:
        [hold] = means.look(_HOLD, payment=payment_id)
        state = means.payments.release(key=job.id, provider_id=_asked_for(hold))
    except PaymentGone:
        state = IntentState("released")  # what is not there holds nothing
    return partial(collection.told, payment_id=payment_id, state=state)


def news(means: Means, job: Claimed) -> Effect:
    """A webhook only says that something happened; what is true now is asked, unless nothing can follow."""
    provider_id = job.payload["provider_id"]
    if payments.has_arrived(means.look, provider_id, payments.LAST):
        return nothing
    try:
        state = means.payments.look_up(provider_id)
    except PaymentGone:
        return nothing
    return partial(collection.told_unasked, state=state)


def _asked_for(payment: Any) -> str:
    if payment.provider_id is None:
        raise PaymentGone("never asked for")
    return str(payment.provider_id)
