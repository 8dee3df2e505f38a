"""indexes that were written with every settle and never asked

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Table -> columns; another index begins with the same column, or nobody looks for these rows by it.
UNASKED = {
    "basketline": ("operator_id", "store_id", "visit_id"),
    "ledgerentry": ("operator_id", "store_id"),
    "payment": ("operator_id", "store_id"),
    "receipt": ("operator_id", "store_id"),
    "stockmovement": ("operator_id", "store_id"),
    "visit": ("store_id",),
}


def upgrade() -> None:
    for table, columns in UNASKED.items():
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.create_index("ix_stockmovement_sums", "stockmovement", ["store_id", "product_id", "quantity"])
    op.drop_index("ix_stockmovement_on_hand", table_name="stockmovement")


def downgrade() -> None:
    op.create_index("ix_stockmovement_on_hand", "stockmovement", ["product_id", "store_id", "quantity"])
    op.drop_index("ix_stockmovement_sums", table_name="stockmovement")
    for table, columns in UNASKED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
