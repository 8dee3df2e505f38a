"""Stock is a sum of movements; a movement is written once and never edited."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, String, col, func, insert, select

from shop.domain import clock, ids
from shop.domain.catalog import Facing
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow


class Reason(StrEnum):
    RECEIVED = "received"
    SOLD = "sold"
    WAIVED = "waived"  # left with a shopper whom we did not charge
    SHRINKAGE = "shrinkage"  # the difference a stocktake found


class StockMovement(StoreRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    product_id: str = Field(foreign_key="product.id", max_length=26, index=True)
    facing_id: str | None = Field(default=None, foreign_key="facing.id", max_length=26)
    quantity: int  # positive in, negative out
    reason: Reason = Field(sa_type=String(20))
    visit_id: str | None = Field(default=None, foreign_key="visit.id", max_length=26, index=True)
    at: datetime = Field(default_factory=clock.now)


_MOVE = Statement(insert(StockMovement.__table__))  # type: ignore[attr-defined]


def move(tx: Session, row: StoreRow, reason: Reason, quantities: dict[str, int], **of: str) -> None:
    """Book movements of several products (product id -> units, positive in); `of`: facing_id or visit_id."""
    shared = {"facing_id": None, "visit_id": None, **row.scope(), "reason": reason, "at": clock.now(), **of}
    movements = [
        {**shared, "id": ids.new(), "product_id": product_id, "quantity": quantity}
        for product_id, quantity in quantities.items()
    ]
    if movements:
        _MOVE.run_for(tx, movements)


def on_hand(tx: Session, store_id: str, product_id: str) -> int:
    total = select(func.sum(StockMovement.quantity)).where(
        StockMovement.store_id == store_id, StockMovement.product_id == product_id
    )
    return int(tx.exec(total).one() or 0)


def on_hand_by_product(tx: Session, store_id: str) -> dict[str, int]:
    """product id -> units on hand, for the whole store."""
    sums = (
        select(StockMovement.product_id, func.sum(StockMovement.quantity))
        .where(StockMovement.store_id == store_id)
        .group_by(col(StockMovement.product_id))
    )
    return {product_id: int(total) for product_id, total in tx.exec(sums).all()}


def receive(tx: Session, facing: Facing, quantity: int) -> None:
    move(tx, facing, Reason.RECEIVED, {facing.product_id: quantity}, facing_id=facing.id)


def stocktake(tx: Session, facing: Facing, *, counted: int) -> int:
    """Book the gap between shelf and books as shrinkage and return it."""
    tx.get_one(Facing, facing.id, with_for_update=True)  # two counts at once must not both book the gap
    gap = counted - on_hand(tx, facing.store_id, facing.product_id)
    if gap:
        move(tx, facing, Reason.SHRINKAGE, {facing.product_id: gap}, facing_id=facing.id)
    return gap
