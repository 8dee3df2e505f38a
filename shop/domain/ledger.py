"""The money book: double entries in integer cents, appended and never edited."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, Session, String, col, func, insert, select

from shop.domain import clock, ids
from shop.domain.statements import Statement
from shop.domain.tenancy import VisitRow


class Account(StrEnum):
    RECEIVABLE = "receivable"  # what the shopper owes
    CARD = "card"  # captured, on its way from the card company
    SALES = "sales"  # net, by VAT rate
    VAT = "vat"  # by VAT rate
    REFUND = "refund"  # what we owe the shopper back, until her card has it
    BY_HAND = "by_hand"  # given back another way than to her card, by a person who says how
    WAIVED = "waived"  # given up: below the smallest card charge, or by an operator's decision


class LedgerEntry(VisitRow, table=True):
    id: int | None = Field(default=None, primary_key=True)
    booking: str = Field(max_length=26, index=True)  # entries of one booking sum to 0
    account: Account = Field(sa_type=String(20))
    vat_rate_bp: int | None = None
    cents: int  # debit positive, credit negative
    visit_id: str = Field(foreign_key="visit.id", max_length=26, index=True)
    at: datetime = Field(default_factory=clock.now)


Line = tuple[Account, int | None, int]  # account, VAT rate in basis points, cents
Entry = dict[str, Any]  # a row of the book


def booking(*, operator_id: str, store_id: str, visit_id: str, lines: list[Line]) -> list[Entry]:
    """Entries of one booking; ValueError unless they sum to zero."""
    if sum(cents for _, _, cents in lines):
        raise ValueError("a booking must sum to zero")
    name = ids.new()
    now = clock.now()
    return [
        {
            "operator_id": operator_id,
            "store_id": store_id,
            "booking": name,
            "account": account,
            "vat_rate_bp": rate,
            "cents": cents,
            "visit_id": visit_id,
            "at": now,
        }
        for account, rate, cents in lines
        if cents
    ]


_APPEND = Statement(insert(LedgerEntry.__table__))  # type: ignore[attr-defined]


def append(tx: Session, entries: list[Entry]) -> None:
    """All in one statement."""
    if entries:
        _APPEND.ask_for(tx, entries)


def balance(tx: Session, visit_id: str, account: Account) -> int:
    total = select(func.sum(LedgerEntry.cents)).where(
        LedgerEntry.visit_id == visit_id, LedgerEntry.account == account
    )
    return int(tx.exec(total).one() or 0)


def balances(tx: Session, visit_id: str) -> dict[Account, int]:
    sums = (
        select(LedgerEntry.account, func.sum(LedgerEntry.cents))
        .where(LedgerEntry.visit_id == visit_id)
        .group_by(col(LedgerEntry.account))
    )
    return {Account(account): int(total) for account, total in tx.exec(sums).all()}
