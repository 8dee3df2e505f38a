"""what the scales of a shelf are good for

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shelf", sa.Column("sensing", sa.String(20), nullable=False, server_default="full"))


def downgrade() -> None:
    op.drop_column("shelf", "sensing")
