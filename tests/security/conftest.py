"""Both services over two furnished operators, on each database."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

import admin.app
import shop.app
from shop import db
from shop.db import Database
from tests.api.rigs import one_event_loop, settings
from tests.domain.databases import ON_POSTGRES, Kept, migrated_schema, unhurried
from tests.security.two_shops import Premises, furnish

Neighbours = tuple[Premises, Premises]


@dataclass(frozen=True)
class Street:
    """Two shops side by side in one database: who asks works or buys in `mine`."""

    database: Database
    mine: Premises
    theirs: Premises
    apps: dict[str, FastAPI]


@pytest.fixture(scope="session")
def sqlite_furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Neighbours]:
    """Furnished once, because that takes longer than most tests; copied for each."""
    path = tmp_path_factory.mktemp("furnished") / "shop.db"
    db.migrate(f"sqlite:///{path}")
    with closing(unhurried(path)) as database:
        return path, _furnished(database)


@pytest.fixture(scope="session")
def postgres_furnished(postgres_server: str) -> Iterator[tuple[Kept, Neighbours]]:
    with migrated_schema(postgres_server) as database:
        neighbours = _furnished(database)
        yield Kept(database), neighbours


@pytest.fixture
def street_on_sqlite(sqlite_furnished: tuple[Path, Neighbours], tmp_path: Path) -> Iterator[Street]:
    template, neighbours = sqlite_furnished
    path = tmp_path / "shop.db"
    shutil.copy(template, path)
    with closing(unhurried(path)) as database, _street(database, neighbours, tmp_path) as street:
        yield street


@pytest.fixture
def street_on_postgres(postgres_furnished: tuple[Kept, Neighbours], tmp_path: Path) -> Iterator[Street]:
    kept, neighbours = postgres_furnished
    with _street(kept.put_back(), neighbours, tmp_path) as street:
        yield street


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def street(request: pytest.FixtureRequest) -> Street:
    street: Street = request.getfixturevalue(f"street_on_{request.param}")
    return street


def _furnished(database: Database) -> Neighbours:
    with database.transaction() as tx:
        return furnish(tx, "ahorn", 1), furnish(tx, "birke", 2)


@contextmanager
def _street(database: Database, neighbours: Neighbours, folder: Path) -> Iterator[Street]:
    config = settings(folder, operator="eg-ahorn", public_url="http://testserver")
    with one_event_loop():
        shopper, staff = shop.app.create_app(config, database), admin.app.create_app(config, database)
        yield Street(database, *neighbours, {"shopper": shopper, "staff": staff})
