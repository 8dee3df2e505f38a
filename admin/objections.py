"""Objections that wait for a person: the evidence, and her answer."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.evidence import Seen, seen
from shop.api.inputs import Prose, RowId, Strict
from shop.api.objections import ObjectionOut, objections_out
from shop.api.routes import HouseRoute
from shop.domain import customers, objections
from shop.domain.basket import BasketLine
from shop.domain.customers import Customer
from shop.domain.objections import Objection
from shop.domain.sign_in import SignedInStaff
from shop.domain.tenancy import Store
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["objections"])


class Answer(Strict):
    action: Literal["accept", "reject"] = Field(examples=["accept"])
    reason: Prose = Field(min_length=3, max_length=500, examples=["We found the bottle on the shelf."])
    on_shelf: bool = False  # somebody saw the goods there: they are in stock again


class PaidLine(BaseModel):
    """What the line says beside the objection."""

    quantity: int
    sensed: int
    scanned: int
    corrected: int | None
    evidence: list[Seen]


class ObjectionForStaff(BaseModel):
    objection: ObjectionOut
    line: PaidLine
    visit_id: str
    store: str
    customer: str
    visited_at: datetime
    earlier: int  # objections of the same shopper before this one


def _for_staff(tx: Session, made: list[Objection]) -> list[ObjectionForStaff]:
    return [_one(tx, one, shown) for one, shown in zip(made, objections_out(tx, made), strict=True)]


def _one(tx: Session, made: Objection, shown: ObjectionOut) -> ObjectionForStaff:
    line = tx.get_one(BasketLine, made.line_id)
    visit = tx.get_one(Visit, made.visit_id)
    return ObjectionForStaff(
        objection=shown,
        line=PaidLine(
            quantity=line.quantity,
            sensed=line.sensed,
            scanned=line.scanned,
            corrected=line.corrected,
            evidence=seen(line),
        ),
        visit_id=visit.id,
        store=tx.get_one(Store, visit.store_id).slug,
        customer=customers.masked(tx.get_one(Customer, visit.customer_id).email),
        visited_at=visit.created_at,
        earlier=objections.earlier(tx, made),
    )


@router.get("/objections")
@staff_looks
def open_objections(tx: Session, staff: SignedInStaff) -> list[ObjectionForStaff]:
    """What waits for a decision, oldest first."""
    return _for_staff(tx, objections.waiting(tx, staff.operator_id))


@router.post(
    "/objections/{objection_id}/decide", openapi_extra=refusals("already_closed", "nothing_to_refund")
)
@staff_changes
def decide(tx: Session, staff: SignedInStaff, objection_id: RowId, answer: Answer) -> ObjectionForStaff:
    """Accept (the money goes back) or reject; the shopper reads the reason."""
    objection, visit = objections.own(tx, staff.operator_id, objection_id)
    objections.decide(
        tx,
        objection,
        visit,
        accept=answer.action == "accept",
        answer=answer.reason,
        on_shelf=answer.on_shelf,
        actor=f"staff:{staff.id}",
    )
    return _for_staff(tx, [objection])[0]
