"""Jobs that ask the payment provider to give money back, and that hear its news."""

from functools import partial

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col

from shop.domain import refunds
from shop.domain.errors import PaymentGone
from shop.domain.jobs import Claimed
from shop.domain.payments import Payment
from shop.domain.ports import RefundState
from shop.domain.refunds import Refund
from shop.domain.statements import Statement
from shop.domain.tenancy import Operator, Store
from shop.work.means import Effect, Means, nothing

_WISH = Statement(
    select_columns(
        col(Refund.status),
        col(Refund.amount_cents),
        col(Refund.visit_id).label("visit"),
        col(Payment.provider_id),
        col(Operator.slug).label("operator"),
        col(Store.slug).label("store"),
    )
    .join(Payment, col(Payment.id) == col(Refund.payment_id))
    .join(Operator, col(Operator.id) == col(Refund.operator_id))
    .join(Store, col(Store.id) == col(Refund.store_id))
    .where(col(Refund.id) == bindparam("refund"))
)


def ask(means: Means, job: Claimed) -> Effect:
    refund_id: str = job.payload["refund_id"]
    [wish] = means.look(_WISH, refund=refund_id)
    if wish.status != "requested":
        return nothing
    try:
        state = means.payments.refund(
            refund_id=refund_id,
            provider_id=wish.provider_id,
            amount_cents=wish.amount_cents,
            metadata={"visit": wish.visit, "operator": wish.operator, "store": wish.store},
        )
    except PaymentGone as error:  # somebody gave it back by hand, or the payment is disputed
        state = RefundState("failed", refund_id=refund_id, why=str(error))
    return partial(refunds.told, state=state)


def news(means: Means, job: Claimed) -> Effect:
    """A webhook only says that something happened; what is true now is asked."""
    try:
        state = means.payments.refund_state(job.payload["provider_id"])
    except PaymentGone:
        return nothing
    return partial(refunds.told_unasked, state=state)
