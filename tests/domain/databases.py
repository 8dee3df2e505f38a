"""A plugin: the databases we test on, a SQLite file always, PostgreSQL where it is installed.

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
from sqlmodel import Session

from shop import db
from shop.db import Database
from shop.domain.tables import METADATA
from tests.domain.staff import hire
from tests.domain.world import World, seed
from tests.postgres import private_server

ON_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


class Kept:
    """What stands in a PostgreSQL schema now, to be put back before each test in one round trip."""

    def __init__(self, database: Database) -> None:
        tables = [table.name for table in METADATA.sorted_tables]
        # DELETE is quicker than TRUNCATE, which makes new files
        deletes = [f'DELETE FROM "{name}"' for name in reversed(tables)]  # noqa: S608 - names of ours
        inserts = [f'INSERT INTO "{name}" SELECT * FROM "kept_{name}"' for name in tables]  # noqa: S608
        self._database, self._put_back = database, "; ".join([*deletes, *inserts])
        with database.engine.begin() as connection:
            for name in tables:
                connection.execute(text(f'CREATE TABLE "kept_{name}" AS TABLE "{name}"'))

    def put_back(self) -> Database:
        with self._database.engine.begin() as connection:
            connection.exec_driver_sql(self._put_back)
        return self._database


@pytest.fixture(scope="session")
def sqlite_seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A seeded file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("seeded") / "shop.db"
    db.migrate(f"sqlite:///{path}")
    with closing(unhurried(path)) as database, database.transaction() as tx:
        world = _opened(tx)
    return path, world  # the last connection moved the write-ahead log into the file


@pytest.fixture(scope="session")
def sqlite_file(
    sqlite_seeded: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Database]]:
    """One file and one engine for all tests, whose statements need to be compiled only once."""
    path = tmp_path_factory.mktemp("used") / "shop.db"
    with closing(unhurried(path)) as database:
        yield path, database


@pytest.fixture
def sqlite(sqlite_seeded: tuple[Path, World], sqlite_file: tuple[Path, Database]) -> tuple[Database, World]:
    """The seeded shop, whatever the test before did to it."""
    template, world = sqlite_seeded
    path, database = sqlite_file
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return database, world


@pytest.fixture
def sqlite_apart(sqlite_seeded: tuple[Path, World], tmp_path: Path) -> Iterator[tuple[Database, World]]:
    """The seeded shop in a file of its own, which other processes may open."""
    template, world = sqlite_seeded
    path = tmp_path / "shop.db"
    shutil.copy(template, path)
    with closing(unhurried(path)) as database:
        yield database, world


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    named = os.environ.get("SHOP_TEST_POSTGRES")
    if named:
        yield named
    else:
        with private_server() as url:
            yield url


@pytest.fixture(scope="session")
def postgres_seeded(postgres_server: str) -> Iterator[tuple[Kept, World]]:
    with migrated_schema(postgres_server) as database:
        with database.transaction() as tx:
            world = _opened(tx)
        yield Kept(database), world


@pytest.fixture
def postgres_empty(postgres_server: str) -> Iterator[str]:
    """The URL of a schema without tables."""
    with fresh_schema(postgres_server) as url:
        yield url


@pytest.fixture
def postgres(postgres_seeded: tuple[Kept, World]) -> tuple[Database, World]:
    kept, world = postgres_seeded
    return kept.put_back(), world


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


def unhurried(path: Path) -> Database:
    """A file that need not survive a power cut: waiting for the disk is most of a test's time."""
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _forget_power_cuts)
    return database


@contextmanager
def fresh_schema(server: str) -> Iterator[str]:
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


@contextmanager
def migrated_schema(server: str) -> Iterator[Database]:
    with fresh_schema(server) as url:
        db.migrate(url)
        with closing(Database(url)) as database:
            yield database


def _opened(tx: Session) -> World:
    world = seed(tx)
    hire(tx, world)
    return world


def _forget_power_cuts(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
