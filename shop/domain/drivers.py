"""The last step of a statement to its database: SQLite's cursor, or libpq itself for PostgreSQL.

psycopg's cursors prepare, convert and wait in Python: 61 µs of CPU for a small statement, where libpq with
psycopg's own converters and all of ours around it takes 35 µs (`benchmarks.statement`). Connections,
transactions, types and errors stay psycopg's; only its cursor is left out.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect
from sqlmodel import Session

Values = Sequence[Any]

KEPT = "driver"  # its name in `info`


class Answer(Protocol):
    """What the database said to one statement."""

    @property
    def changed(self) -> int: ...

    def rows(self) -> list[tuple[Any, ...]]: ...

    def codes(self) -> list[Any]:
        """The driver's type of each column."""


class Driver(Protocol):
    dialect: Dialect

    def run(self, sql: str, values: Values) -> Answer: ...


def driver_of(on: Session | Connection) -> Driver:
    """Kept with the connection: what is prepared lives as long as that does."""
    if isinstance(on, Session):
        # a savepoint begins when the session is first asked for its connection
        known = None if on.in_nested_transaction() else on.info.get(KEPT)
        return known or driver_of(on.connection())
    known = on.info.get(KEPT)
    if known is None:
        kind = Sqlite if on.dialect.name == "sqlite" else Libpq
        known = on.info[KEPT] = kind(on.connection.dbapi_connection, on.dialect)
    driver: Driver = known
    return driver


@cache
def writing(dialect: Dialect) -> Dialect:
    """The dialect that writes the text: with `$1`, as PostgreSQL itself counts places."""
    if dialect.positional:
        return dialect
    numbered: Dialect = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
    return numbered


class Sqlite:
    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.dialect = dialect
        self._connection = connection

    def run(self, sql: str, values: Values) -> Answer:
        return _SqliteAnswer(self._connection.execute(sql, values))


class _SqliteAnswer:
    def __init__(self, cursor: Any) -> None:
        self.changed: int = cursor.rowcount
        self._cursor = cursor

    def rows(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def codes(self) -> list[Any]:
        return [column[1] for column in self._cursor.description]


class Libpq:
    """Every text is prepared when it first comes along; the server plans it as it does for psycopg."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        import psycopg  # not loaded where the books are in SQLite
        from psycopg.adapt import PyFormat, Transformer

        self.dialect = dialect
        self._psycopg: Any = psycopg
        self._connection = connection
        self._server = connection.pgconn
        self._convert = Transformer.from_context(connection)
        self._as_text = PyFormat.TEXT
        self._idle = psycopg.pq.TransactionStatus.IDLE
        self._fine = (psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK)
        self._names: dict[str, bytes] = {}

    def run(self, sql: str, values: Values) -> Answer:
        name = self._names.get(sql) or self._prepared(sql)
        if self._server.transaction_status == self._idle and not self._connection.autocommit:
            self._checked(self._server.exec_(b"BEGIN"))
        given = self._convert.dump_sequence(values, [self._as_text] * len(values))
        return _LibpqAnswer(self._checked(self._server.exec_prepared(name, given)), self._convert)

    def _prepared(self, sql: str) -> bytes:
        name = f"shop_{len(self._names)}".encode()
        self._checked(self._server.prepare(name, sql.encode()))
        self._names[sql] = name
        return name

    def _checked(self, result: Any) -> Any:
        """psycopg's error for what the server refused; OperationalError when it is gone."""
        if result.status in self._fine:
            return result
        if self._server.status == self._psycopg.pq.ConnStatus.BAD:
            raise self._psycopg.OperationalError(result.get_error_message())
        raise self._psycopg.errors.error_from_result(result)


class _LibpqAnswer:
    def __init__(self, result: Any, convert: Any) -> None:
        self._result, self._convert = result, convert

    @property
    def changed(self) -> int:
        return int(self._result.command_tuples or 0)

    def rows(self) -> list[tuple[Any, ...]]:
        self._convert.set_pgresult(self._result)
        found: list[tuple[Any, ...]] = self._convert.load_rows(0, self._result.ntuples, tuple)
        return found

    def codes(self) -> list[Any]:
        return [self._result.ftype(column) for column in range(self._result.nfields)]
