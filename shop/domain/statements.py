"""Statements on the path of a visit: written once, compiled once, and handed straight to the driver.

A visit asks some 200 of them. SQLAlchemy's own way to the driver looks each one up anew, which costs four
to six times what the database needs for its answer (ARCHITECTURE, decision 33). Values and columns are
converted by the same column types as everywhere.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Connection,
    Dialect,
    Executable,
    Insert,
    Table,
    bindparam,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import Session, SQLModel

from shop.domain.drivers import Answer, Driver, driver_of, writing

Values = Mapping[str, Any]
Convert = Callable[[Any], Any] | None
MOST_AT_ONCE = 10  # rows of one INSERT: each number of rows is a statement of its own


@dataclass(slots=True)
class _Compiled:
    sql: str
    constants: dict[str, Any]
    values: tuple[tuple[str, Convert], ...]  # in the order of the text
    types: list[Any]
    row: Callable[..., Any]
    columns: list[Convert] | None = None  # known once the driver has told what it hands over

    def arguments(self, given: Values) -> list[Any]:
        known = self.constants | given if self.constants else given  # type: ignore[operator]
        return [convert(known[name]) if convert else known[name] for name, convert in self.values]

    def read(self, found: Sequence[Any]) -> Any:
        pairs = zip(self.columns or (), found, strict=True)
        return self.row(*[convert(value) if convert else value for convert, value in pairs])


class Statement:
    """No lists of any length as values: those change the text."""

    def __init__(self, written: Executable) -> None:
        self._written: Any = written
        self._compiled: dict[tuple[str, ...], _Compiled] = {}
        self._several: dict[tuple[str, ...], Statement] = {}

    def ask(self, on: Session | Connection, **values: Any) -> "Asked":
        """Done before what is asked after it, and at commit; the answer comes when it is looked at."""
        return self._asked(on, values)

    def rows(self, on: Session | Connection, **values: Any) -> list[Any]:
        """Rows with their columns by name."""
        return self._asked(on, values).rows()

    def first(self, on: Session | Connection, **values: Any) -> Any:
        """None when there is no row."""
        return self._asked(on, values).first()

    def run(self, on: Session | Connection, **values: Any) -> int:
        """How many rows it changed."""
        return self._asked(on, values).changed()

    def ask_for(self, on: Session | Connection, many: Sequence[Values]) -> None:
        """Once for each of several rows, which name the same columns."""
        if 1 < len(many) <= MOST_AT_ONCE and driver_of(on).dialect.name != "sqlite":
            values = {f"{name}_{row}": value for row, each in enumerate(many) for name, value in each.items()}
            self._for_rows(len(many), tuple(many[0]))._asked(on, values)
        else:
            for each in many:
                self._asked(on, each)

    def _for_rows(self, count: int, names: tuple[str, ...]) -> "Statement":
        """One INSERT of so many rows: half of what the driver takes to run it for each."""
        key = (str(count), *names)
        if key not in self._several:
            columns = self._written.table.c
            rows = [
                {name: bindparam(f"{name}_{row}", type_=columns[name].type) for name in names}
                for row in range(count)
            ]
            self._several[key] = Statement(self._written.values(rows))
        return self._several[key]

    def _asked(self, on: Session | Connection, values: Values) -> "Asked":
        driver = driver_of(on)
        key = (driver.dialect.name, *values)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._written, driver.dialect, values)
        try:
            return Asked(on, driver, compiled, driver.ask(compiled.sql, compiled.arguments(values)))
        except driver.dialect.loaded_dbapi.Error as error:
            raise known(error, _connection_of(on), compiled.sql) from error


class Asked:
    """A statement that was asked; whoever looks at its answer may have to wait for it."""

    __slots__ = ("_answer", "_compiled", "_driver", "_on")

    def __init__(self, on: Session | Connection, driver: Driver, compiled: _Compiled, answer: Answer) -> None:
        self._on, self._driver, self._compiled, self._answer = on, driver, compiled, answer

    def rows(self) -> list[Any]:
        found = self._found()
        return [self._compiled.read(row) for row in found]

    def first(self) -> Any:
        found = self._found()
        return self._compiled.read(found[0]) if found else None

    def changed(self) -> int:
        try:
            return self._answer.changed
        except self._driver.dialect.loaded_dbapi.Error as error:
            raise known(error, _connection_of(self._on), self._compiled.sql) from error

    def _found(self) -> list[tuple[Any, ...]]:
        """As the driver hands them over."""
        try:
            found = self._answer.rows()
        except self._driver.dialect.loaded_dbapi.Error as error:
            raise known(error, _connection_of(self._on), self._compiled.sql) from error
        if self._compiled.columns is None:
            told = zip(self._compiled.types, self._answer.codes(), strict=True)
            self._compiled.columns = [
                kind.result_processor(self._driver.dialect, code) for kind, code in told
            ]
        return found


def known(error: Any, connection: Connection, sql: str) -> Exception:
    """The driver's error as everybody knows it; a connection that it ended is given up."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if gone:
        connection.invalidate(error)
    base = dialect.loaded_dbapi.Error
    known: Exception = DBAPIError.instance(
        sql, None, error, base, connection_invalidated=gone, dialect=dialect
    )
    return known


def _connection_of(on: Session | Connection) -> Connection:
    return on.connection() if isinstance(on, Session) else on


Row = TypeVar("Row", bound=SQLModel)


class RowsOf(Generic[Row]):
    """Whole rows of one table, as the objects that the session writes at its end if they change.

    What SQLAlchemy does for `select(Row)`, without its way there, which takes five times as long.
    """

    def __init__(self, kind: type[Row], written: Any, *also: Any) -> None:
        """Rows the session knows already are read anew if the statement says `populate_existing`.

        `also`: columns of other tables, for `first_and`.
        """
        table = inspect(kind).local_table
        self._kind, self._new = kind, manager_of_class(kind).new_instance
        self._names = [column.name for column in table.columns]
        self._key = self._names.index(table.primary_key.columns[0].name)
        self._anew = written.get_execution_options().get("populate_existing", False)
        self._statement = Statement(
            written.with_only_columns(*table.columns, *also, maintain_column_froms=True)
        )

    def ask(self, tx: Session, **values: Any) -> Callable[[], list[Row]]:
        """As a statement's; the rows come when they are called for."""
        if tx.autoflush:
            tx.flush()
        asked = self._statement.ask(tx, **values)
        return lambda: [self._object(tx, found) for found in asked.rows()]

    def all(self, tx: Session, **values: Any) -> list[Row]:
        return self.ask(tx, **values)()

    def first(self, tx: Session, **values: Any) -> Row | None:
        return next(iter(self.all(tx, **values)), None)

    def first_and(self, tx: Session, **values: Any) -> tuple[Row, Any] | None:
        """The object, and the row with the columns of others by name."""
        if tx.autoflush:
            tx.flush()
        found = self._statement.first(tx, **values)
        return (self._object(tx, found[: len(self._names)]), found) if found else None

    def _object(self, tx: Session, found: Sequence[Any]) -> Row:
        key = (self._kind, (found[self._key],), None)  # as SQLAlchemy names a row
        known: Row | None = tx.identity_map.get(key)
        if known is not None and not self._anew:
            return known
        row: Row = known if known is not None else self._new()
        state: Any = inspect(row)
        state.dict.update(zip(self._names, found, strict=True))
        state._commit_all(state.dict, tx.identity_map)
        if known is None:
            state.key, state.session_id = key, tx.hash_key
            tx.identity_map.add(state)
        return row


def insert_new(on: Session | Connection, table: Table, **row: Any) -> bool:
    """One statement both asks and keeps: False when a row with one of its unique values is there already."""
    return _inserting(table, driver_of(on).dialect.name).first(on, **row) is not None


@cache
def _inserting(table: Table, database: str) -> Statement:
    """The clause is each dialect's own; of the two only the one in use is loaded."""
    insert = import_module(f"sqlalchemy.dialects.{database}").insert
    return Statement(insert(table).on_conflict_do_nothing().returning(table.c.id))


_TURN = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0))))


def take_turns(tx: Session, name: str) -> None:
    """Who names the same waits here until the other's transaction has ended; for what has no row to lock yet.

    On SQLite writers take turns from the start.
    """
    if driver_of(tx).dialect.name == "postgresql":
        _TURN.run(tx, name=name)


_UPDATES: dict[Table, Statement] = {}


def write_changes(session: Session) -> None:
    """Write the changed columns of loaded rows, each row by one statement, and mark them written.

    Where a flush is nothing but that, SQLAlchemy's unit of work costs three times as much for the same
    statements. It stays in charge as soon as a row is new or deleted, for then the order matters.
    """
    if session.new or session.deleted:
        return
    states: list[Any] = [inspect(row) for row in session.dirty]
    for state in sorted(states, key=lambda state: (state.mapper.local_table.name, state.identity)):
        table = state.mapper.local_table
        if table not in _UPDATES:
            [key] = table.primary_key
            _UPDATES[table] = Statement(update(table).where(key == bindparam("its_key")))
        was = state.committed_state
        changed = {name: state.dict[name] for name in was if state.dict[name] != was[name]}
        if changed:
            _UPDATES[table].ask(session, its_key=state.identity[0], **changed)
        session._register_altered([state])  # a rollback must know of it
        state._commit_all(state.dict, session.identity_map)


def _compile(written: Any, dialect: Dialect, values: Values) -> _Compiled:
    returned = getattr(written, "exported_columns", {})
    if isinstance(written, Insert) and not returned:
        written = written.inline()  # nobody asks for the new row's number
    compiled = written.compile(dialect=writing(dialect), column_keys=list(values))
    return _Compiled(
        sql=str(compiled),
        constants={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        values=tuple(
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup
        ),
        types=[column.type.dialect_impl(dialect) for column in returned],
        row=namedtuple("Row", returned.keys(), rename=True),
    )
