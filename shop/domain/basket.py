"""The live basket: one line for each product, from scans, shelves and the shopper's corrections."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case
from sqlmodel import JSON, Field, Session, UniqueConstraint, col, func, insert, or_, select

from shop.domain import catalog, clock, feed, ids, incidents, stock, tax
from shop.domain.catalog import Facing, Offer
from shop.domain.errors import Refusal
from shop.domain.fleet import Sensing, Shelf
from shop.domain.statements import RowsOf, Statement
from shop.domain.tenancy import VisitRow
from shop.domain.visit_states import State
from shop.domain.visits import Visit

MAX_QUANTITY = 99
MAX_LINES = 100
EVIDENCE_KEPT = 20
# A plate tells of a movement once it has come to rest.
COMES_TO_REST = timedelta(seconds=3)


class BasketLine(VisitRow, table=True):
    __table_args__ = (UniqueConstraint("visit_id", "product_id"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    visit_id: str = Field(foreign_key="visit.id", max_length=26)
    product_id: str = Field(foreign_key="product.id", max_length=26)
    sku: str = Field(max_length=40)
    name_de: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    unit_price_cents: int  # as it was when the line began
    unit_deposit_cents: int
    icon: str = Field(default="", max_length=16)
    net_amount: int | None = None
    net_unit: str = Field(default="", max_length=5)
    vat_rate_bp: int
    weighed: bool  # stands in this store on a scale that has a say
    sensed: int = 0
    scanned: int = 0
    corrected: int | None = None
    corrected_at: datetime | None = None
    ahead: int = 0  # units that scans added to her own count before the shelf told of them
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)

    @property
    def quantity(self) -> int:
        """What she is asked to pay for: her correction, else the larger of scale and scans."""
        return self.corrected if self.corrected is not None else max(self.sensed, self.scanned)

    @property
    def disputed(self) -> bool:
        return self.weighed and self.corrected is not None and self.corrected < self.sensed

    @property
    def total_cents(self) -> int:
        return self.quantity * (self.unit_price_cents + self.unit_deposit_cents)


_LINES = RowsOf(
    BasketLine,
    select(BasketLine).where(BasketLine.visit_id == bindparam("visit")).order_by(col(BasketLine.id)),
)
# The same rules in SQL, for those who only read: an object costs more than the question.
_UNITS = func.coalesce(
    BasketLine.corrected,
    case((col(BasketLine.sensed) > col(BasketLine.scanned), BasketLine.sensed), else_=BasketLine.scanned),
)
_CENTS = _UNITS * (col(BasketLine.unit_price_cents) + col(BasketLine.unit_deposit_cents))
# A line to read: `quantity` and `total_cents` beside its columns, as the database has them.
ROW: tuple[Any, ...] = (
    *BasketLine.__table__.c,  # type: ignore[attr-defined]
    _UNITS.label("quantity"),
    _CENTS.label("total_cents"),
)
_ADD = Statement(insert(BasketLine.__table__))  # type: ignore[attr-defined]
_STANDS = Statement(
    select(Facing.id)
    .join(Shelf, col(Shelf.id) == col(Facing.shelf_id))
    .where(Facing.store_id == bindparam("store"), Facing.product_id == bindparam("product"))
    .where(Shelf.sensing == Sensing.FULL)
)


def lines_of(tx: Session, visit_id: str) -> list[BasketLine]:
    return _LINES.all(tx, visit=visit_id)


def scan(tx: Session, visit: Visit, gtin: str, quantity: int) -> str | Refusal:
    """Add scanned units and return their SKU; Refusal not_shopping, unknown_product, too_many.

    `sold_out` is returned, not raised: what it tells the operator must be kept.
    """
    _must_be_inside(visit)
    return _claim(tx, visit, catalog.offer_by_gtin(tx, visit.store_id, gtin), quantity)


def add(tx: Session, visit: Visit, sku: str, quantity: int) -> str | Refusal:
    """As `scan`, of goods that she found by their name: nothing but how she says it differs."""
    _must_be_inside(visit)
    return _claim(tx, visit, catalog.offer_by_sku(tx, visit.store_id, sku), quantity)


def _claim(tx: Session, visit: Visit, offer: Offer, quantity: int) -> str | Refusal:
    lines = lines_of(tx, visit.id)
    has = _of(lines, offer)
    scanned, sensed = (has.scanned, has.sensed) if has else (0, 0)
    if scanned + quantity > MAX_QUANTITY:
        raise Refusal("too_many")
    more = max(0, scanned + quantity - max(sensed, scanned))
    refusal = _more_than_there_is(tx, visit, offer, more)
    if refusal is not None:
        return refusal
    line = _line(tx, visit, lines, offer)
    line.scanned += quantity
    if line.corrected is not None:
        line.corrected += more
        line.ahead += more
    _sum_up(tx, visit, lines)
    return line.sku


def correct(tx: Session, visit: Visit, sku: str, quantity: int) -> Refusal | None:
    """The shopper says how many she has; below what the shelf saw a person will look.

    `sold_out` is returned, as by `scan`.
    """
    _must_be_inside(visit)
    offer = catalog.offer_by_sku(tx, visit.store_id, sku)
    lines = lines_of(tx, visit.id)
    has = _of(lines, offer)
    refusal = _more_than_there_is(tx, visit, offer, quantity - (max(has.sensed, has.quantity) if has else 0))
    if refusal is not None:
        return refusal
    line = _line(tx, visit, lines, offer)
    if not line.weighed:
        line.scanned, line.corrected = quantity, None
    else:
        line.corrected = None if quantity == max(line.sensed, line.scanned) else quantity
        line.corrected_at, line.ahead = clock.now(), 0
    _sum_up(tx, visit, lines)
    return None


# What the books have, and what is in baskets that are not in the books yet: one statement and so one
# moment, for a sale takes goods from the one to the other.
_IN_BASKETS = (
    select(func.coalesce(func.sum(_UNITS), 0))
    .join(Visit, col(Visit.id) == col(BasketLine.visit_id))
    .where(
        col(Visit.store_id) == bindparam("store"),
        or_(*(col(Visit.state) == state for state in (State.SHOPPING, State.IN_REVIEW))),
        col(Visit.booked).is_(False),
        col(BasketLine.product_id) == bindparam("product"),
    )
    .scalar_subquery()
)
_LEFT = Statement(
    select(
        stock.summed(bindparam("store"), bindparam("product")).label("on_hand"),
        _IN_BASKETS.label("in_baskets"),
    )
)


def _more_than_there_is(tx: Session, visit: Visit, offer: Offer, more: int) -> Refusal | None:
    """Her word alone never takes what the books do not have; what a shelf saw is not asked.

    If she does hold it in her hand, the books are wrong: the operator is told, once for each product.
    """
    if more <= 0 or not stock.lock_card(tx, visit.store_id, offer.product_id):
        return None
    left = _LEFT.first(tx, store=visit.store_id, product=offer.product_id)
    available = max(0, left.on_hand - left.in_baskets)
    if more <= available:
        return None
    told = incidents.running(tx, visit, "claimed_beyond_stock")
    if all(incident.evidence["sku"] != offer.sku for incident in told):
        evidence = {"sku": offer.sku, "on_hand": left.on_hand, "in_baskets": left.in_baskets, "wanted": more}
        incidents.open_one(tx, visit, "claimed_beyond_stock", visit_id=visit.id, **evidence)
    return Refusal("sold_out", details={"sku": offer.sku, "available": available})


def sensed(tx: Session, visit: Visit, offer: Offer, taken: int, evidence: dict[str, Any]) -> None:
    """The shelf saw so many units leave (negative: come back) with this visit, `at` the evidence's time.

    Her own count is of what she had when she gave it: late news of earlier movements are in it already.
    """
    lines = lines_of(tx, visit.id)
    line = _line(tx, visit, lines, offer)
    line.sensed += taken
    if not _is_counted(line, taken, datetime.fromisoformat(evidence["at"])):
        if taken < 0:
            # what came back is no longer claimed by a scan either
            line.scanned = min(line.scanned, max(line.sensed, 0))
        if line.corrected is not None:
            told_before = min(line.ahead, max(taken, 0))
            line.ahead -= told_before
            line.corrected = max(0, line.corrected + taken - told_before)
    line.evidence = [*line.evidence, evidence][-EVIDENCE_KEPT:]
    _sum_up(tx, visit, lines)


def _is_counted(line: BasketLine, taken: int, at: datetime) -> bool:
    """In her own count. Where that is uncertain she is not charged for more: a person will look."""
    if line.corrected is None or line.corrected_at is None:
        return False
    return (at - COMES_TO_REST if taken > 0 else at) <= line.corrected_at


def set_quantity(tx: Session, visit: Visit, sku: str, quantity: int) -> None:
    """A person decided after looking at the evidence."""
    lines = lines_of(tx, visit.id)
    line = next((line for line in lines if line.sku == sku), None)  # also one no longer on sale
    line = line or _line(tx, visit, lines, catalog.offer_by_sku(tx, visit.store_id, sku))
    line.corrected, line.corrected_at, line.ahead = quantity, clock.now(), 0
    _sum_up(tx, visit, lines)


def unclaimed_scans(line: BasketLine) -> int:
    return max(0, line.scanned - line.sensed)


def _must_be_inside(visit: Visit) -> None:
    if visit.state != State.SHOPPING:
        raise Refusal("not_shopping")


def _of(lines: list[BasketLine], offer: Offer) -> BasketLine | None:
    return next((line for line in lines if line.product_id == offer.product_id), None)


def _line(tx: Session, visit: Visit, lines: list[BasketLine], offer: Offer) -> BasketLine:
    """Hers for this product; a new one joins `lines`."""
    line = _of(lines, offer)
    if line is not None:
        return line
    if len(lines) >= MAX_LINES:
        raise Refusal("too_many")
    standing = _STANDS.first(tx, store=visit.store_id, product=offer.product_id)
    _ADD.run(
        tx,
        id=ids.new(),
        **visit.scope(),
        visit_id=visit.id,
        product_id=offer.product_id,
        sku=offer.sku,
        name_de=offer.name_de,
        name_en=offer.name_en,
        unit_price_cents=offer.price_cents,
        unit_deposit_cents=offer.deposit_cents,
        icon=offer.icon,
        net_amount=offer.net_amount,
        net_unit=offer.net_unit,
        vat_rate_bp=tax.rate_bp(offer.vat_class, clock.local_date()),
        weighed=standing is not None,
        sensed=0,
        scanned=0,
        ahead=0,
        evidence=[],
    )
    # read back, because a row that the session has to insert costs it more than all this
    lines[:] = lines_of(tx, visit.id)
    return next(line for line in lines if line.product_id == offer.product_id)


def _sum_up(tx: Session, visit: Visit, lines: list[BasketLine]) -> None:
    visit.items = sum(line.quantity for line in lines)
    visit.total_cents = sum(line.total_cents for line in lines)
    visit.deposit_cents = sum(line.quantity * line.unit_deposit_cents for line in lines)
    visit.disputed = any(line.disputed for line in lines)
    tx.add(visit)
    feed.tell(tx, visit, "visit", visit.id)
