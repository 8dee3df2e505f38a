"""Alembic's entry: one history for SQLite and PostgreSQL."""

from alembic import context
from sqlalchemy import pool
from sqlalchemy.engine import make_url
from sqlmodel import create_engine

from shop.domain.tables import METADATA

url = make_url(context.config.attributes["url"])
if url.get_backend_name() == "postgresql":
    url = url.set(drivername="postgresql+psycopg")

with create_engine(url, poolclass=pool.NullPool).begin() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
