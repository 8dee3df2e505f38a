"""A shopper's copy of her data is complete: a new table that knows of her is missed here first."""

from typing import Any

from sqlalchemy import Connection, Table, or_, select

from shop.domain import disclosure
from shop.domain.tables import METADATA
from tests.security.conftest import Street

# What names her visits and says nothing more of her than the rows that are in the copy.
LEFT_OUT = {
    "feed": "that something changed",
    "ledgerentry": "the books: her receipts and payments, once more",
    "passkey_challenge": "gone in five minutes",
    "stockmovement": "the books: the lines of her visits, once more",
}


def rows_of(connection: Connection, table: Table, customer_id: str) -> list[str]:
    """Ids of rows that name her or one of her visits."""
    visit = METADATA.tables["visit"]
    hers = select(visit.c.id).where(visit.c.customer_id == customer_id)
    names: dict[str, Any] = {"customer_id": [customer_id], "visit_id": hers}
    named = [table.c[name].in_(whose) for name, whose in names.items() if name in table.c]
    return list(connection.scalars(select(table.c.id).where(or_(*named)))) if named else []


def test_every_row_about_her_is_in_her_copy_and_no_row_about_her_neighbour(street_on_sqlite: Street) -> None:
    world = street_on_sqlite.mine.world
    with street_on_sqlite.database.reading() as tx:
        copy = str(disclosure.of_customer(tx, world.anna_id))
        told = [table for table in METADATA.sorted_tables if table.name not in LEFT_OUT]
        for table in told:
            for row_id in rows_of(tx.connection(), table, world.anna_id):
                assert repr(row_id) in copy, f"{table.name} {row_id}"
            for row_id in rows_of(tx.connection(), table, world.ben_id):
                assert repr(row_id) not in copy, f"{table.name} {row_id}"
        named = {
            table.name for table in METADATA.sorted_tables if rows_of(tx.connection(), table, world.anna_id)
        }
    assert set(LEFT_OUT) < named
