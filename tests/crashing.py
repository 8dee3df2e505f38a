"""A plugin: a PostgreSQL server with a seeded shop, for tests that stop it as a crash would."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from shop.db import Database
from shop.domain.tables import METADATA
from tests.chaos.postgres import Server
from tests.domain.world import World, seed


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with closing(Server()) as server:
        server.start()
        yield server


@pytest.fixture
def crashing(server: Server) -> Iterator[tuple[Database, World]]:
    database = Database(server.url)
    METADATA.create_all(database.engine)
    with database.transaction() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(table.delete())
        world = seed(tx)
    yield database, world
    database.close()
