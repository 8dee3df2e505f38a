"""A seeded SQLite file, made once and put back before each test; staff included."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from shop import passwords
from shop.db import Database
from shop.domain.sign_in import Staff
from shop.domain.tables import METADATA
from shop.domain.tenancy import Store
from tests.domain.world import World, seed

PASSWORD = "eine lange Kette von Worten"
DESK_EMAIL = "desk@example.org"
FOREIGN_EMAIL = "desk@example.net"


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    path = tmp_path_factory.mktemp("seeded") / "shop.db"
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _forget_power_cuts)
    METADATA.create_all(database.engine)
    with database.transaction() as tx:
        world = seed(tx)
        known = passwords.hashed(PASSWORD)
        foreign = tx.get_one(Store, world.foreign_store_id).operator_id
        for operator_id, email in ((world.operator_id, DESK_EMAIL), (foreign, FOREIGN_EMAIL)):
            tx.add(Staff(operator_id=operator_id, email=email, name="Uta Beispiel", password_hash=known))
    database.close()  # the last connection moves the write-ahead log into the file
    return path, world


@pytest.fixture(scope="session")
def stage_file(
    seeded_file: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Database]]:
    """One file and one engine for all tests, whose statements need to be compiled only once."""
    path = tmp_path_factory.mktemp("stage") / "shop.db"
    shutil.copy(seeded_file[0], path)
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _forget_power_cuts)
    yield path, database
    database.close()


@pytest.fixture
def stage(seeded_file: tuple[Path, World], stage_file: tuple[Path, Database]) -> tuple[Database, World]:
    """The seeded shop, whatever the test before did to it."""
    template, world = seeded_file
    path, database = stage_file
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return database, world


def _forget_power_cuts(connection: Any, _record: Any) -> None:
    """Tests need not survive one, and waiting for the disk is most of their time."""
    connection.execute("PRAGMA synchronous=OFF")
