"""Statements on the path of a visit: written once, compiled once, and handed straight to the driver.

A visit asks some 200 of them. SQLAlchemy's own way to the driver looks each one up anew, which costs four
to six times what the database needs for its answer (ARCHITECTURE, decision 33). Values and columns are
converted by the same column types as everywhere.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Insert, Table, bindparam, inspect, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Values = Mapping[str, Any]
Convert = Callable[[Any], Any] | None


@dataclass(slots=True)
class _Compiled:
    sql: str
    constants: dict[str, Any]
    values: tuple[tuple[str, Convert], ...]  # in the order of the text
    by_name: bool
    types: list[Any]
    row: Callable[..., Any]
    columns: list[Convert] | None = None  # known once the driver has told what it hands over

    def arguments(self, given: Values) -> Any:
        known = self.constants | given if self.constants else given  # type: ignore[operator]
        if self.by_name:
            return {name: convert(known[name]) if convert else known[name] for name, convert in self.values}
        return [convert(known[name]) if convert else known[name] for name, convert in self.values]

    def read(self, found: Sequence[Any]) -> Any:
        pairs = zip(self.columns or (), found, strict=True)
        return self.row(*[convert(value) if convert else value for convert, value in pairs])


class Statement:
    """No lists of any length as values: those change the text."""

    def __init__(self, written: Executable) -> None:
        self._written: Any = written
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, on: Session | Connection, **values: Any) -> list[Any]:
        """Rows with their columns by name."""
        compiled, _, found = self._execute(on, values)
        return [compiled.read(row) for row in found]

    def first(self, on: Session | Connection, **values: Any) -> Any:
        """None when there is no row."""
        compiled, _, found = self._execute(on, values)
        return compiled.read(found[0]) if found else None

    def run(self, on: Session | Connection, **values: Any) -> int:
        """How many rows it changed."""
        return self._execute(on, values)[1]

    def run_for(self, on: Session | Connection, many: Sequence[Values]) -> None:
        """Once for each of several rows, which name the same columns."""
        if len(many) == 1:
            self._execute(on, many[0])
        else:
            self._execute(on, many[0], many)

    def _execute(
        self, on: Session | Connection, values: Values, many: Sequence[Values] = ()
    ) -> tuple[_Compiled, int, list[Any]]:
        """With how many rows it changed, and the rows it found as the driver hands them over."""
        connection = on.connection() if isinstance(on, Session) else on
        dialect = connection.dialect
        key = (dialect.name, *values)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._written, dialect, values)
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        try:
            if many:
                cursor.executemany(compiled.sql, [compiled.arguments(each) for each in many])
            else:
                cursor.execute(compiled.sql, compiled.arguments(values))
            found = cursor.fetchall() if cursor.description else []
        except dialect.loaded_dbapi.Error as error:
            gone = dialect.is_disconnect(error, driver, cursor)
            if gone:
                connection.invalidate(error)
            base = dialect.loaded_dbapi.Error
            raise DBAPIError.instance(
                compiled.sql, None, error, base, connection_invalidated=gone, dialect=dialect
            ) from error
        if compiled.columns is None:
            told = zip(compiled.types, cursor.description or (), strict=True)
            compiled.columns = [kind.result_processor(dialect, column[1]) for kind, column in told]
        return compiled, cursor.rowcount, found


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
            _UPDATES[table].run(session, its_key=state.identity[0], **changed)
        session._register_altered([state])  # a rollback must know of it
        state._commit_all(state.dict, session.identity_map)


def _compile(written: Any, dialect: Dialect, values: Values) -> _Compiled:
    returned = getattr(written, "exported_columns", {})
    if isinstance(written, Insert) and not returned:
        written = written.inline()  # nobody asks for the new row's number
    compiled = written.compile(dialect=dialect, column_keys=list(values))
    by_name = not dialect.positional
    names = list(compiled.binds) if by_name else compiled.positiontup
    return _Compiled(
        sql=str(compiled),
        constants={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        values=tuple(
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ),
        by_name=by_name,
        types=[column.type.dialect_impl(dialect) for column in returned],
        row=namedtuple("Row", returned.keys(), rename=True),
    )
