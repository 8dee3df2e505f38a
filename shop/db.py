"""The database: the one place that begins and commits transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session, create_engine, text

from shop.domain import tables
from shop.domain.statements import Statement, write_changes

BUSY_TIMEOUT_S = 15
POOL_SIZE = 10  # more than a process has threads that ask at once: opening one costs ten statements
BUSY_POLL_S = 0.001
POLL_S = 0.004  # how often a waiting process looks for news on SQLite
IDLE_POLL_S = 0.012  # once nothing has happened for a while
IDLE_AFTER_S = 2.0
SLOW_POLL_S = 0.05  # and on PostgreSQL

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Sessions on one database; cheap to make, connects when first used."""

    def __init__(self, url: str) -> None:
        self.metadata = tables.METADATA
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        self._reader = self.engine.execution_options(readonly=True)
        self._looker = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Everything inside happens, or nothing does; on SQLite writers take turns from the start."""
        with self._our_turn(), _Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _our_turn(self) -> Iterator[None]:
        """On SQLite the threads of a process queue here: only one of them tries for the file's write lock."""
        queued = self.is_sqlite and self._turn.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            if queued:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look that blocks nobody; changes made inside are thrown away."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """Each statement as things stand then, in no transaction: a third of what `reading` costs."""
        with self._looker.connect() as connection:
            yield connection

    def look(self, statement: Statement, **values: Any) -> list[Any]:
        with self.looking() as connection:
            return statement.rows(connection, **values)

    def changes(self) -> "Changes":
        return Changes(self)

    def open_looker(self) -> Connection:
        return self._looker.connect()

    def close(self) -> None:
        self.engine.dispose()


class _Session(Session):
    """Writes changes of rows without SQLAlchemy's unit of work where that would do nothing else."""


@event.listens_for(_Session, "before_flush")
def _before_flush(session: Session, *_: object) -> None:
    write_changes(session)


class Changes:
    """Wakes its owner soon after another connection committed something; looks without a transaction."""

    def __init__(self, database: Database) -> None:
        self._sqlite = database.is_sqlite
        self._connection = database.open_looker()
        self._seen = self._version()
        self._changed_at = 0.0

    def look(self, statement: Statement, **values: Any) -> list[Any]:
        """As `Database.look`, on a connection that is kept."""
        return statement.rows(self._connection, **values)

    def wait(self, timeout_s: float) -> bool:
        """True when something changed since the last call; False after the time-out."""
        deadline = time.monotonic() + timeout_s
        while True:
            if self.changed():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if not self._sqlite:
                time.sleep(min(SLOW_POLL_S, left))
                return True  # nothing is known: the caller looks
            idle = time.monotonic() - self._changed_at > IDLE_AFTER_S
            time.sleep(min(IDLE_POLL_S if idle else POLL_S, left))

    def changed(self) -> bool:
        """By SQLite's own change counter; elsewhere always False."""
        version = self._version()
        changed, self._seen = version != self._seen, version
        if changed:
            self._changed_at = time.monotonic()
        return changed

    def _version(self) -> int:
        if not self._sqlite:
            return 0
        # straight to the driver: asked 250 times a second, SQLAlchemy's way costs four times the CPU
        driver = self._connection.connection.dbapi_connection
        return int(driver.execute("PRAGMA data_version").fetchone()[0])  # type: ignore[union-attr]

    def close(self) -> None:
        self._connection.close()


def _postgres_engine(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True)


def _make_folder(url: str) -> None:
    path = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _sqlite_engine(url: str) -> Engine:
    _make_folder(url)
    arguments = {"timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments, pool_size=POOL_SIZE, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # without IMMEDIATE two writers read the same stock and one update is lost (ARCHITECTURE, decision 2)
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return  # a look: SQLAlchemy tells of a beginning here too
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
    deadline = time.monotonic() + BUSY_TIMEOUT_S
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
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision; safe to repeat."""
    from alembic import command

    _make_folder(url)
    command.upgrade(_alembic(url), revision)


def _alembic(url: str) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


HEAD = "0001"  # the newest revision; a test compares it with the migrations folder


def wait_for_schema(database: Database, timeout_s: float = 60) -> None:
    """Processes start together; each waits until `migrate` has brought the schema up to date."""
    deadline = time.monotonic() + timeout_s
    while not is_prepared(database):
        if time.monotonic() > deadline:
            raise TimeoutError("the database schema is not up to date: run `python -m shop migrate`")
        time.sleep(0.05)


def is_prepared(database: Database) -> bool:
    """The schema is the one this code was written for."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    try:
        with database.reading() as tx:
            return tx.connection().execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    except (OperationalError, ProgrammingError):
        return False
