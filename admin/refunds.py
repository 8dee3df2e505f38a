"""Refunds that failed: somebody is owed money, and a person decides how she gets it."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.inputs import Prose, RowId, Strict
from shop.api.routes import HouseRoute
from shop.domain import customers, failed_refunds
from shop.domain.customers import Customer
from shop.domain.refunds import Refund
from shop.domain.sign_in import SignedInStaff
from shop.domain.tenancy import Store
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["refunds"])


class FailedRefund(BaseModel):
    id: str
    visit_id: str
    store: str
    customer: str
    amount_cents: int
    asked_at: datetime
    why: str  # in the bank's words, or empty
    attempts: int


class ByHand(Strict):
    how: Prose = Field(min_length=3, max_length=500, examples=["In cash at the counter, receipt 17."])


@router.get("/refunds/failed")
@staff_looks
def failed(tx: Session, staff: SignedInStaff) -> list[FailedRefund]:
    """Who waits for her money, longest first."""
    return [_out(tx, refund) for refund in failed_refunds.waiting(tx, staff.operator_id)]


@router.post("/refunds/{refund_id}/retry", status_code=204, openapi_extra=refusals("already_closed"))
@staff_changes
def retry(tx: Session, staff: SignedInStaff, refund_id: RowId) -> None:
    """Ask the card's bank once more, as a new refund."""
    refund, visit = failed_refunds.own(tx, staff.operator_id, refund_id)
    failed_refunds.try_again(tx, refund, visit, actor=f"staff:{staff.id}")


@router.post("/refunds/{refund_id}/by-hand", status_code=204, openapi_extra=refusals("already_closed"))
@staff_changes
def by_hand(tx: Session, staff: SignedInStaff, refund_id: RowId, paid: ByHand) -> None:
    """She has her money another way; how is kept in the audit trail."""
    refund, visit = failed_refunds.own(tx, staff.operator_id, refund_id)
    failed_refunds.pay_by_hand(tx, refund, visit, how=paid.how, actor=f"staff:{staff.id}")


def _out(tx: Session, refund: Refund) -> FailedRefund:
    visit = tx.get_one(Visit, refund.visit_id)
    return FailedRefund(
        **refund.model_dump(include={"id", "visit_id", "amount_cents"}),
        store=tx.get_one(Store, refund.store_id).slug,
        customer=customers.masked(tx.get_one(Customer, visit.customer_id).email),
        asked_at=refund.created_at,
        why=failed_refunds.why(tx, refund),
        attempts=failed_refunds.attempts(tx, refund),
    )
