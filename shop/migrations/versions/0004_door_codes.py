"""codes that a display at the door shows

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    mode = sqlmodel.sql.sqltypes.AutoString(length=20)
    op.add_column("store", sa.Column("door_code_mode", mode, nullable=False, server_default="sticker"))
    op.create_table(
        "door_code",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("store_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("door_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_door_code_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_door_code_store_id_store")),
        sa.ForeignKeyConstraint(["door_id"], ["door.id"], name=op.f("fk_door_code_door_id_door")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_door_code")),
    )
    for column in ("operator_id", "store_id", "door_id"):
        op.create_index(op.f(f"ix_door_code_{column}"), "door_code", [column])


def downgrade() -> None:
    op.drop_table("door_code")
    op.drop_column("store", "door_code_mode")
