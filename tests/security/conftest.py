"""Both services over two furnished operators, on each database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import event

import admin.app
import shop.app
from shop.db import Database
from shop.domain.tables import METADATA
from tests.api.rigs import one_event_loop, settings
from tests.api.stage import seeded_file, stage, stage_file
from tests.domain.databases import ON_POSTGRES, postgres_schema, postgres_server
from tests.gateway.test_with_a_broker import say_it_is_prepared
from tests.security.two_shops import Premises, furnish

__all__ = ["postgres_schema", "postgres_server", "seeded_file", "stage", "stage_file"]


@dataclass(frozen=True)
class Street:
    """Two shops side by side in one database: who asks works or buys in `mine`."""

    database: Database
    mine: Premises
    theirs: Premises
    apps: dict[str, FastAPI]


@pytest.fixture
def fresh_sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    event.listen(
        database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF")
    )
    METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def fresh_postgres(postgres_schema: Database) -> Database:
    with postgres_schema.transaction() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(table.delete())
    return postgres_schema


@pytest.fixture(params=["fresh_sqlite", pytest.param("fresh_postgres", marks=ON_POSTGRES.marks)])
def street(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Street]:
    with _street(request.getfixturevalue(request.param), tmp_path) as street:
        yield street


@pytest.fixture
def street_on_sqlite(fresh_sqlite: Database, tmp_path: Path) -> Iterator[Street]:
    with _street(fresh_sqlite, tmp_path) as street:
        yield street


@contextmanager
def _street(database: Database, folder: Path) -> Iterator[Street]:
    say_it_is_prepared(database)
    with database.transaction() as tx:
        mine, theirs = furnish(tx, "ahorn", 1), furnish(tx, "birke", 2)
    config = settings(folder, operator="eg-ahorn", public_url="http://testserver")
    with one_event_loop():
        shopper, staff = shop.app.create_app(config, database), admin.app.create_app(config, database)
        yield Street(database, mine, theirs, {"shopper": shopper, "staff": staff})
