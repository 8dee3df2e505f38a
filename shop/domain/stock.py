"""Stock is a sum of movements; a movement is written once and never edited."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import Field, Index, Session, String, UniqueConstraint, col, func, insert, select

from shop.domain import clock, ids
from shop.domain.catalog import Facing
from shop.domain.statements import Statement, insert_new
from shop.domain.tenancy import StoreRow, VisitRow


class Reason(StrEnum):
    RECEIVED = "received"
    SOLD = "sold"
    WAIVED = "waived"  # left with a shopper whom we did not charge
    NOT_TAKEN = "not_taken"  # charged, objected to, and found on the shelf
    SHRINKAGE = "shrinkage"  # the difference a stocktake found


class StockMovement(VisitRow, table=True):
    # sums of a store and of its products are read from the index alone, however many years they are long
    __table_args__ = (Index("ix_stockmovement_sums", "store_id", "product_id", "quantity"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    product_id: str = Field(foreign_key="product.id", max_length=26)
    facing_id: str | None = Field(default=None, foreign_key="facing.id", max_length=26)
    quantity: int  # positive in, negative out
    reason: Reason = Field(sa_type=String(20))
    visit_id: str | None = Field(default=None, foreign_key="visit.id", max_length=26, index=True)
    at: datetime = Field(default_factory=clock.now)


class StockCard(StoreRow, table=True):
    """One for each product that a store counts; locked by whoever takes from what is left of it."""

    __table_args__ = (UniqueConstraint("store_id", "product_id"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    product_id: str = Field(foreign_key="product.id", max_length=26)


_MOVE = Statement(insert(StockMovement.__table__))  # type: ignore[attr-defined]


def move(tx: Session, row: StoreRow, reason: Reason, quantities: dict[str, int], **of: str) -> None:
    """Book movements of several products (product id -> units, positive in); `of`: facing_id or visit_id."""
    shared = {"facing_id": None, "visit_id": None, **row.scope(), "reason": reason, "at": clock.now(), **of}
    movements = [
        {**shared, "id": ids.new(), "product_id": product_id, "quantity": quantity}
        for product_id, quantity in quantities.items()
    ]
    if movements:
        _MOVE.ask_for(tx, movements)


def summed(store: ColumnElement[str], product: ColumnElement[str]) -> ColumnElement[int]:
    """Units on hand, as a part of a larger question."""
    total = select(func.coalesce(func.sum(StockMovement.quantity), 0))
    total = total.where(col(StockMovement.store_id) == store, col(StockMovement.product_id) == product)
    return total.scalar_subquery()


_ON_HAND = Statement(select(summed(bindparam("store"), bindparam("product")).label("units")))


def on_hand(tx: Session, store_id: str, product_id: str) -> int:
    return int(_ON_HAND.first(tx, store=store_id, product=product_id).units)


def on_hand_by_product(tx: Session, store_id: str) -> dict[str, int]:
    """product id -> units on hand, for the whole store."""
    sums = (
        select(StockMovement.product_id, func.sum(StockMovement.quantity))
        .where(StockMovement.store_id == store_id)
        .group_by(col(StockMovement.product_id))
    )
    return {product_id: int(total) for product_id, total in tx.exec(sums).all()}


_CARDS: Any = StockCard.__table__  # type: ignore[attr-defined]
_LOCK_CARD = Statement(
    select(_CARDS.c.id)
    .where(_CARDS.c.store_id == bindparam("store"), _CARDS.c.product_id == bindparam("product"))
    .with_for_update()
)


def lock_card(tx: Session, store_id: str, product_id: str) -> bool:
    """Our turn to take of this product, until commit; False when this store does not count it."""
    return _LOCK_CARD.first(tx, store=store_id, product=product_id) is not None


def _open_card(tx: Session, facing: Facing) -> None:
    """From its first delivery or count on, the store knows how many there are; `lock_card` finds it."""
    insert_new(tx, _CARDS, **facing.scope(), id=ids.new(), product_id=facing.product_id)


def receive(tx: Session, facing: Facing, quantity: int) -> None:
    _open_card(tx, facing)
    move(tx, facing, Reason.RECEIVED, {facing.product_id: quantity}, facing_id=facing.id)


def stocktake(tx: Session, facing: Facing, *, counted: int) -> int:
    """Book the gap between shelf and books as shrinkage and return it."""
    _open_card(tx, facing)
    lock_card(tx, facing.store_id, facing.product_id)  # two counts at once must not both book the gap
    gap = counted - on_hand(tx, facing.store_id, facing.product_id)
    if gap:
        move(tx, facing, Reason.SHRINKAGE, {facing.product_id: gap}, facing_id=facing.id)
    return gap
