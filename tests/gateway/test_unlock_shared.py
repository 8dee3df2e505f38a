"""Two gateways at one door: the store's owner opens it, and none undoes what the other has begun."""

import logging
import time
from typing import Literal

import pytest

from devices.messages import CommandAck
from devices.orders import Order
from devices.topics import UpTopic
from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain import gateways
from shop.domain.jobs import Status
from shop.domain.visit_states import State
from shop.ops import metrics
from tests.domain.world import LOCK_DEVICE, World
from tests.gateway.rigs import REGISTRY, STORE, Door, Line, lock_at, until


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


def ended() -> dict[str, float]:
    """Unlock orders by how they ended, as this process has counted them so far."""
    samples = (line.rpartition(" ") for line in metrics.UNLOCKS.text() if not line.startswith("#"))
    return {name.split('"')[1]: float(count) for name, _, count in samples}


@pytest.mark.parametrize(
    ("result", "outcome", "state"), [("done", "done", State.UNLOCKED), ("failed", "refused", State.ABANDONED)]
)
def test_an_answer_that_two_gateways_hear_is_counted_and_logged_once(
    database: Database,
    world: World,
    desk: UnlockDesk,
    caplog: pytest.LogCaptureFixture,
    result: Literal["done", "failed"],
    outcome: str,
    state: State,
) -> None:
    door = Door(database, world)
    door.is_sent_elsewhere()
    order, before = door.job(), ended()
    other = UnlockDesk(database, Line(database), REGISTRY, lambda: [lock_at(world)], "core-2")  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO):
        for each in (desk, other):
            each.answered(UpTopic(STORE, LOCK_DEVICE, "ack"), CommandAck(id=order.id, result=result))
        desk._pool.shutdown(wait=True)
        other._pool.shutdown(wait=True)
    assert door.visit().state == state
    assert ended().get(outcome, 0) == before.get(outcome, 0) + 1
    assert caplog.text.count(f"unlock job={order.id}") == 1


def test_an_order_that_two_gateways_give_up_is_counted_once(
    database: Database, world: World, desk: UnlockDesk
) -> None:
    door = Door(database, world)
    job, before = door.job(), ended()
    order = Order(job.id, door.visit_id, world.door_id, time.time(), 5000)
    for _ in range(2):
        desk._failed(order, "door_unavailable")
    assert ended().get("door_unavailable", 0) == before.get("door_unavailable", 0) + 1
