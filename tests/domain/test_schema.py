"""Migrations and models describe the same tables."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from shop import db
from shop.db import Database
from shop.domain.tables import METADATA


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))


def test_the_migrations_build_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    db.migrate(url)
    database = Database(url)
    try:
        assert _differences(database) == []
        with database.engine.begin() as connection:
            connection.execute(text("DROP INDEX ix_visit_state"))
        assert len(_differences(database)) == 1  # the comparison does see a missing index
    finally:
        database.close()


@pytest.mark.postgres
def test_the_migrations_build_the_same_tables_on_postgresql(postgres_empty: str) -> None:
    db.migrate(postgres_empty)
    database = Database(postgres_empty)
    try:
        assert _differences(database) == []
    finally:
        database.close()


def test_the_code_knows_the_newest_revision() -> None:
    assert ScriptDirectory(str(db.MIGRATIONS)).get_heads() == [db.HEAD]


def test_a_process_waits_until_the_schema_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    database = Database(url)
    try:
        with pytest.raises(TimeoutError, match="migrate"):
            db.wait_for_schema(database, timeout_s=0.1)
        db.migrate(url)
        db.wait_for_schema(database, timeout_s=5)
    finally:
        database.close()
