"""tables for the worst day

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("who", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("request", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"])
    _stock_cards()
    op.create_index("ix_visit_here", "visit", ["store_id", "state"])
    op.add_column("basketline", sa.Column("corrected_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("basketline", sa.Column("ahead", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("payment", sa.Column("looked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    _indexes_of_the_few()
    _gateways()


def _gateways() -> None:
    op.create_table(
        "gateway",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateway")),
    )
    op.create_table(
        "gateway_lease",
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_gateway_lease_store_id_store")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_gateway_lease")),
    )


def _indexes_of_the_few() -> None:
    """For those who watch: dead letters and payments under way among all there ever were."""
    dead, under_way = (
        sa.text("status = 'dead'"),
        sa.text("status NOT IN ('captured', 'released', 'declined')"),
    )
    op.create_index("ix_inbox_dead", "inbox", ["source"], sqlite_where=dead, postgresql_where=dead)
    op.create_index(
        "ix_payment_open", "payment", ["status"], sqlite_where=under_way, postgresql_where=under_way
    )


def _stock_cards() -> None:
    """Stores count what they ever received or counted."""
    op.create_table(
        "stockcard",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("product_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_stockcard_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_stockcard_store_id_store")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stockcard_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stockcard")),
        sa.UniqueConstraint("store_id", "product_id", name=op.f("uq_stockcard_store_id_product_id")),
    )
    op.create_index(op.f("ix_stockcard_operator_id"), "stockcard", ["operator_id"])
    op.create_index(op.f("ix_stockcard_store_id"), "stockcard", ["store_id"])
    op.execute(
        "INSERT INTO stockcard (operator_id, store_id, id, product_id) "
        "SELECT min(operator_id), store_id, min(id), product_id FROM stockmovement "
        "WHERE reason IN ('received', 'shrinkage') GROUP BY store_id, product_id"
    )
    op.drop_index(op.f("ix_stockmovement_product_id"), "stockmovement")
    op.create_index("ix_stockmovement_on_hand", "stockmovement", ["product_id", "store_id", "quantity"])


def downgrade() -> None:
    op.drop_table("gateway_lease")
    op.drop_table("gateway")
    op.drop_index("ix_payment_open", "payment")
    op.drop_index("ix_inbox_dead", "inbox")
    op.drop_column("payment", "looked_at")
    op.drop_column("basketline", "ahead")
    op.drop_column("basketline", "corrected_at")
    op.drop_index("ix_visit_here", "visit")
    op.drop_index("ix_stockmovement_on_hand", "stockmovement")
    op.create_index(op.f("ix_stockmovement_product_id"), "stockmovement", ["product_id"])
    op.drop_table("stockcard")
    op.drop_index(op.f("ix_idempotency_key_created_at"), "idempotency_key")
    op.drop_table("idempotency_key")
