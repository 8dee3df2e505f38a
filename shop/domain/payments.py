"""Payments: holds and charges, as we asked for them and as the provider says they stand."""

from datetime import datetime

from sqlalchemy import bindparam, exists, text
from sqlmodel import Field, Index, Session, col, select

from shop.domain import clock, ids
from shop.domain.jobs import Job, Status
from shop.domain.ports import IntentState, Look
from shop.domain.statements import RowsOf, Statement
from shop.domain.tenancy import VisitRow

# What will not change any more; of the few others there is a short index, for those who watch them
# (on PostgreSQL made by the migration alone, as in `inbox`).
OVER = ("captured", "released", "declined")
_OPEN = text("status NOT IN ({})".format(", ".join(map(repr, OVER))))


class Payment(VisitRow, table=True):
    __table_args__ = (Index("ix_payment_open", "status", sqlite_where=_OPEN),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    visit_id: str = Field(foreign_key="visit.id", max_length=26, index=True)
    kind: str = Field(max_length=10)  # hold (captured later, in part) or charge (at once)
    amount_cents: int
    captured_cents: int = 0
    status: str = Field(default="asked", max_length=20)  # asked, action, held, captured, released, declined
    provider_id: str | None = Field(default=None, max_length=64, index=True)
    action_url: str | None = Field(default=None, max_length=2000)
    decline_code: str | None = Field(default=None, max_length=60)
    capture_before: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)
    looked_at: datetime | None = None  # when we last asked how it stands, because nobody told us


# Asked for every picture of a visit, so built once.
_OF_VISIT = RowsOf(
    Payment,
    select(Payment)
    .where(Payment.visit_id == bindparam("visit"))
    .order_by(col(Payment.created_at), col(Payment.id)),
)


def of_visit(tx: Session, visit_id: str) -> list[Payment]:
    return _OF_VISIT.all(tx, visit=visit_id)


# A payment only moves on: of two answers that overtook each other the later state is the true one.
RANK = {"asked": 0, "action": 1, "declined": 2, "held": 2, "released": 3, "captured": 4}
LAST = frozenset({"captured"})


def take_over(payment: Payment, told: IntentState) -> bool:
    """Write down what the provider says; False when it is no news."""
    payment.provider_id = payment.provider_id or told.provider_id
    payment.capture_before = told.capture_before or payment.capture_before
    if RANK[told.status] <= RANK[payment.status]:
        return False
    payment.status = told.status
    payment.action_url = told.action_url
    payment.decline_code = told.decline_code
    payment.captured_cents = told.captured_cents
    return True


# How it stands, and whether a capture is being asked for.
_STANDS = Statement(
    select(
        col(Payment.status),
        exists()
        .where(
            col(Job.subject) == col(Payment.visit_id),
            col(Job.kind) == "capture",
            col(Job.status) == Status.RUNNING,
        )
        .label("asked"),
    ).where(col(Payment.provider_id) == bindparam("provider"))
)


def has_arrived(look: Look, provider_id: str, statuses: frozenset[str]) -> bool | None:
    """We know, from the provider's own answer, what its news would tell; None: no payment has that name yet.

    Or are about to: news of a capture often overtake the answer, and a call without one is made again.
    """
    known = look(_STANDS, provider=provider_id)
    if not known:
        return None
    return any(status in statuses or (asked and "captured" in statuses) for status, asked in known)
