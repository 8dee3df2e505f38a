"""Visits as staff see them, and the reviews a person must decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from sqlmodel import Session, col, select

from admin.words import incident_words
from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.errors import Text
from shop.api.inputs import SKU, Limit, Prose, RowId, Strict
from shop.api.pictures import VisitOut, pictures
from shop.api.routes import HouseRoute
from shop.domain import basket, customers, reviews, visits
from shop.domain.customers import Customer
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.sign_in import SignedInStaff
from shop.domain.visit_states import State
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["visits"])


class VisitForStaff(VisitOut):
    customer: str


class Cause(BaseModel):
    kind: str
    text: Text
    evidence: dict[str, Any]
    at: datetime
    closed_at: datetime | None


class Review(BaseModel):
    visit: VisitForStaff
    causes: list[Cause]


class LineIn(Strict):
    sku: str = Field(pattern=SKU, examples=["milch-glas-1l"])
    quantity: int = Field(ge=0, le=basket.MAX_QUANTITY, examples=[1])


class Decision(Strict):
    action: Literal["charge", "release", "waive"] = Field(examples=["charge"])
    lines: list[LineIn] = Field(default=[], max_length=basket.MAX_LINES)
    reason: Prose = Field(min_length=3, max_length=500, examples=["The camera shows one bottle."])


def for_staff(tx: Session, found: Sequence[Visit]) -> list[VisitForStaff]:
    shown = pictures(tx, [visit.id for visit in found])
    emails = {visit.id: tx.get_one(Customer, visit.customer_id).email for visit in found}
    return [
        VisitForStaff(**shown[visit.id].model_dump(), customer=customers.masked(emails[visit.id]))
        for visit in found
    ]


def _cause(incident: Incident) -> Cause:
    return Cause(
        kind=incident.kind,
        text=incident_words(incident.kind, incident.evidence),
        evidence=incident.evidence,
        at=incident.opened_at,
        closed_at=incident.closed_at,
    )


def _reviews(tx: Session, found: Sequence[Visit]) -> list[Review]:
    return [
        Review(visit=shown, causes=[_cause(cause) for cause in reviews.causes(tx, visit)])
        for visit, shown in zip(found, for_staff(tx, found), strict=True)
    ]


def _own(tx: Session, staff: SignedInStaff, visit_id: str, *, lock: bool = False) -> Visit:
    visit = visits.locked_with_others(tx, visit_id) if lock else tx.get(Visit, visit_id)
    if visit is None or visit.operator_id != staff.operator_id:
        raise Refusal("not_found")
    return visit


@router.get("/reviews")
@staff_looks
def open_reviews(tx: Session, staff: SignedInStaff) -> list[Review]:
    """What waits for a decision, oldest first."""
    return _reviews(tx, reviews.waiting(tx, staff.operator_id))


@router.post(
    "/reviews/{visit_id}/resolve",
    openapi_extra=refusals(
        "not_in_review",
        "already_booked",
        "nothing_to_charge",
        "unknown_product",
        "too_many",
    ),
)
@staff_changes
def resolve(tx: Session, staff: SignedInStaff, visit_id: RowId, decision: Decision) -> VisitForStaff:
    """Charge the given quantities, release (nothing was taken), or waive (let it go)."""
    visit = _own(tx, staff, visit_id, lock=True)
    reviews.resolve(
        tx,
        visit,
        action=decision.action,
        quantities={line.sku: line.quantity for line in decision.lines},
        reason=decision.reason,
        actor=f"staff:{staff.id}",
    )
    return for_staff(tx, [visit])[0]


@router.get("/visits")
@staff_looks
def list_visits(
    tx: Session,
    staff: SignedInStaff,
    state: State | SkipJsonSchema[None] = None,
    limit: Limit = 50,
) -> list[VisitForStaff]:
    query = select(Visit).where(Visit.operator_id == staff.operator_id)
    if state is not None:
        query = query.where(Visit.state == state)
    newest = query.order_by(col(Visit.created_at).desc(), col(Visit.id).desc()).limit(limit)
    return for_staff(tx, tx.exec(newest).all())


@router.get("/visits/{visit_id}")
@staff_looks
def one_visit(tx: Session, staff: SignedInStaff, visit_id: RowId) -> Review:
    return _reviews(tx, [_own(tx, staff, visit_id)])[0]
