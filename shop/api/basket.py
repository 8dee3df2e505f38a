"""The live basket over HTTP: scan, add by name, correct, and why a line is there."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import shopper_changes, shopper_looks
from shop.api.description import refusals
from shop.api.evidence import Seen, seen
from shop.api.inputs import SKU, RowId, Sku, Strict
from shop.api.pictures import VisitOut, visit_out
from shop.api.routes import HouseRoute
from shop.domain import basket, picks, visits
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["visit"])

AT_ONCE = 20


class ScanIn(Strict):
    gtin: str = Field(pattern=r"^\d{8,14}$", examples=["4099999000017"])
    quantity: int = Field(default=1, ge=1, le=AT_ONCE, examples=[1])


class NamedIn(Strict):
    sku: str = Field(pattern=SKU, examples=["milch-glas-1l"])
    quantity: int = Field(default=1, ge=1, le=AT_ONCE, examples=[1])


class LineIn(Strict):
    quantity: int = Field(ge=0, le=basket.MAX_QUANTITY, examples=[2])


class LineSeen(BaseModel):
    sku: str
    evidence: list[Seen]  # the newest movements, oldest first


@router.post(
    "/visits/{visit_id}/scans",
    openapi_extra=refusals("unknown_product", "not_shopping", "too_many", "sold_out"),
)
@shopper_changes
def scan(tx: Session, shopper: Shopper, visit_id: RowId, item: ScanIn) -> VisitOut | Refusal:
    visit = visits.own_with_others(tx, shopper.id, visit_id)
    return _claimed(tx, visit, basket.scan(tx, visit, item.gtin, item.quantity))


@router.post(
    "/visits/{visit_id}/lines",
    openapi_extra=refusals("unknown_product", "not_shopping", "too_many", "sold_out"),
)
@shopper_changes
def add(tx: Session, shopper: Shopper, visit_id: RowId, item: NamedIn) -> VisitOut | Refusal:
    """More of what she found by its name in the store's list; counts as a scan does."""
    visit = visits.own_with_others(tx, shopper.id, visit_id)
    return _claimed(tx, visit, basket.add(tx, visit, item.sku, item.quantity))


def _claimed(tx: Session, visit: Visit, sku: str | Refusal) -> VisitOut | Refusal:
    if isinstance(sku, Refusal):
        return sku
    picks.claim(tx, visit, sku)
    return visit_out(tx, visit)


@router.put(
    "/visits/{visit_id}/lines/{sku}",
    openapi_extra=refusals("unknown_product", "not_shopping", "too_many", "sold_out"),
)
@shopper_changes
def correct(tx: Session, shopper: Shopper, visit_id: RowId, sku: Sku, line: LineIn) -> VisitOut | Refusal:
    """The shopper's own count; below what the shelf saw, a person looks before anything is charged."""
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    refusal = basket.correct(tx, visit, sku, line.quantity)
    return refusal or visit_out(tx, visit)


@router.get("/visits/{visit_id}/lines/{sku}/evidence")
@shopper_looks
def evidence(tx: Session, shopper: Shopper, visit_id: RowId, sku: Sku) -> LineSeen:
    """What the shelves saw of it so far; not in the live picture, for few ask."""
    visit = visits.own(tx, shopper.id, visit_id)
    line = next((line for line in basket.lines_of(tx, visit.id) if line.sku == sku), None)
    if line is None:
        raise Refusal("not_found")
    return LineSeen(sku=line.sku, evidence=seen(line))
