"""tables for a shopper's account

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _passkeys()
    for column in ("browser", "system"):
        kind = sqlmodel.sql.sqltypes.AutoString(length=20)
        op.add_column("signin", sa.Column(column, kind, nullable=True))
    op.add_column("signin", sa.Column("used_on", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index(op.f("ix_signin_customer_id"), "signin", ["customer_id"])
    op.add_column("customer", sa.Column("erased_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("paymentmethod", sa.Column("chosen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("credential_id", sqlmodel.sql.sqltypes.AutoString(length=1400), nullable=False),
        sa.Column("public_key", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_passkey_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_passkey_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint(
            "operator_id", "credential_id", name=op.f("uq_passkey_operator_id_credential_id")
        ),
    )
    op.create_index(op.f("ix_passkey_operator_id"), "passkey", ["operator_id"])
    op.create_index(op.f("ix_passkey_customer_id"), "passkey", ["customer_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_passkey_challenge_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_passkey_challenge_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
    )
    for column in ("operator_id", "customer_id", "expires_at"):
        op.create_index(op.f(f"ix_passkey_challenge_{column}"), "passkey_challenge", [column])


def downgrade() -> None:
    op.drop_column("paymentmethod", "chosen_at")
    op.drop_column("customer", "erased_at")
    op.drop_index(op.f("ix_signin_customer_id"), "signin")
    for column in ("used_on", "system", "browser"):
        op.drop_column("signin", column)
    op.drop_table("passkey_challenge")
    op.drop_table("passkey")
