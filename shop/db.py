"""The database: the one place that begins and commits transactions."""

import logging
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, text

from shop import engines
from shop.domain import tables
from shop.domain.drivers import KEPT, driver_of
from shop.domain.ports import Look
from shop.domain.statements import Statement, write_changes
from shop.domain.wakes import woken
from shop.ops import metrics
from shop.ops.logs import told
from shop.waking import Listener, Pipe, knock, notify

log = logging.getLogger(__name__)

TURN_TIMEOUT_S = 4  # for the threads of this process that write before us
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0  # between two looks for a database that is away
TELL_EVERY_S = 60.0

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Sessions on one database; cheap to make, connects when first used.

    `patient` is for commands that read the whole books: no statement of theirs is cut off.
    """

    def __init__(self, url: str, *, patient: bool = False) -> None:
        self.metadata = tables.METADATA
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.pipes = Path(f"{make_url(url).database}-wake")  # SQLite only
        self.engine = engines.sqlite(url) if self.is_sqlite else engines.postgres(url, patient=patient)
        self._notes = engines.sqlite(url, synchronous="NORMAL") if self.is_sqlite else self.engine
        self._reader = self.engine.execution_options(readonly=True)
        self._looker = self.engine.execution_options(**engines.LOOKING[self.engine.dialect.name])
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Everything inside happens, or nothing does; on SQLite writers take turns from the start."""
        began = time.perf_counter()
        # the connection's transaction, not one of the session's own, of which SQLAlchemy keeps books
        with self._our_turn(), self.engine.begin() as connection, _session_on(connection) as session:
            yield session
            session.flush()
            topics = woken(session)
            if topics and not self.is_sqlite:
                notify(connection, topics)
        metrics.TRANSACTION.observe(time.perf_counter() - began)
        if topics and self.is_sqlite:
            knock(self.pipes, topics)

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """A transaction that outlives every process, but on SQLite perhaps not the machine's power.

        It does not wait for the disk. It loads no objects and wakes nobody.
        """
        with self._our_turn(), self._notes.begin() as connection:
            yield connection

    @contextmanager
    def transaction_of(self, find: Callable[[Look], T]) -> Iterator[tuple[Session, T]]:
        """A transaction of somebody who has to be found first, or refused.

        SQLite: before it begins, for others wait as long as it takes. PostgreSQL: in it, a connection less.
        """
        if self.is_sqlite:
            who = find(self.look)
            with self.transaction() as tx:
                yield tx, who
        else:
            with self.transaction() as tx:
                yield tx, find(lambda asked, **values: asked.rows(tx, **values))

    @contextmanager
    def _our_turn(self) -> Iterator[None]:
        """On SQLite the threads of a process queue here: only one of them tries for the file's write lock."""
        began = time.perf_counter()
        queued = self.is_sqlite and self._turn.acquire(timeout=TURN_TIMEOUT_S)
        if self.is_sqlite:
            metrics.LOCK_WAIT.observe(time.perf_counter() - began, "thread")
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

    def changes(self, topic: str) -> "Changes":
        """Of one topic (`shop.domain.wakes`)."""
        return Changes(self._looker.connect(), self.pipes if self.is_sqlite else None, topic)

    def close(self) -> None:
        self.engine.dispose()
        self._notes.dispose()


def _session_on(connection: Connection) -> "_Session":
    session = _Session(connection, expire_on_commit=False)
    session.info[KEPT] = driver_of(connection)  # not to look for it at each statement
    return session


class _Session(Session):
    """Writes changes of rows without SQLAlchemy's unit of work where that would do nothing else."""


@event.listens_for(_Session, "before_flush")
def _before_flush(session: Session, *_: object) -> None:
    write_changes(session)


class Changes:
    """Sleeps until a commit of some process concerns its topic; looks without a transaction.

    After an error it is of no use any more: who owns it makes a new one.
    """

    def __init__(self, connection: Connection, pipes: Path | None, topic: str) -> None:
        connection.detach()  # from the pool: it is ours until we close it
        self._connection = connection
        try:
            self._bell = Pipe(pipes, topic) if pipes else Listener(connection, topic)
        except BaseException:
            connection.close()
            raise

    def look(self, statement: Statement, **values: Any) -> list[Any]:
        """As `Database.look`, on a connection that is kept."""
        return statement.rows(self._connection, **values)

    def wait(self, timeout_s: float) -> bool:
        """True when something changed since the last call; False after the time-out, time to look anyway."""
        if self.heard():
            return True
        asked = select.poll()  # select() knows no numbers above 1023
        asked.register(self, select.POLLIN)
        asked.poll(max(timeout_s, 0) * 1000)
        return self.heard()

    def heard(self) -> bool:
        """The same without waiting."""
        return self._bell.heard()

    def fileno(self) -> int:
        """Readable as soon as there is something to hear."""
        return self._bell.fileno()

    def close(self) -> None:
        self._bell.close()
        self._connection.close()


# PostgreSQL ended one transaction in favour of another (serialization_failure, deadlock_detected).
RACED = ("40001", "40P01")
# Who won has to wake and take its row before the other begins anew, or they wait for each other once more;
# on a busy machine waking takes long.
PAUSES_S = (0.02, 0.1, 0.5)
RACES = 1 + len(PAUSES_S)


def until_won(deed: Callable[[], T]) -> T:
    """Do it again when it lost a race for rows; whoever loses every time gets the error, which is a 503."""
    for pause_s in PAUSES_S:
        try:
            return deed()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in RACED:
                raise
        time.sleep(pause_s)
    return deed()


def is_away(error: Exception) -> bool:
    """The database cannot be reached or cannot write now; what was asked of it is not to blame."""
    ours = DataError | IntegrityError | ProgrammingError | NotSupportedError
    return isinstance(error, NoConnectionFree | DBAPIError) and not isinstance(error, ours)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision; safe to repeat, also by several at once. One step ahead of us stays."""
    engines.make_folder(url)
    database = Database(url)
    try:
        if revision != "head" or not is_prepared(database):
            from alembic import command  # a seventh of a start that has nothing to bring up to date

            command.upgrade(_alembic(url), revision)
    finally:
        database.close()


def migrate_once_there(url: str) -> None:
    """As `migrate`, however long the database is away: after a power cut it may start later than we do."""
    database = Database(url)
    pause, told_at = FIRST_PAUSE_S, float("-inf")
    try:
        while True:
            if _answers(database):
                try:
                    return migrate(url)
                except DBAPIError:
                    if _answers(database):
                        raise
            if time.monotonic() - told_at > TELL_EVERY_S:
                log.warning(told("database_away"))
                told_at = time.monotonic()
            time.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)
    finally:
        database.close()


def _answers(database: Database) -> bool:
    try:
        with database.looking() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True


def _alembic(url: str) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


HEAD = "0009"  # the newest revision; a test compares it with the migrations folder


def wait_for_schema(database: Database, timeout_s: float = 60) -> None:
    """Processes start together; each waits until `migrate` has brought the schema up to date."""
    deadline = time.monotonic() + timeout_s
    while not is_prepared(database):
        if time.monotonic() > deadline:
            raise TimeoutError(
                "the database schema is not up to date: run `python -m shop migrate`"
                " (or it is more than one step ahead: start a newer version)"
            )
        time.sleep(0.05)


def is_prepared(database: Database) -> bool:
    """The schema is the one this code was written for, or one step newer: old code runs on during an upgrade.

    Revisions are numbers in a row; a test proves that each step keeps what the code before it says.
    """
    try:
        with database.reading() as tx:
            found = tx.connection().execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        return False
    return found is not None and int(found) - int(HEAD) in (0, 1)
