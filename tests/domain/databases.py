"""The databases the domain is tested on: a SQLite file always, PostgreSQL where it is installed.

SHOP_TEST_POSTGRES names a server to use (a fresh schema in it); without it a private one is started.
"""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from shop.db import Database
from shop.domain.tables import METADATA
from tests.domain.world import World, seed
from tests.postgres import private_server

ON_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)

__all__ = [
    "database",
    "postgres",
    "postgres_empty",
    "postgres_schema",
    "postgres_server",
    "seeded",
    "sqlite",
    "sqlite_file",
    "sqlite_seeded",
    "world",
]


@pytest.fixture(scope="session")
def sqlite_seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A seeded file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("seeded") / "shop.db"
    database = Database(f"sqlite:///{path}")
    METADATA.create_all(database.engine)
    with database.transaction() as tx:
        world = seed(tx)
    database.close()  # the last connection moves the write-ahead log into the file
    return path, world


@pytest.fixture(scope="session")
def sqlite_file(
    sqlite_seeded: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Database]]:
    """One file and one engine for all tests, whose statements need to be compiled only once."""
    path = tmp_path_factory.mktemp("used") / "shop.db"
    shutil.copy(sqlite_seeded[0], path)
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _forget_power_cuts)
    yield path, database
    database.close()


@pytest.fixture
def sqlite(sqlite_seeded: tuple[Path, World], sqlite_file: tuple[Path, Database]) -> tuple[Database, World]:
    """The seeded shop, whatever the test before did to it."""
    template, world = sqlite_seeded
    path, database = sqlite_file
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return database, world


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    named = os.environ.get("SHOP_TEST_POSTGRES")
    if named:
        yield named
    else:
        with private_server() as url:
            yield url


@pytest.fixture(scope="session")
def postgres_schema(postgres_server: str) -> Iterator[Database]:
    with _fresh_schema(postgres_server) as url:
        database = Database(url)
        METADATA.create_all(database.engine)
        yield database
        database.close()


@pytest.fixture
def postgres_empty(postgres_server: str) -> Iterator[str]:
    """The URL of a schema without tables."""
    with _fresh_schema(postgres_server) as url:
        yield url


@pytest.fixture
def postgres(postgres_schema: Database) -> tuple[Database, World]:
    with postgres_schema.transaction() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(table.delete())  # quicker than TRUNCATE, which makes new files
        world = seed(tx)
    return postgres_schema, world


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def seeded(request: pytest.FixtureRequest) -> tuple[Database, World]:
    seeded: tuple[Database, World] = request.getfixturevalue(request.param)
    return seeded


@pytest.fixture
def database(seeded: tuple[Database, World]) -> Database:
    return seeded[0]


@pytest.fixture
def world(seeded: tuple[Database, World]) -> World:
    return seeded[1]


@contextmanager
def _fresh_schema(server: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    owner = Database(server)
    with owner.engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    url = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with owner.engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        owner.close()


def _forget_power_cuts(connection: Any, _record: Any) -> None:
    """Tests need not survive one, and waiting for the disk is most of their time."""
    connection.execute("PRAGMA synchronous=OFF")
