"""The seeded shop as the gateway sees it, without a broker, on both databases."""

from collections.abc import Iterator

import pytest

from devices.unlock import UnlockDesk
from shop.db import Database
from tests.domain.world import CONTACT_DEVICE, SHELF_DEVICE, World
from tests.gateway.rigs import REGISTRY, Line, Reporter, lock_at


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


@pytest.fixture
def desk(database: Database, world: World, line: Line) -> Iterator[UnlockDesk]:
    """Not started yet; stopped at the end if it was."""
    made = UnlockDesk(database, line, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    line.desk = made
    yield made
    if made._thread.ident is not None:
        made.stop()


@pytest.fixture
def other(database: Database, world: World, line: Line) -> Iterator[UnlockDesk]:
    """Of a second gateway on the same line. Not started yet; stopped at the end if it was."""
    made = UnlockDesk(database, line, REGISTRY, lambda: [lock_at(world)], "core-2")  # type: ignore[arg-type]
    yield made
    if made._thread.ident is not None:
        made.stop()


@pytest.fixture
def contact(database: Database) -> Reporter:
    return Reporter(database, CONTACT_DEVICE)


@pytest.fixture
def shelf(database: Database) -> Reporter:
    return Reporter(database, SHELF_DEVICE)
