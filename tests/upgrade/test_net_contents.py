"""Revision 0009 reads what older ones kept as text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from shop import db
from shop.db import Database
from shop.domain import net_content
from tests.upgrade.compatibility import schema

READ = ["500 g", "1,3 kg", "0,33 l", "70 cl", "10 Stück", "8 Rollen"]
UNREAD = ["", "etwa 500 g", "0,5 g", "1.000 g", "6 x 330 ml"]


@pytest.mark.parametrize("printed", READ + UNREAD)
def test_what_was_printed_becomes_a_quantity_or_stays_without_one(url: str, printed: str) -> None:
    db.migrate(url, "0008")
    database = Database(url)
    _product(database, printed)
    db.migrate(url, "0009")
    product = schema(database.engine).tables["product"]
    with database.engine.connect() as connection:
        row = connection.execute(select(product)).one()
    database.close()
    assert row.net_content == printed  # the version before reads it
    assert net_content.of(row) == (net_content.read(printed) if printed in READ else None)
    assert row.icon == ""


def _product(database: Database, printed: str) -> None:
    tables = schema(database.engine).tables
    with database.engine.begin() as connection:
        operator: dict[str, Any] = dict.fromkeys(("id", "slug", "name", "address", "vat_id", "phone"), "O")
        at = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
        connection.execute(tables["operator"].insert().values(**operator, created_at=at))
        words = dict.fromkeys(("id", "sku", "name_de", "name_en"), "P")
        goods = {"deposit_cents": 0, "unit_weight_g": 500.0, "unit_sd_g": 1.0, "vat_class": "reduced"}
        values = words | goods | {"operator_id": "O", "net_content": printed}
        connection.execute(tables["product"].insert().values(**values))
