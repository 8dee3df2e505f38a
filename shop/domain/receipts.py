"""Receipts: one for each sale, numbered without gaps in its store, fixed at the moment of sale."""

import secrets
from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, Session, UniqueConstraint, insert, select

from shop.domain import clock, ids
from shop.domain.errors import Refusal
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow
from shop.domain.visits import Visit


class Receipt(StoreRow, table=True):
    __table_args__ = (UniqueConstraint("store_id", "number"), UniqueConstraint("visit_id"))

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    visit_id: str = Field(foreign_key="visit.id", max_length=26)
    number: int
    token: str = Field(max_length=64, unique=True)
    document: dict[str, Any] = Field(sa_type=JSON)
    issued_at: datetime = Field(default_factory=clock.now)


_ISSUE = Statement(insert(Receipt.__table__))  # type: ignore[attr-defined]


# Who sold, and where.
PARTIES = (
    *("operator_name", "operator_address", "operator_vat_id"),
    *("store_name", "store_address", "store_slug"),
)


def issue(tx: Session, visit: Visit, number: int, document: dict[str, Any]) -> None:
    receipt = {"id": ids.new(), "visit_id": visit.id, "number": number, "token": secrets.token_urlsafe(24)}
    _ISSUE.ask(tx, **visit.scope(), **receipt, document=document, issued_at=clock.now())


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
        "lines": [_line(line) for line in lines],
        "total_cents": visit.total_cents,
        "deposit_cents": visit.deposit_cents,
    }


def _line(line: Any) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name_de": line.name_de,
        "name_en": line.name_en,
        "quantity": line.quantity,
        "unit_price_cents": line.unit_price_cents,
        "unit_deposit_cents": line.unit_deposit_cents,
        "total_cents": line.quantity * line.unit_price_cents,
        "deposit_cents": line.quantity * line.unit_deposit_cents,
        "vat_rate_bp": line.vat_rate_bp,
        "evidence": line.evidence[-3:],
    }


def of_visit(tx: Session, visit_id: str) -> Receipt:
    found = tx.exec(select(Receipt).where(Receipt.visit_id == visit_id)).first()
    if found is None:
        raise Refusal("receipt_not_ready")
    return found


def by_token(tx: Session, token: str) -> Receipt:
    found = tx.exec(select(Receipt).where(Receipt.token == token)).first()
    if found is None:
        raise Refusal("not_found")
    return found
