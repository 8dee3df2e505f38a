"""Receipts: one for each sale and each correction of it, numbered without gaps in their store, and fixed."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel import JSON, Field, Index, Session, UniqueConstraint, col, insert, select, update

from shop.domain import base_price, clock, ids, net_content
from shop.domain.errors import Refusal
from shop.domain.statements import Statement
from shop.domain.tenancy import Store, VisitRow
from shop.domain.visits import Visit

SALE, CORRECTION = "sale", "correction"
# One sale for each visit (on PostgreSQL made by the migration alone, as in `inbox`).
_SALES = text(f"kind = '{SALE}'")


class Receipt(VisitRow, table=True):
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        Index("ix_receipt_sale", "visit_id", unique=True, sqlite_where=_SALES),
    )

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    visit_id: str = Field(foreign_key="visit.id", max_length=26, index=True)
    kind: str = Field(default=SALE, max_length=10)
    number: int
    token: str = Field(max_length=64, unique=True)
    document: dict[str, Any] = Field(sa_type=JSON)
    issued_at: datetime = Field(default_factory=clock.now)


_ISSUE = Statement(insert(Receipt.__table__))  # type: ignore[attr-defined]
_NEXT_NUMBER = Statement(
    update(Store)
    .where(col(Store.id) == bindparam("store"))
    .values(last_receipt_number=col(Store.last_receipt_number) + 1)
    .returning(col(Store.last_receipt_number))
)


# Who sold, and where.
PARTIES = (
    *("operator_name", "operator_address", "operator_vat_id"),
    *("store_name", "store_address", "store_slug"),
)


def next_number(tx: Session, store_id: str) -> int:
    """Counted up in the store's row, so that numbers have no gaps: others in it wait from here on."""
    return int(_NEXT_NUMBER.first(tx, store=store_id).last_receipt_number)


def issue(tx: Session, visit: Visit, number: int, document: dict[str, Any], *, kind: str = SALE) -> str:
    """The new receipt's id."""
    receipt = {"id": ids.new(), "visit_id": visit.id, "number": number, "token": secrets.token_urlsafe(24)}
    _ISSUE.ask(tx, **visit.scope(), **receipt, kind=kind, document=document, issued_at=clock.now())
    return str(receipt["id"])


def snapshot(parties: Any, *, visit: Visit, lines: list[Any], number: int) -> dict[str, Any]:
    """What the law wants on a small-amount invoice (UStDV 33), as it was at the sale.

    `parties`: a row with operator, store and card; `lines`: rows of the basket.
    """
    return {
        **{name: getattr(parties, name) for name in PARTIES},
        "number": number,
        "issued_at": clock.now().isoformat(),
        "visit_id": visit.id,
        "card": f"{(parties.brand or '').title()} •••• {parties.last4}" if parties.last4 else "",
        "lines": [_line(line, line.quantity) | _base_price(line) for line in lines],
        "total_cents": visit.total_cents,
        "deposit_cents": visit.deposit_cents,
    }


def correction(sale: Receipt, line: Any, quantity: int, *, waived_cents: int, number: int) -> dict[str, Any]:
    """What takes back so many units of one line: seller and card as at the sale, amounts below zero.

    `waived_cents`: as much of it as was given up, and so is not paid back.
    """
    taken_back = _line(line, -quantity) | {"evidence": []}
    return {
        **{name: sale.document[name] for name in (*PARTIES, "visit_id", "card")},
        "kind": CORRECTION,
        "corrects": sale.number,
        "number": number,
        "issued_at": clock.now().isoformat(),
        "lines": [taken_back],
        "total_cents": taken_back["total_cents"] + taken_back["deposit_cents"],
        "deposit_cents": taken_back["deposit_cents"],
        "waived_cents": -waived_cents,
    }


def _line(line: Any, quantity: int) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name_de": line.name_de,
        "name_en": line.name_en,
        "quantity": quantity,
        "unit_price_cents": line.unit_price_cents,
        "unit_deposit_cents": line.unit_deposit_cents,
        "total_cents": quantity * line.unit_price_cents,
        "deposit_cents": quantity * line.unit_deposit_cents,
        "vat_rate_bp": line.vat_rate_bp,
        "evidence": line.evidence[-3:],
    }


def _base_price(line: Any) -> dict[str, Any]:
    """As it was announced on the day of the sale."""
    found = base_price.of(line.unit_price_cents, net_content.of(line), clock.local_date())
    return {"base_price": {"cents": found.cents, "per": found.per}} if found else {}


def of_visit(tx: Session, visit_id: str) -> Receipt:
    """Of its sale."""
    found = tx.exec(select(Receipt).where(Receipt.visit_id == visit_id, Receipt.kind == SALE)).first()
    if found is None:
        raise Refusal("receipt_not_ready")
    return found


def by_token(tx: Session, token: str) -> Receipt:
    found = tx.exec(select(Receipt).where(Receipt.token == token)).first()
    if found is None:
        raise Refusal("not_found")
    return found
