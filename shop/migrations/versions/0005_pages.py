"""tables for the operator's pages and who accepted them

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_page",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_legal_page_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_page")),
        sa.UniqueConstraint(
            "operator_id",
            "kind",
            "version",
            "language",
            name=op.f("uq_legal_page_operator_id_kind_version_language"),
        ),
    )
    op.create_index(op.f("ix_legal_page_operator_id"), "legal_page", ["operator_id"])
    op.create_table(
        "consent",
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_consent_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "customer_id", "kind", "version", name=op.f("uq_consent_customer_id_kind_version")
        ),
    )
    op.create_index(op.f("ix_consent_operator_id"), "consent", ["operator_id"])


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("legal_page")
