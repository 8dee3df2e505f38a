"""Jobs that ask the payment provider for holds and charges, and that hear its news."""

import logging
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session, col, select

from shop.domain import collection
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.errors import PaymentGone
from shop.domain.jobs import Job
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.tenancy import Operator, Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from shop.work.means import Effect, Means, nothing

log = logging.getLogger("shop.work")

# Asked only while the visit still wants it.
WANTED = {"hold": State.REQUESTED, "charge": State.SETTLING}


@dataclass(frozen=True)
class _Wish:
    payment: Payment
    visit: Visit
    customer: str
    method: str
    operator: str
    store: str

    def is_wanted(self, attempts: int) -> bool:
        """After a first attempt the provider may have acted: it is asked again, and undone if need be."""
        return attempts > 1 or self.visit.state == WANTED[self.payment.kind]


def ask(means: Means, job: Job) -> Effect:
    """Place a hold or make a charge; its bank's no is an answer too."""
    payment_id: str = job.payload["payment_id"]
    with means.database.reading() as tx:
        wish = _wish(tx, payment_id)
    if not wish.is_wanted(job.attempts):
        return partial(collection.told, payment_id=payment_id, state=IntentState("released"))
    call = means.payments.place_hold if wish.payment.kind == "hold" else means.payments.charge
    try:
        state = call(
            key=job.id,
            customer=wish.customer,
            method=wish.method,
            amount_cents=wish.payment.amount_cents,
            return_url=f"{means.public_url}/?visit={wish.visit.id}",
            metadata={
                "visit": wish.visit.id,
                "payment": payment_id,
                "operator": wish.operator,
                "store": wish.store,
            },
        )
    except PaymentGone as error:
        # the card or the customer is unknown there: for the shopper that is a card that does not work
        log.warning("%s of visit %s is impossible: %s", job.kind, wish.visit.id, error)
        state = IntentState("declined", decline_code="card_unusable")
    return partial(collection.told, payment_id=payment_id, state=state)


def capture(means: Means, job: Job) -> Effect:
    payment_id: str = job.payload["payment_id"]
    try:
        state = means.payments.capture(
            key=job.id,
            provider_id=_provider_id(means, payment_id),
            amount_cents=job.payload["amount_cents"],
        )
    except PaymentGone as error:
        return partial(collection.gone, payment_id=payment_id, error=str(error))
    return partial(collection.told, payment_id=payment_id, state=state)


def release(means: Means, job: Job) -> Effect:
    payment_id: str = job.payload["payment_id"]
    try:
        state = means.payments.release(key=job.id, provider_id=_provider_id(means, payment_id))
    except PaymentGone:
        state = IntentState("released")  # what is not there holds nothing
    return partial(collection.told, payment_id=payment_id, state=state)


def news(means: Means, job: Job) -> Effect:
    """A webhook only says that something happened; what is true now is asked."""
    try:
        state = means.payments.look_up(job.payload["provider_id"])
    except PaymentGone:
        return nothing
    return partial(collection.told_unasked, state=state)


def _provider_id(means: Means, payment_id: str) -> str:
    with means.database.reading() as tx:
        provider_id = tx.get_one(Payment, payment_id).provider_id
    if provider_id is None:
        raise PaymentGone("never asked for")
    return provider_id


def _wish(tx: Session, payment_id: str) -> _Wish:
    query = (
        select(Payment, Visit, Customer, PaymentMethod)
        .join(Visit, col(Visit.id) == col(Payment.visit_id))
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .join(PaymentMethod, col(PaymentMethod.id) == col(Visit.payment_method_id))
        .where(Payment.id == payment_id)
    )
    payment, visit, customer, method = tx.exec(query).one()
    return _Wish(
        payment=payment,
        visit=visit,
        customer=customer.provider_id or "",
        method=method.provider_id or "",
        operator=tx.get_one(Operator, visit.operator_id).slug,
        store=tx.get_one(Store, visit.store_id).slug,
    )
