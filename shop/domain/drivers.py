"""The last step of a statement to its database: SQLite's cursor, or libpq itself for PostgreSQL.

psycopg's cursors prepare, convert and wait in Python: 61 µs of CPU for a small statement, where libpq with
psycopg's own converters and all of ours around it takes 35 µs (`benchmarks.statement`). Connections,
transactions, types and errors stay psycopg's; only its cursor is left out.
"""

import select
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect
from sqlmodel import Session

Values = Sequence[Any]

Command = tuple[bytes, Values | None]  # the name of a prepared text and its values; a bare text has none
BEGIN: Command = (b"BEGIN", None)
COMMIT: Command = (b"COMMIT", None)

KEPT = "driver"  # its name in `info`


class Answer(Protocol):
    """What the database says to one statement: known once it was sent, sent at the latest when looked at."""

    @property
    def changed(self) -> int: ...

    def rows(self) -> list[tuple[Any, ...]]: ...

    def codes(self) -> list[Any]:
        """The driver's type of each column."""


class Driver(Protocol):
    dialect: Dialect

    def ask(self, sql: str, values: Values) -> Answer: ...


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

    def ask(self, sql: str, values: Values) -> Answer:
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
    """Every text is prepared when it first comes along; the server plans it as it does for psycopg.

    What was asked waits until an answer is looked at, or until COMMIT. All that waits travels together, BEGIN
    before it, in libpq's pipeline: of the eighteen ways to the server and back of a settle five are left.
    """

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
        self._waiting: list[_LibpqAnswer] = []
        self._socket = select.poll()
        self._socket.register(self._server.socket)

    def ask(self, sql: str, values: Values) -> Answer:
        name = self._names.get(sql) or self._prepared(sql)
        command = name, self._convert.dump_sequence(values, [self._as_text] * len(values))
        answer = _LibpqAnswer(command, self.send, self._convert)
        self._waiting.append(answer)
        if self._connection.autocommit:
            self.send()
        return answer

    def send(self) -> None:
        if not self._waiting:
            return
        asked, self._waiting = self._waiting, []
        before = [] if self._connection.autocommit or not self._is_idle() else [BEGIN]
        results = self._results([*before, *(answer.command for answer in asked)])
        for answer, result in zip(asked, results[len(before) :], strict=True):
            answer.result = result

    def commit(self) -> None:
        if self._waiting:
            self._waiting.append(_LibpqAnswer(COMMIT, self.send, self._convert))
            self.send()
        elif not self._is_idle():
            self._results([COMMIT])

    def forget(self) -> None:
        """What waits shall not happen: the transaction is undone."""
        self._waiting.clear()

    def _is_idle(self) -> bool:
        return bool(self._server.transaction_status == self._idle)

    def _prepared(self, sql: str) -> bytes:
        name = f"shop_{len(self._names)}".encode()
        self._checked(self._server.prepare(name, sql.encode()))
        self._names[sql] = name
        return name

    def _results(self, commands: list[Command]) -> list[Any]:
        """Of all of them, or the error of the first that failed."""
        if len(commands) > 1:
            return [self._checked(result) for result in self._piped(commands)]
        [(name, values)] = commands
        alone = self._server.exec_(name) if values is None else self._server.exec_prepared(name, values)
        return [self._checked(alone)]

    def _piped(self, commands: list[Command]) -> list[Any]:
        self._server.enter_pipeline_mode()
        for name, values in commands:
            if values is None:
                self._server.send_query_params(name, None)
            else:
                self._server.send_query_prepared(name, values)
        self._server.pipeline_sync()
        while self._server.flush():
            self._wait(select.POLLIN | select.POLLOUT)
        results = list(self._told())
        self._server.exit_pipeline_mode()
        return results

    def _told(self) -> Iterator[Any]:
        """Until the end of the pipeline; between two results libpq says nothing once."""
        end = self._psycopg.pq.ExecStatus.PIPELINE_SYNC
        while True:
            while self._server.is_busy():
                self._wait(select.POLLIN)
            result = self._server.get_result()
            if result is not None and result.status == end:
                return
            if result is not None:
                yield result
            elif self._server.status == self._psycopg.pq.ConnStatus.BAD:  # it would say nothing for ever
                raise self._psycopg.OperationalError(self._server.get_error_message())

    def _wait(self, events: int) -> None:
        """Here, because libpq would wait with the interpreter's lock held: nobody we wait for could go on."""
        self._socket.modify(self._server.socket, events)
        self._socket.poll()
        self._server.consume_input()

    def _checked(self, result: Any) -> Any:
        """psycopg's error for what the server refused; OperationalError when it is gone."""
        if result.status in self._fine:
            return result
        if self._server.status == self._psycopg.pq.ConnStatus.BAD:
            raise self._psycopg.OperationalError(result.get_error_message())
        raise self._psycopg.errors.error_from_result(result)


class _LibpqAnswer:
    def __init__(self, command: Command, send: Callable[[], None], convert: Any) -> None:
        self.command = command
        self.result: Any = None
        self._send, self._convert = send, convert

    def _known(self) -> Any:
        if self.result is None:
            self._send()
        return self.result

    @property
    def changed(self) -> int:
        return int(self._known().command_tuples or 0)

    def rows(self) -> list[tuple[Any, ...]]:
        result = self._known()
        self._convert.set_pgresult(result)
        found: list[tuple[Any, ...]] = self._convert.load_rows(0, result.ntuples, tuple)
        return found

    def codes(self) -> list[Any]:
        result = self._known()
        return [result.ftype(column) for column in range(result.nfields)]
