"""A migrated shop with its books, on each database, and an empty place beside it to restore into."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
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
from tests.domain.world import World, seed


@pytest.fixture(scope="session")
def opened_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A shop with two sales, made once and copied for each test."""
    path = tmp_path_factory.mktemp("opened") / "shop.db"
    return path, _open_shop(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def opened_database(postgres_server: str) -> Iterator[tuple[str, World]]:
    """The same as a template for databases."""
    with _database(postgres_server) as url:
        yield str(make_url(url).database), _open_shop(url)


@pytest.fixture
def on_sqlite(opened_file: tuple[Path, World], tmp_path: Path) -> Iterator[Place]:
    """For what does not depend on the database."""
    template, world = opened_file
    with closing(Place(tmp_path / "old", "")) as made:
        _furnish(made, world)
        shutil.copy(template, made.settings.data_dir / "shop.db")
        yield made


@pytest.fixture
def on_postgres(opened_database: tuple[str, World], postgres_server: str, tmp_path: Path) -> Iterator[Place]:
    """A database of its own: a dump is of a whole one."""
    template, world = opened_database
    with _database(postgres_server, template) as url, closing(Place(tmp_path / "old", url)) as made:
        _furnish(made, world)
        yield made


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def shop(request: pytest.FixtureRequest) -> Place:
    shop: Place = request.getfixturevalue(f"on_{request.param}")
    return shop


@pytest.fixture
def empty(shop: Place, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for the shop on the same kind of database."""
    with ExitStack() as stack:
        url = ""
        if not shop.database.is_sqlite:
            url = stack.enter_context(_database(request.getfixturevalue("postgres_server")))
        yield stack.enter_context(closing(Place(tmp_path / "new", url)))


@pytest.fixture
def empty_file(tmp_path: Path) -> Iterator[Place]:
    with closing(Place(tmp_path / "new", "")) as made:
        yield made


@contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    name = f"backup_{uuid.uuid4().hex[:12]}"
    with closing(Database(server)) as owner:
        at_once = owner.engine.execution_options(isolation_level="AUTOCOMMIT")
        with at_once.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
            try:
                yield make_url(server).set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _open_shop(url: str) -> World:
    db.migrate(url)
    with closing(Database(url)) as database, database.transaction() as tx:
        world = seed(tx)
        for state in (State.SETTLED, State.SETTLED, State.SHOPPING):
            visit_in(tx, world, state)
    return world


def _furnish(place: Place, world: World) -> None:
    place.world = world
    place.settings.data_dir.mkdir(parents=True)
    master_secret(place.settings)
