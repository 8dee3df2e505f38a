"""Two gateways at one door: the store's owner opens it, and none undoes what the other has begun."""

import time

from devices.messages import CommandAck
from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain import gateways
from shop.domain.jobs import Status
from shop.domain.visit_states import State
from tests.domain.world import World
from tests.gateway.rigs import REGISTRY, Door, Line, lock_at, until


def test_two_gateways_send_one_order(database: Database, world: World, desk: UnlockDesk, line: Line) -> None:
    other_line = Line(database)
    other = UnlockDesk(database, other_line, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    other_line.desk = other
    desk.start()
    other.start()
    door = Door(database, world)
    until(lambda: door.visit().state == State.UNLOCKED)
    time.sleep(0.1)
    other.stop()
    assert len(line.orders()) + len(other_line.orders()) == 1


def test_an_order_of_another_gateways_store_is_left_to_it(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    with database.transaction() as tx:
        gateways.renew(tx, "core-2")
    door = Door(database, world)
    desk.start()
    time.sleep(0.7)  # past another look at the queue
    assert (line.published, door.job().status) == ([], Status.READY)
    other_line = Line(database)
    other = UnlockDesk(database, other_line, REGISTRY, lambda: [lock_at(world)], "core-2")  # type: ignore[arg-type]
    other_line.desk = other
    other.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    other.stop()
    assert line.published == []


def test_an_order_that_another_gateway_has_sent_is_not_given_up(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    """Both asked the lock; the other one got the challenge."""
    door = Door(database, world, seconds=0.9)
    line.gives_challenge = False
    line.before_challenge = lambda: door.is_sent_elsewhere()
    desk.start()
    until(lambda: line.published and not desk._begun)
    assert (door.visit().state, door.job().status) == (State.ADMITTED, Status.SENT)
    assert door.releases() == 0


def test_an_answer_that_another_gateway_waits_for_is_booked_by_whoever_hears_it(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    """The other may be dead by now."""
    door = Door(database, world)
    door.is_sent_elsewhere()
    line.desk = desk
    line.answered(CommandAck(id=door.job().id, result="done"))
    until(lambda: door.visit().state == State.UNLOCKED)
    assert door.job().status == Status.DONE
