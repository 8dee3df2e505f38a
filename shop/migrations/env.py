"""Alembic's entry: one history for SQLite and PostgreSQL, one migration at a time, all of it or nothing."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, event, pool, text
from sqlalchemy.engine import make_url
from sqlmodel import create_engine

from shop.domain.tables import METADATA

WAIT_S = 300  # for another migration to end
OUR_LOCK = 0x73686F70  # "shop" as a number, for PostgreSQL's advisory locks

url = make_url(context.config.attributes["url"])
on_sqlite = url.get_backend_name() == "sqlite"
if on_sqlite:
    engine = create_engine(
        url, poolclass=pool.NullPool, connect_args={"timeout": WAIT_S, "isolation_level": None}
    )
else:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=pool.NullPool)


@event.listens_for(engine, "connect")
def _connected(connection: Any, _record: object) -> None:
    if on_sqlite:
        connection.execute("PRAGMA journal_mode = WAL")  # readers go on meanwhile


@event.listens_for(engine, "begin")
def _wait_for_turn(connection: Connection) -> None:
    """Before the revision is read: whoever comes second finds the work done."""
    if on_sqlite:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")  # Python's driver would commit before each CREATE
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": OUR_LOCK})


with engine.begin() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
