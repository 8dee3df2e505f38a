"""The figures by which a copy is compared with the original: schema, rows, money, goods and receipts.

Plain SQL on columns of the first revision, because a backup may be older than the code that reads it.
"""

from collections import defaultdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, inspect, text

from shop.backup.errors import BackupError

Sums = dict[str, dict[str, int]]

LEDGER = """
    SELECT operator.slug, ledgerentry.account, sum(ledgerentry.cents)
    FROM ledgerentry JOIN operator ON operator.id = ledgerentry.operator_id
    GROUP BY operator.slug, ledgerentry.account
"""
STOCK = """
    SELECT store.slug, product.sku, sum(stockmovement.quantity)
    FROM stockmovement
    JOIN store ON store.id = stockmovement.store_id
    JOIN product ON product.id = stockmovement.product_id
    GROUP BY store.slug, product.sku
"""
RECEIPTS = """
    SELECT store.slug, store.last_receipt_number, count(receipt.id), coalesce(max(receipt.number), 0)
    FROM store LEFT JOIN receipt ON receipt.store_id = store.id
    GROUP BY store.slug, store.last_receipt_number
"""
UNBALANCED = """
    SELECT count(*) FROM (SELECT 1 FROM ledgerentry GROUP BY booking HAVING sum(cents) <> 0) AS found
"""


class Receipts(BaseModel):
    """Of one store; without gaps all three are the same number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int
    last: int
    counter: int


class Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: str = Field(pattern="^[0-9]{1,9}$")  # of the schema
    rows: dict[str, int]  # table -> rows
    ledger: Sums  # operator -> account -> cents
    stock: Sums  # store -> article -> units
    receipts: dict[str, Receipts]  # store -> its receipts
    unbalanced_bookings: int


def read(connection: Connection) -> Figures:
    """All in the transaction of the connection: take one that sees a single moment. Raises BackupError."""
    return Figures(
        revision=_revision(connection),
        rows={table: _count(connection, table) for table in sorted(inspect(connection).get_table_names())},
        ledger=_sums(connection, LEDGER),
        stock=_sums(connection, STOCK),
        receipts={
            store: Receipts(count=count, last=last, counter=counter)
            for store, counter, count, last in connection.execute(text(RECEIPTS))
        },
        unbalanced_bookings=int(connection.execute(text(UNBALANCED)).scalar_one()),
    )


def differences(expected: Figures, found: Figures) -> list[str]:
    """In words, one for each figure; empty when the copy is faithful."""
    was, now = _flat(expected.model_dump()), _flat(found.model_dump())
    return [
        f"{name}: {was.get(name, 'nothing')} in the backup, {now.get(name, 'nothing')} found"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]


def inconsistencies(figures: Figures) -> list[str]:
    """What must never be, wherever it is read."""
    wrong = [
        f"ledger of {operator}: sums to {total} cents, not to zero"
        for operator, accounts in figures.ledger.items()
        if (total := sum(accounts.values()))
    ]
    if figures.unbalanced_bookings:
        wrong.append(f"ledger: {figures.unbalanced_bookings} bookings do not sum to zero")
    wrong += [
        f"receipts of {store}: {told.count} kept, the last is {told.last}, the counter says {told.counter}"
        for store, told in figures.receipts.items()
        if not told.count == told.last == told.counter
    ]
    return wrong


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        raise BackupError("the database is not prepared: python -m shop migrate")
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _count(connection: Connection, table: str) -> int:
    quoted = connection.dialect.identifier_preparer.quote(table)
    return int(connection.execute(text(f"SELECT count(*) FROM {quoted}")).scalar_one())  # noqa: S608 quoted


def _sums(connection: Connection, query: str) -> Sums:
    sums: Sums = defaultdict(dict)
    for owner, of, total in connection.execute(text(query)):
        sums[owner][of] = int(total)
    return dict(sums)


def _flat(told: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in told.items():
        where = f"{prefix}{name}"
        flat |= _flat(value, f"{where}.") if isinstance(value, dict) else {where: value}
    return flat
