"""A migrated shop with its books, on each database, and an empty place beside it to restore into."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shop import db
from shop.config import master_secret
from shop.db import Database
from shop.domain.visit_states import State
from tests.backup.place import Place
from tests.domain.databases import ON_POSTGRES
from tests.domain.visits_at import visit_in
from tests.domain.world import seed


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """A shop with two sales, and an empty place for it on the same kind of database."""
    urls: list[str] = ["", ""]
    with contextmanager(_databases)(request) as made:
        urls = made or urls
        old, new = (Place(tmp_path / name, url) for name, url in zip(("old", "new"), urls, strict=True))
        _open_shop(old)
        yield old, new
        old.close()
        new.close()


@pytest.fixture
def shop(places: tuple[Place, Place]) -> Place:
    return places[0]


@pytest.fixture
def empty(places: tuple[Place, Place]) -> Place:
    return places[1]


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Place]:
    """For what does not depend on the database."""
    made = Place(tmp_path / "old", "")
    _open_shop(made)
    yield made
    made.close()


@pytest.fixture
def empty_file(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "new", "")
    yield made
    made.close()


def _databases(request: pytest.FixtureRequest) -> Iterator[list[str] | None]:
    """Two databases on the test server: a dump is of a whole one."""
    if request.param == "sqlite":
        yield None
        return
    server = request.getfixturevalue("postgres_server")
    names = [f"backup_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    owner = Database(server)
    at_once = owner.engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with at_once.connect() as connection:
            for name in names:
                connection.execute(text(f"CREATE DATABASE {name}"))
        yield [make_url(server).set(database=name).render_as_string(hide_password=False) for name in names]
        with at_once.connect() as connection:
            for name in names:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        owner.close()


def _open_shop(place: Place) -> None:
    place.settings.data_dir.mkdir(parents=True)
    master_secret(place.settings)
    db.migrate(place.settings.database_url)
    with place.database.transaction() as tx:
        place.world = seed(tx)
        for state in (State.SETTLED, State.SETTLED, State.SHOPPING):
            visit_in(tx, place.world, state)
