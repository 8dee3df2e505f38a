"""A lock that forgot its challenge has not opened and never will for that order: once, there is another."""

import time

import pytest

from devices.messages import CommandAck
from devices.topics import UpTopic
from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain.jobs import Status
from shop.domain.visit_states import Event, State
from tests.domain.world import LOCK_DEVICE, World
from tests.gateway.real_lock import RealLock
from tests.gateway.rigs import STORE, Door, lock_at, until


@pytest.fixture
def line(database: Database) -> RealLock:
    return RealLock(database)


def forget_once(line: RealLock) -> None:
    forgetful = iter([line.reboot])
    line.on_order = lambda: next(forgetful, lambda: None)()


def test_a_lock_that_was_restarted_in_between_opens_for_a_second_order(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    forget_once(line)
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    first, second = door.jobs()
    assert (line.refused, line.opened) == (["expired"], [second.id])
    assert [job.status for job in (first, second)] == [Status.DONE] * 2
    assert second.payload == first.payload | {"again": True}  # within the same deadline
    assert line.statuses == [Status.SENT] * 2
    assert door.releases() == 0


def test_the_second_order_takes_no_challenge_that_was_asked_for_ahead(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    """It may be as forgotten as the first."""
    door = Door(database, world)
    door.is_sent_elsewhere()
    desk._challenges.ask(lock_at(world))
    line.reboot()
    line.answered(CommandAck(id=door.job().id, result="rejected", code="expired"))
    until(lambda: len(door.jobs()) == 2)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert (line.refused, len(line.questions())) == ([], 2)


def test_the_order_that_was_refused_opens_nothing_any_more(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    forget_once(line)
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    refused, opened = line.orders()
    for repeated in (refused, opened):
        line.answer(repeated, "")
    assert line.opened == [door.jobs()[1].id]


def test_there_is_no_third_order(database: Database, world: World, desk: UnlockDesk, line: RealLock) -> None:
    line.on_order = line.reboot
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.ABANDONED)
    assert (line.refused, line.opened) == (["expired"] * 2, [])
    assert door.visit().reason == "door_did_not_answer"
    assert door.releases() == 1


def test_there_is_no_second_order_without_time_for_it(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    def slowly() -> None:
        time.sleep(0.6)
        line.reboot()

    line.on_order = slowly
    door = Door(database, world, seconds=1.0)
    desk.start()
    until(lambda: door.visit().state == State.ABANDONED)
    assert door.job().status == Status.DONE  # the only one


def test_there_is_no_second_order_for_a_visit_that_is_over(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    def meanwhile() -> None:
        line.reboot()
        door.happens(Event.TIMED_OUT)

    line.on_order = meanwhile
    door = Door(database, world)
    desk.start()
    until(lambda: door.job().status == Status.DONE)
    assert door.visit().state == State.ABANDONED
    assert door.releases() == 1


def test_a_shopper_who_cancels_before_the_second_order_gets_none(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    line.on_order = line.reboot
    line.before_challenge = lambda: door.happens(Event.CANCELLED) if line.refused else None
    door = Door(database, world)
    desk.start()
    until(lambda: len(door.jobs()) == 2 and all(job.status == Status.DONE for job in door.jobs()))
    assert len(line.orders()) == 1
    assert door.visit().state == State.ABANDONED


@pytest.mark.parametrize("code", ["replay", "busy", "jammed", "lockdown", "invalid", "retained", "bad_sig"])
def test_a_lock_that_refuses_for_any_other_reason_is_not_ordered_again(
    database: Database, world: World, desk: UnlockDesk, line: RealLock, code: str
) -> None:
    line.answer = lambda _, order: CommandAck(id=order, result="rejected", code=code)  # type: ignore
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.ABANDONED)
    assert len(line.orders()) == 1


def test_two_gateways_that_hear_the_refusal_make_one_second_order(
    database: Database, world: World, desk: UnlockDesk, line: RealLock, other: UnlockDesk
) -> None:
    door = Door(database, world)
    door.is_sent_elsewhere()
    order = door.job().id
    for each in (desk, other):
        refused = CommandAck(id=order, result="rejected", code="expired")
        each.answered(UpTopic(STORE, LOCK_DEVICE, "ack"), refused)
    until(lambda: len(door.jobs()) == 2)
    for each in (desk, other):
        each._pool.shutdown(wait=True)
    assert [job.status for job in door.jobs()] == [Status.DONE, Status.READY]
    assert door.visit().state == State.ADMITTED


def test_a_gateway_that_begins_after_the_refusal_brings_the_second_order(
    database: Database, world: World, desk: UnlockDesk, line: RealLock, other: UnlockDesk
) -> None:
    door = Door(database, world)
    door.is_sent_elsewhere()
    refused = CommandAck(id=door.job().id, result="rejected", code="expired")
    desk.answered(UpTopic(STORE, LOCK_DEVICE, "ack"), refused)
    until(lambda: len(door.jobs()) == 2)
    line.desk = other
    other.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert line.opened == [door.jobs()[1].id]
