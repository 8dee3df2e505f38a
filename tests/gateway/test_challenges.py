"""A challenge is asked for while the bank thinks; what it saves must never cost a shopper her door."""

import time

import pytest

from devices import ulid
from devices.messages import ChallengeAck
from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain import gateways
from shop.domain.jobs import Status
from shop.domain.visit_states import Event, State
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE, World
from tests.gateway.real_lock import RealLock
from tests.gateway.rigs import CHALLENGE, Door, lock_at, until


@pytest.fixture
def line(database: Database) -> RealLock:
    return RealLock(database)


def asked(desk: UnlockDesk) -> str:
    """The lock's answer, as soon as the desk has it."""
    questions = desk._challenges._questions
    until(lambda: LOCK_DEVICE in questions and questions[LOCK_DEVICE].challenge)
    return str(questions[LOCK_DEVICE].challenge)


def time_passes(desk: UnlockDesk, line: RealLock, seconds: float) -> None:
    line.ages += int(seconds * 1000)
    desk._challenges._questions[LOCK_DEVICE].asked -= seconds


def test_the_lock_is_asked_while_the_bank_thinks_and_the_order_takes_its_answer(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    desk.start()
    door = Door(database, world, held=False)
    asked(desk)
    assert line.orders() == []
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert line.opened == [door.job().id]
    assert len(line.questions()) == 1
    assert line.options == [{"qos": 1, "expiry_s": 3}] * 2
    assert line.statuses == [Status.SENT]


def test_a_slow_bank_has_the_lock_asked_again_so_that_its_answer_stays_young(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    desk.start()
    door = Door(database, world, held=False)
    first = asked(desk)
    time_passes(desk, line, 1.6)
    until(lambda: asked(desk) != first)
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert (len(line.questions()), len(line.orders())) == (2, 1)


def test_a_lock_is_not_asked_at_every_look(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    desk.start()
    Door(database, world, held=False)
    asked(desk)
    time.sleep(0.7)  # past another look
    assert len(line.questions()) == 1


def test_who_is_asked_by_her_bank_costs_no_questions_meanwhile(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    door = Door(database, world, held=False)
    door.happens(Event.AUTHENTICATION_ASKED)
    desk.start()
    time.sleep(0.7)
    assert line.questions() == []
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert (len(line.questions()), len(line.orders())) == (1, 1)


def test_a_challenge_that_has_grown_old_is_not_used(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    desk.start()
    door = Door(database, world, held=False)
    asked(desk)
    door.happens(Event.AUTHENTICATION_ASKED)
    time_passes(desk, line, 2.1)
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert line.refused == []
    assert (len(line.questions()), len(line.orders())) == (2, 1)


def test_a_lock_that_did_not_answer_then_is_asked_when_the_order_comes(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    line.gives_challenge = False
    desk.start()
    door = Door(database, world, held=False)
    until(line.questions)
    line.gives_challenge = True
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert (len(line.questions()), len(line.orders())) == (2, 1)


def test_without_a_connection_nothing_is_asked_later(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    line.up = False
    desk.start()
    door = Door(database, world, held=False)
    until(lambda: LOCK_DEVICE in desk._challenges._questions)
    line.up = True
    door.hold()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert len(line.questions()) == 1


def test_a_challenge_serves_one_order(desk: UnlockDesk, line: RealLock, world: World) -> None:
    lock = lock_at(world)
    desk._challenges.ask(lock)
    assert desk._challenges.take(lock) is not None
    assert desk._challenges.take(lock) is None


def test_only_that_lock_is_believed_and_only_about_that_question(desk: UnlockDesk, world: World) -> None:
    lock, told = lock_at(world), desk._challenges
    told._publish = lambda *_: True  # nobody answers by himself
    told.ask(lock)
    question = told._questions[lock.device].id
    told.heard(CONTACT_DEVICE, ChallengeAck(id=question, ch=CHALLENGE))
    told.heard(lock.device, ChallengeAck(id=ulid.new(), ch=CHALLENGE))
    assert told.take(lock) is None
    told.heard(lock.device, ChallengeAck(id=question, ch=CHALLENGE))
    assert told.take(lock) is None  # a question is given up with the order that came before its answer


def test_a_visit_in_another_gateways_store_is_left_to_it(
    database: Database, world: World, desk: UnlockDesk, line: RealLock, other: UnlockDesk
) -> None:
    with database.transaction() as tx:
        gateways.renew(tx, "core-2")
    desk.start()
    Door(database, world, held=False)
    time.sleep(0.7)  # past another look
    assert line.questions() == []
    line.desk = other
    other.start()
    asked(other)
    assert len(line.questions()) == 1


def test_a_gateway_that_begins_in_between_asks_for_itself(
    database: Database, world: World, desk: UnlockDesk, line: RealLock, other: UnlockDesk
) -> None:
    desk.start()
    door = Door(database, world, held=False)
    asked(desk)
    desk.stop()
    door.hold()
    line.desk = other
    other.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert (len(line.questions()), len(line.orders())) == (2, 1)


def test_who_gives_up_leaves_a_question_that_the_next_one_may_use(
    database: Database, world: World, desk: UnlockDesk, line: RealLock
) -> None:
    desk.start()
    door = Door(database, world, held=False)
    asked(desk)
    door.happens(Event.CANCELLED)
    assert line.orders() == []
    following = Door(database, world)
    until(lambda: following.visit().state == State.UNLOCKED)
    assert (len(line.questions()), len(line.opened)) == (1, 1)
