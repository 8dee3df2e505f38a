"""objections, and money given back

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("refunded_cents", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "store", sa.Column("refund_limit_cents", sa.Integer(), nullable=False, server_default="1000")
    )
    _corrections()
    _refunds()
    _objections()


def _refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("payment_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("receipt_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("looked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_refund_{of}_id_{of}"))
            for of in ("operator", "store", "visit", "payment", "receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    for name in ("operator_id", "provider_id", "receipt_id", "status", "store_id", "visit_id"):
        op.create_index(op.f(f"ix_refund_{name}"), "refund", [name])


def _objections() -> None:
    op.create_table(
        "objection",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("visit_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("line_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("instant", sa.Boolean(), nullable=False),
        sa.Column("receipt_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["basketline.id"], name=op.f("fk_objection_line_id_basketline")),
        *(
            sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_objection_{of}_id_{of}"))
            for of in ("operator", "store", "visit", "customer", "receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    for name in ("customer_id", "operator_id", "status", "store_id", "visit_id"):
        op.create_index(op.f(f"ix_objection_{name}"), "objection", [name])


def _corrections() -> None:
    """Beside the one of its sale, a visit may have receipts that correct it."""
    sales = sa.text("kind = 'sale'")
    kind = sqlmodel.sql.sqltypes.AutoString(length=10)
    with op.batch_alter_table("receipt") as receipt:
        receipt.add_column(sa.Column("kind", kind, nullable=False, server_default="sale"))
        receipt.drop_constraint(op.f("uq_receipt_visit_id"), type_="unique")
    op.create_index(op.f("ix_receipt_visit_id"), "receipt", ["visit_id"])
    op.create_index(
        "ix_receipt_sale", "receipt", ["visit_id"], unique=True, sqlite_where=sales, postgresql_where=sales
    )


def downgrade() -> None:
    """Only before the first correction: two receipts of one visit do not fit the older schema."""
    op.drop_table("objection")
    op.drop_table("refund")
    op.drop_index("ix_receipt_sale", "receipt")
    op.drop_index(op.f("ix_receipt_visit_id"), "receipt")
    with op.batch_alter_table("receipt") as receipt:
        receipt.create_unique_constraint(op.f("uq_receipt_visit_id"), ["visit_id"])
        receipt.drop_column("kind")
    op.drop_column("store", "refund_limit_cents")
    op.drop_column("visit", "refunded_cents")
