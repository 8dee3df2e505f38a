"""Objections over HTTP: what a shopper contests of a paid visit, and what became of it."""

from collections import defaultdict
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from shop.api.deps import shopper_changes, shopper_looks
from shop.api.description import refusals
from shop.api.errors import Text
from shop.api.evidence import Seen, seen
from shop.api.inputs import SKU, Prose, RowId, Strict
from shop.api.receipts import document_of
from shop.api.routes import HouseRoute
from shop.domain import basket, objections, visits
from shop.domain.basket import BasketLine
from shop.domain.customers import Shopper
from shop.domain.objections import Objection, Why
from shop.domain.receipts import Receipt
from shop.domain.refunds import Refund
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["objections"])

Outcome = Literal["waiting", "rejected", "refunding", "refunded", "refunded_by_hand", "refund_failed"]


class ObjectionIn(Strict):
    sku: str = Field(pattern=SKU, examples=["milch-glas-1l"])
    quantity: int = Field(ge=1, le=basket.MAX_QUANTITY, examples=[1])
    reason: Why = Field(strict=False, examples=["not_mine"])  # JSON has only its text
    text: Prose = Field(default="", max_length=500, examples=["I put it back."])


class Correction(BaseModel):
    number: str
    html_url: str
    pdf_url: str


class ObjectionOut(BaseModel):
    id: str
    sku: str
    name: Text
    quantity: int
    reason: Why
    text: str
    outcome: Outcome
    amount_cents: int  # price and deposit of these units
    refund_cents: int  # what goes, or went, back to the card
    answer: str | None
    receipt: Correction | None
    created_at: datetime
    decided_at: datetime | None


class AnsweredOut(ObjectionOut):
    visit_id: str


class ContestableLine(BaseModel):
    sku: str
    name: Text
    left: int  # units nobody objected to yet
    unit_cents: int  # with deposit
    sure: bool
    evidence: list[Seen]


class ObjectionsOut(BaseModel):
    objections: list[ObjectionOut]
    lines: list[ContestableLine]
    until: datetime | None  # so long she may object; null before it is settled


@router.get("/visits/{visit_id}/objections")
@shopper_looks
def my_objections(tx: Session, shopper: Shopper, visit_id: RowId) -> ObjectionsOut:
    return _about(tx, visits.own(tx, shopper.id, visit_id))


@router.get("/objections")
@shopper_looks
def answered(tx: Session, shopper: Shopper) -> list[AnsweredOut]:
    """What a person has decided of hers lately, newest first."""
    made = objections.answered(tx, shopper.id)
    return [
        AnsweredOut(**shown.model_dump(), visit_id=one.visit_id)
        for one, shown in zip(made, objections_out(tx, made), strict=True)
    ]


@router.post(
    "/visits/{visit_id}/objections",
    status_code=201,
    openapi_extra=refusals(
        "objection_not_yet", "objection_too_late", "not_bought", "objected_already", "nothing_to_refund"
    ),
)
@shopper_changes
def contest(tx: Session, shopper: Shopper, visit_id: RowId, wish: ObjectionIn) -> ObjectionsOut:
    """Below the store's limit the money goes back at once, else a person decides."""
    objections.contest(
        tx, shopper.id, visit_id, sku=wish.sku, quantity=wish.quantity, why=wish.reason, text=wish.text
    )
    return _about(tx, visits.own(tx, shopper.id, visit_id))


def _about(tx: Session, visit: Visit) -> ObjectionsOut:
    made = objections.of_visit(tx, visit.id)
    paid = [line for line in basket.lines_of(tx, visit.id) if line.quantity]
    return ObjectionsOut(
        objections=objections_out(tx, made),
        lines=[
            ContestableLine(
                sku=line.sku,
                name=_name(line),
                left=objections.left_of(line, made),
                unit_cents=line.unit_price_cents + line.unit_deposit_cents,
                sure=not line.weighed or line.quantity == line.sensed,
                evidence=seen(line),
            )
            for line in paid
        ],
        until=objections.open_until(visit),
    )


def objections_out(tx: Session, made: list[Objection]) -> list[ObjectionOut]:
    lines = {one.line_id: tx.get_one(BasketLine, one.line_id) for one in made}
    corrections = [one.receipt_id for one in made if one.receipt_id]
    given: dict[str, list[Refund]] = defaultdict(list)
    live = select(Refund).where(col(Refund.receipt_id).in_(corrections), Refund.status != "retried")
    for refund in tx.exec(live):
        given[refund.receipt_id].append(refund)
    return [_out(tx, one, lines[one.line_id], given[one.receipt_id or ""]) for one in made]


def _out(tx: Session, made: Objection, line: BasketLine, given: list[Refund]) -> ObjectionOut:
    return ObjectionOut(
        id=made.id,
        sku=line.sku,
        name=_name(line),
        quantity=made.quantity,
        reason=Why(made.reason),
        text=made.text,
        outcome=_outcome(made, given),
        amount_cents=made.amount_cents,
        refund_cents=sum(refund.amount_cents for refund in given),
        answer=made.answer,
        receipt=_correction(tx, made.receipt_id) if made.receipt_id else None,
        created_at=made.created_at,
        decided_at=made.decided_at,
    )


# How the refunds of one objection stand together: the worst of them.
_OF_REFUNDS: tuple[tuple[str, Outcome], ...] = (
    ("failed", "refund_failed"),
    ("requested", "refunding"),
    ("by_hand", "refunded_by_hand"),
    ("done", "refunded"),
)


def _outcome(made: Objection, given: list[Refund]) -> Outcome:
    stand = {refund.status for refund in given}
    if made.status != "accepted":
        return "rejected" if made.status == "rejected" else "waiting"
    return next(outcome for status, outcome in _OF_REFUNDS if status in stand)


def _correction(tx: Session, receipt_id: str) -> Correction:
    receipt = tx.get_one(Receipt, receipt_id)
    number = document_of(tx, receipt, "de").shown_number
    return Correction(number=number, html_url=f"/r/{receipt.token}", pdf_url=f"/r/{receipt.token}.pdf")


def _name(line: BasketLine) -> Text:
    return Text(de=line.name_de, en=line.name_en)
