"""What the code of one schema needs of the next one: by looking at both, and by saying its statements."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    select,
)

ROWS = (1, 2)  # the second meets what the first left: a new unique constraint, a constant default
LONGEST = 2**40  # fits a BigInteger only


def schema(engine: Engine) -> MetaData:
    found = MetaData()
    found.reflect(engine)
    return found


def objections(old: MetaData, new: MetaData) -> Iterator[str]:
    """Everything that old statements may stumble over."""
    for table in old.sorted_tables:
        if table.name not in new.tables:
            yield f"{table.name} is gone"
            continue
        now = new.tables[table.name]
        for column in table.columns:
            yield from _of_column(column, now)
        for column in now.columns:
            is_new = column.name not in table.columns
            if is_new and not column.nullable and column.server_default is None:
                yield f"{table.name}.{column.name} is new, demanded and has no default of the database"
        yield from _of_constraints(table, now)


def _of_column(was: Column[Any], table: Table) -> Iterator[str]:
    name = f"{table.name}.{was.name}"
    if was.name not in table.columns:
        yield f"{name} is gone"
        return
    now = table.columns[was.name]
    if was.nullable and not now.nullable:
        yield f"{name} may not be empty any more"
    if was.server_default is not None and now.server_default is None:
        yield f"{name} has lost its default"
    widened = isinstance(was.type, Integer) and isinstance(now.type, BigInteger)
    if not widened and was.type._type_affinity is not now.type._type_affinity:
        yield f"{name} was {was.type!r} and is {now.type!r}"
    if isinstance(was.type, BigInteger) and not isinstance(now.type, BigInteger):
        yield f"{name} is narrower than it was"
    before, after = getattr(was.type, "length", None), getattr(now.type, "length", None)
    if after is not None and (before is None or after < before):
        yield f"{name} is shorter than it was"


def _of_constraints(was: Table, now: Table) -> Iterator[str]:
    """One that names a new column is not our concern: old statements leave it empty or at its default."""
    known = set(was.columns.keys())
    for added in sorted(_limits(now) - _limits(was)):
        if set(added[1:]) <= known:
            yield f"{was.name} has a new {added[0]} on {', '.join(added[1:])}"


def _limits(table: Table) -> set[tuple[str, ...]]:
    unique = {
        ("unique", *sorted(constraint.columns.keys()))
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    unique |= {("unique", *sorted(index.columns.keys())) for index in table.indexes if index.unique}
    return unique | {("foreign key", *sorted(key.column_keys)) for key in table.foreign_key_constraints}


def say_old_statements(engine: Engine, old: MetaData) -> None:
    """Insert, select, update and delete in every table with the columns the old code knows, and no others."""
    with engine.connect() as connection:
        for table in old.sorted_tables:
            for number in ROWS:
                connection.execute(table.insert().values(_row(table, number)))
        for table in old.sorted_tables:
            _read_and_change(connection, table)
        for table in reversed(old.sorted_tables):
            connection.execute(table.delete())
        connection.rollback()


def _read_and_change(connection: Connection, table: Table) -> None:
    assert len(connection.execute(select(table)).all()) >= len(ROWS), table.name
    keys = list(table.primary_key.columns)
    free = [c for c in table.columns if c not in keys and not c.foreign_keys]
    for number in ROWS:
        row = _row(table, number)
        same = table.update().values({column.name: row[column.name] for column in free or keys})
        changed = connection.execute(same.where(*(key == row[key.name] for key in keys))).rowcount
        assert changed == 1, table.name


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    """As long and as large as the column allows; a reference names the row of the same number."""
    for key in column.foreign_keys:
        return _value(key.column, number)
    match column.type:
        case Boolean():
            return bool(number % 2)
        case DateTime():
            return datetime(2026, 1, number, tzinfo=UTC).replace(tzinfo=None)
        case BigInteger():
            return LONGEST + number
        case Integer():
            return 1_000_000 + number
        case Float():
            return number / 2
        case JSON():
            return {"number": number}
        case String(length=length):
            return f"{number}".rjust(length or 40, "X")  # upper case: some columns demand it
        case other:
            raise TypeError(f"{column} is of a kind this test has no value for: {other!r}")
