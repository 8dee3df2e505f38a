"""How connections to the database are opened, and how long anybody waits for one."""

import select
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlmodel import create_engine

from shop.domain.drivers import KEPT, Libpq
from shop.domain.statements import known
from shop.ops import metrics

# How long somebody waits for the database; together with a process's own queue (`shop.db`)
# less than the ten seconds after which people give up.
BUSY_TIMEOUT_S = 5  # for SQLite's write lock
BUSY_POLL_S = 0.001
CONNECT_TIMEOUT_S = 2  # to a PostgreSQL server; refused connections take no time at all
POOL_TIMEOUT_S = 2
STATEMENT_TIMEOUT_S = 4  # waiting for rows that others have locked included
POOL_SIZE = 10  # as many as a service has threads that ask at once: opening one costs ten statements
MOST_MORE = 25  # PostgreSQL: for a worker with as many threads as it may have
# A process that stopped in the middle of a transaction must not keep its locks for long.
IDLE_IN_TRANSACTION_S = 10
# In no transaction. SQLite's connections are so by themselves; to say it costs each look two statements.
LOOKING: dict[str, dict[str, Any]] = {
    "sqlite": {"looking": True},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 8000}


def postgres(url: str, *, patient: bool) -> Engine:
    where = make_url(url).set(drivername="postgresql+psycopg")
    limits = {} if patient else {"statement_timeout": STATEMENT_TIMEOUT_S}
    limits["idle_in_transaction_session_timeout"] = IDLE_IN_TRANSACTION_S
    given = where.query.get("options", "")
    options = [str(given), *(f"-c{name}={seconds}s" for name, seconds in limits.items())]
    arguments = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": " ".join(options),
        "prepare_threshold": None,  # psycopg forgets all that is prepared at a rollback, ours too
        **KEEPALIVES,
    }
    engine = create_engine(
        where,
        connect_args=arguments,
        pool_size=POOL_SIZE,
        max_overflow=MOST_MORE,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
    )

    _let_what_waits_happen(engine)

    @event.listens_for(engine, "checkout")
    def _is_alive(connection: Any, _record: Any, _proxy: Any) -> None:
        # a server that goes says so, and an idle connection has nothing else to say; to ask it by a statement
        # (SQLAlchemy's pre-ping) cost each transaction a round trip
        if _is_readable(connection.pgconn.socket):
            raise DisconnectionError("the server has closed an idle connection")

    return engine


def _let_what_waits_happen(engine: Engine) -> None:
    """Whatever else SQLAlchemy does with a connection finds done what our statements left for later."""

    def at(happening: str, act: Callable[[Libpq], None]) -> None:
        @event.listens_for(engine, happening)
        def _(connection: Connection, *_: Any) -> None:
            driver = None if connection.invalidated else connection.info.get(KEPT)
            if driver is not None:
                try:
                    act(driver)
                except driver.dialect.loaded_dbapi.Error as error:
                    raise known(error, connection, happening) from error

    at("before_cursor_execute", Libpq.send)
    at("commit", Libpq.commit)
    at("rollback", Libpq.forget)
    at("rollback_savepoint", Libpq.forget)


def _is_readable(socket: int) -> bool:
    asked = select.poll()  # select() knows no numbers above 1023
    asked.register(socket, select.POLLIN)
    return bool(asked.poll(0))


def make_folder(url: str) -> None:
    path = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def sqlite(url: str, *, synchronous: str = "FULL") -> Engine:
    make_folder(url)
    arguments = {"timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments, pool_size=POOL_SIZE, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # without IMMEDIATE two writers read the same stock and one update is lost (ARCHITECTURE, decision 2)
        options = connection.get_execution_options()
        if options.get("looking"):
            return
        if options.get("readonly"):
            connection.exec_driver_sql("BEGIN DEFERRED")
        else:
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """Wait for our turn by trying often: SQLite's own waiting sleeps up to 100 ms a time.

    Six writers of 6 ms each waited 60 to 90 ms (p99) this way, and 230 to 640 ms the other.
    """
    driver: Any = connection.connection.dbapi_connection
    began = time.monotonic()
    deadline = began + BUSY_TIMEOUT_S
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(BUSY_POLL_S)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for an error that our callers know
    finally:
        metrics.LOCK_WAIT.observe(time.monotonic() - began, "file")
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
