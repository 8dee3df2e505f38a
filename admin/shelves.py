"""Facings: what stands where, what came in, what was really there."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from admin.inputs import Note, note
from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.errors import Text
from shop.api.inputs import RowId, Slug, Strict
from shop.api.routes import HouseRoute
from shop.domain import clock, stock, tenancy
from shop.domain.catalog import Facing, Product
from shop.domain.errors import Refusal
from shop.domain.fleet import Plate, Sensing, Shelf
from shop.domain.sign_in import SignedInStaff

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["shelves"])


class FacingOut(BaseModel):
    id: str
    shelf: str
    plates: list[int]
    sensing: Sensing
    sku: str
    name: Text
    on_hand: int
    expected_grams: int
    measured_grams: int | None
    unit_weight_g: float
    last_restock_at: datetime | None


class RestockIn(Strict):
    quantity: int = Field(ge=1, le=999, examples=[12])
    note: Note = ""


class StocktakeIn(Strict):
    counted: int = Field(ge=0, le=999, examples=[11])
    note: Note = ""


class OnHand(BaseModel):
    on_hand: int


class Counted(OnHand):
    difference: int


@router.get("/stores/{slug}/facings", openapi_extra=refusals("unknown_store"))
@staff_looks
def facings(tx: Session, staff: SignedInStaff, slug: Slug) -> list[FacingOut]:
    store = tenancy.store_by_slug(tx, staff.operator_id, slug)
    plates: dict[str, list[Plate]] = {}
    for plate in tx.exec(select(Plate).where(Plate.store_id == store.id).order_by(col(Plate.number))):
        plates.setdefault(plate.facing_id or "", []).append(plate)
    on_hand = stock.on_hand_by_product(tx, store.id)
    query = (
        select(Facing, Shelf, Product)
        .join(Shelf, col(Shelf.id) == col(Facing.shelf_id))
        .join(Product, col(Product.id) == col(Facing.product_id))
        .where(Facing.store_id == store.id)
        .order_by(col(Shelf.name), col(Facing.id))
    )
    return [
        _facing_out(facing, shelf, product, plates.get(facing.id, []), on_hand.get(product.id, 0))
        for facing, shelf, product in tx.exec(query).all()
    ]


def _facing_out(
    facing: Facing, shelf: Shelf, product: Product, plates: list[Plate], on_hand: int
) -> FacingOut:
    weights = [plate.last_grams for plate in plates if plate.last_grams is not None]
    return FacingOut(
        id=facing.id,
        shelf=shelf.name,
        plates=[plate.number for plate in plates],
        sensing=shelf.sensing,
        sku=product.sku,
        name=Text(de=product.name_de, en=product.name_en),
        on_hand=on_hand,
        expected_grams=round(on_hand * product.unit_weight_g),
        measured_grams=sum(weights) if len(weights) == len(plates) else None,
        unit_weight_g=product.unit_weight_g,
        last_restock_at=facing.restocked_at,
    )


@router.post("/facings/{facing_id}/restocks", status_code=201)
@staff_changes
def restock(tx: Session, staff: SignedInStaff, facing_id: RowId, goods: RestockIn) -> OnHand:
    facing = _own_facing(tx, staff, facing_id)
    stock.receive(tx, facing, goods.quantity)
    facing.restocked_at = clock.now()
    tx.add(facing)
    note(tx, staff, facing, "restocked", facing.id, quantity=goods.quantity, note=goods.note)
    tx.flush()
    return OnHand(on_hand=stock.on_hand(tx, facing.store_id, facing.product_id))


@router.post("/facings/{facing_id}/stocktakes", status_code=201)
@staff_changes
def stocktake(tx: Session, staff: SignedInStaff, facing_id: RowId, count: StocktakeIn) -> Counted:
    """What was really there; the gap is booked as shrinkage under the name of who counted."""
    facing = _own_facing(tx, staff, facing_id)
    gap = stock.stocktake(tx, facing, counted=count.counted)
    note(tx, staff, facing, "counted", facing.id, counted=count.counted, gap=gap, note=count.note)
    return Counted(on_hand=count.counted, difference=gap)


def _own_facing(tx: Session, staff: SignedInStaff, facing_id: str) -> Facing:
    facing = tx.get(Facing, facing_id, with_for_update=True)
    if facing is None or facing.operator_id != staff.operator_id:
        raise Refusal("not_found")
    return facing
