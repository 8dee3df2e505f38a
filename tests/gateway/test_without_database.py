"""The unlock desk while PostgreSQL is away, and after."""

import pytest

from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain.visit_states import State
from tests.chaos.postgres import Server
from tests.domain.world import World
from tests.gateway.rigs import Door, until

pytestmark = pytest.mark.postgres


@pytest.fixture
def seeded(crashing: tuple[Database, World]) -> tuple[Database, World]:
    return crashing


def test_a_door_opens_after_the_database_has_come_back(
    database: Database, world: World, desk: UnlockDesk, server: Server
) -> None:
    desk.start()
    server.stop_at_once()
    server.start()
    door = Door(database, world, seconds=20)
    until(lambda: door.visit().state == State.UNLOCKED)
