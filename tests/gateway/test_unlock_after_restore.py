"""An order that was waiting when a backup was taken is history when it is restored."""

from devices.unlock import LEAST_LEFT_S, UnlockDesk
from shop.db import Database
from shop.domain.visit_states import State
from tests.backup.put_back import Backup
from tests.domain.world import World
from tests.gateway.rigs import Door, Line, until


def test_an_order_from_before_the_restore_never_reaches_a_lock(
    database: Database, world: World, line: Line, desk: UnlockDesk
) -> None:
    """Its three seconds are over; and a lock remembers the orders it had before."""
    door = Door(database, world, seconds=LEAST_LEFT_S / 2)
    Backup(database).restore()
    desk.start()
    until(lambda: door.visit().state == State.ABANDONED)
    assert line.published == []  # not even a challenge was asked for
