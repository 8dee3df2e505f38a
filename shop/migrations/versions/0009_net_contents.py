"""what a package holds as a quantity, and a picture of the goods

Revision ID: 0009
Revises: 0008
"""

import re
from decimal import Decimal

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("product", "basketline")
MEASURES = {"kg": ("g", 1000), "g": ("g", 1), "l": ("ml", 1000), "cl": ("ml", 10), "ml": ("ml", 1)}
PIECES = {"stück", "stk", "st", "rolle", "rollen", "beutel", "blatt", "tabs", "piece", "pieces"}


def upgrade() -> None:
    for table in TABLES:
        _add_to(table)
    _read_contents()


def _add_to(table: str) -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column(table, sa.Column("icon", text(length=16), nullable=False, server_default=""))
    op.add_column(table, sa.Column("net_amount", sa.Integer(), nullable=True))
    op.add_column(table, sa.Column("net_unit", text(length=5), nullable=False, server_default=""))


def _read_contents() -> None:
    """What cannot be read stays without a quantity, and so without a price per kilogram or litre."""
    product = sa.table(
        "product", *(sa.column(name) for name in ("id", "net_content", "net_amount", "net_unit"))
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(product.c.id, product.c.net_content)).all():
        amount, unit = _quantity(row.net_content)
        if amount is not None:
            values = {"net_amount": amount, "net_unit": unit}
            connection.execute(product.update().where(product.c.id == row.id).values(values))


def _quantity(printed: str) -> tuple[int | None, str]:
    found = re.fullmatch(r"\s*([0-9]{1,6})(?:[.,]([0-9]{1,2}))?\s*([A-Za-zÄÖÜäöüß]{1,10})\.?\s*", printed)
    word = found[3].lower() if found else ""
    measure = ("piece", 1) if word in PIECES else MEASURES.get(word)
    if found is None or measure is None:
        return None, ""
    unit, times = measure
    amount = Decimal(f"{found[1]}.{found[2] or 0}") * times
    return (int(amount), unit) if amount == int(amount) and 0 < amount <= 1_000_000 else (None, "")


def downgrade() -> None:
    for table in TABLES:
        for column in ("net_unit", "net_amount", "icon"):
            op.drop_column(table, column)
