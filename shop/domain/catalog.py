"""Products, their barcodes and prices, and where they stand (facings)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, UniqueConstraint, col, or_, select

from shop.domain import clock, ids, net_content
from shop.domain.errors import Refusal
from shop.domain.net_content import NetContent
from shop.domain.statements import Statement
from shop.domain.tenancy import OperatorRow, Scope, StoreRow


class Product(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("operator_id", "sku"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    sku: str = Field(max_length=40)
    name_de: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    vat_class: str = Field(max_length=20)
    deposit_cents: int = 0
    net_content: str = Field(default="", max_length=40)  # nothing reads it any more; the version before does
    net_amount: int | None = None
    net_unit: str = Field(default="", max_length=5)
    icon: str = Field(default="", max_length=16)  # one emoji
    unit_weight_g: float
    unit_sd_g: float


class ProductGtin(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("operator_id", "gtin"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    gtin: str = Field(max_length=14)
    product_id: str = Field(foreign_key="product.id", max_length=26)


class Price(StoreRow, table=True):
    """One row for each price a store ever asked; a change is a new row."""

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    product_id: str = Field(foreign_key="product.id", max_length=26, index=True)
    cents: int
    valid_from: datetime = Field(default_factory=clock.now)
    valid_to: datetime | None = None


class Facing(StoreRow, table=True):
    """A product's place in a store: one SKU on one or more plates."""

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    shelf_id: str = Field(foreign_key="shelf.id", max_length=26, index=True)
    product_id: str = Field(foreign_key="product.id", max_length=26, index=True)
    restocked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as this store sells it now."""

    product_id: str
    sku: str
    name_de: str
    name_en: str
    vat_class: str
    deposit_cents: int
    icon: str
    net_amount: int | None
    net_unit: str
    price_cents: int

    @property
    def net(self) -> NetContent | None:
        return net_content.of(self)


# Asked for every scan and every change on a shelf, so built once.
_OFFERED = ("id", "sku", "name_de", "name_en", "vat_class", "deposit_cents", "icon", "net_amount", "net_unit")
_OFFERS = (
    select_columns(*(col(getattr(Product, name)) for name in _OFFERED), col(Price.cents))
    .join(Price, col(Price.product_id) == col(Product.id))
    .where(col(Price.store_id) == bindparam("store"), col(Price.valid_from) <= bindparam("now"))
    .where(or_(col(Price.valid_to).is_(None), col(Price.valid_to) > bindparam("now")))
)
_ALL = Statement(_OFFERS.order_by(col(Product.name_de)))
_BY_ID = Statement(_OFFERS.where(col(Product.id) == bindparam("product")))
_BY_SKU = Statement(_OFFERS.where(col(Product.sku) == bindparam("sku")))
_BY_GTIN = Statement(
    _OFFERS.join(ProductGtin, col(ProductGtin.product_id) == col(Product.id)).where(
        col(ProductGtin.gtin) == bindparam("gtin")
    )
)


def offers_of(tx: Session, store_id: str) -> list[Offer]:
    return [Offer(*row) for row in _ALL.rows(tx, store=store_id, now=clock.now())]


def find_offer(tx: Session, store_id: str, product_id: str) -> Offer | None:
    """None when this store has no price for it."""
    row = _BY_ID.first(tx, store=store_id, now=clock.now(), product=product_id)
    return Offer(*row) if row is not None else None


def offer(tx: Session, store_id: str, product_id: str) -> Offer:
    """Refusal unknown_product when this store has no price for it."""
    found = find_offer(tx, store_id, product_id)
    if found is None:
        raise Refusal("unknown_product")
    return found


def gtin14(gtin: str) -> str:
    """One spelling for the same number printed as GTIN-8, -12, -13 or -14."""
    return gtin.zfill(14)


def offer_by_gtin(tx: Session, store_id: str, gtin: str) -> Offer:
    row = _BY_GTIN.first(tx, store=store_id, now=clock.now(), gtin=gtin14(gtin))
    if row is None:
        raise Refusal("unknown_product")
    return Offer(*row)


def offer_by_sku(tx: Session, store_id: str, sku: str) -> Offer:
    row = _BY_SKU.first(tx, store=store_id, now=clock.now(), sku=sku)
    if row is None:
        raise Refusal("unknown_product")
    return Offer(*row)


def set_price(tx: Session, scope: Scope, product_id: str, cents: int) -> None:
    """Close the price that holds now and open a new one; history stays."""
    now = clock.now()
    running = select(Price).where(
        Price.store_id == scope["store_id"], Price.product_id == product_id, col(Price.valid_to).is_(None)
    )
    for price in tx.exec(running):
        price.valid_to = now
        tx.add(price)
    tx.add(Price(**scope, product_id=product_id, cents=cents, valid_from=now))


def gtins_of(tx: Session, operator_id: str) -> dict[str, list[str]]:
    """product id -> its barcodes."""
    found: dict[str, list[str]] = {}
    for row in tx.exec(select(ProductGtin).where(ProductGtin.operator_id == operator_id)):
        found.setdefault(row.product_id, []).append(row.gtin)
    return found
