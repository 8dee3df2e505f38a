"""Unlocking: a fresh challenge, one signed order, at most once, whatever is cut in between."""

import json
import time

import pytest

from devices import signing, ulid
from devices.messages import ChallengeAck, CommandAck
from devices.orders import Order
from devices.unlock import UnlockDesk
from shop.db import Changes, Database
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.visit_states import Event, State
from tests.domain.world import CONTACT_DEVICE, World
from tests.gateway.rigs import CHALLENGE, LOCK, REGISTRY, Door, Line, lock_at, rows, until


def gave_up(door: Door, reason: str = "door_did_not_answer") -> None:
    until(lambda: door.visit().state == State.ABANDONED)
    assert door.visit().reason == reason
    assert door.releases() == 1
    assert door.job().status == Status.DONE


def test_a_lock_that_answers_opens_for_the_visit(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    [order] = line.orders()
    told = json.loads(signing.verify(order, REGISTRY.signing_key(LOCK)))
    job = door.job()
    assert (told["op"], told["id"], told["dev"], told["door"]) == ("unlock", job.id, "lock-1", "front")
    assert (told["ch"], told["visit"], told["release_ms"]) == (CHALLENGE, door.visit_id, 5000)
    assert 0 < told["exp"] - told["iat"] <= 3000
    assert line.options == [{"qos": 1, "expiry_s": 3}] * 2  # never retained, and gone after three seconds
    assert line.statuses == [Status.SENT]  # committed before a byte of the order left
    assert job.status == Status.DONE


def test_a_lock_that_gives_no_challenge_gets_no_order(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    line.gives_challenge = False
    door = Door(database, world, seconds=0.8)
    desk.start()
    gave_up(door)
    assert line.orders() == []
    assert len(line.published) == 1


def test_an_order_found_after_its_deadline_is_not_even_asked_for(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    door = Door(database, world, seconds=-5)
    desk.start()
    gave_up(door)
    assert line.published == []


def test_a_challenge_that_comes_too_late_is_not_used(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    door = Door(database, world, seconds=0.9)
    line.before_challenge = lambda: time.sleep(0.6)
    desk.start()
    gave_up(door)
    assert line.orders() == []


@pytest.mark.parametrize("result", ["rejected", "failed"])
def test_a_lock_that_refuses_ends_the_visit_and_frees_the_hold(
    database: Database, world: World, desk: UnlockDesk, line: Line, result: str
) -> None:
    line.result = result
    door = Door(database, world)
    desk.start()
    gave_up(door)
    assert len(line.orders()) == 1


def test_without_a_connection_nothing_is_sent_later(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    line.up = False
    door = Door(database, world)
    desk.start()
    gave_up(door)
    line.up = True
    time.sleep(0.1)
    assert line.published == []


def test_a_lock_nobody_registered_is_unavailable(database: Database, world: World, line: Line) -> None:
    desk = UnlockDesk(database, line, REGISTRY, lambda: [])  # type: ignore[arg-type]
    door = Door(database, world)
    desk.start()
    gave_up(door, "door_unavailable")
    desk.stop()
    assert line.published == []


def test_a_visit_cancelled_while_the_lock_was_asked_gets_no_order(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    door = Door(database, world)
    line.before_challenge = lambda: door.happens(Event.CANCELLED)
    desk.start()
    until(lambda: door.job().status == Status.DONE)
    assert line.orders() == []
    assert door.visit().state == State.ABANDONED


def test_an_order_without_answer_is_never_repeated(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    line.result = None
    door = Door(database, world, seconds=0.9)
    desk.start()
    until(lambda: door.job().status == Status.SENT)
    time.sleep(1.0)  # past the deadline and past a look at the queue
    assert len(line.orders()) == 1
    assert door.visit().state == State.ADMITTED  # the timer of the door promise ends it
    assert door.job().status == Status.SENT


def test_a_crash_between_the_commit_and_the_order_leaves_it_unsent_for_good(
    database: Database, world: World, desk: UnlockDesk, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    def crash() -> None:
        raise RuntimeError("the power went out")

    line.on_order = crash
    door = Door(database, world)
    desk.start()
    until(lambda: "the power went out" in caplog.text)
    assert door.job().status == Status.SENT
    again = Line(database)
    second = UnlockDesk(database, again, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    again.desk = second
    second.start()
    time.sleep(0.3)
    second.stop()
    assert again.published == []
    assert door.job().status == Status.SENT


def test_an_order_cut_off_before_it_was_sent_is_left_to_the_next_gateway(
    database: Database, world: World, desk: UnlockDesk, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    def crash() -> None:
        raise RuntimeError("the power went out")

    line.before_challenge = crash
    door = Door(database, world)
    desk.start()
    until(lambda: "the power went out" in caplog.text)
    time.sleep(0.7)  # past another look at the queue
    assert len(line.published) == 1  # one that failed does not try again and again
    desk.stop()
    again = Line(database)
    second = UnlockDesk(database, again, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    again.desk = second
    second.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    second.stop()
    assert len(again.orders()) == 1


def test_a_late_answer_is_booked_after_a_restart(database: Database, world: World, line: Line) -> None:
    line.result = None
    first = UnlockDesk(database, line, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    line.desk = first
    door = Door(database, world, seconds=0.7)
    first.start()
    until(lambda: door.job().status == Status.SENT)
    first.stop()
    second = UnlockDesk(database, line, REGISTRY, lambda: [lock_at(world)])  # type: ignore[arg-type]
    line.desk = second
    second.start()
    line.answered(CommandAck(id=door.job().id, result="done"))
    until(lambda: door.visit().state == State.UNLOCKED)
    second.stop()
    assert door.job().status == Status.DONE


def test_an_answer_after_the_visit_gave_up_changes_no_money(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    line.result = None
    door = Door(database, world, seconds=0.7)
    desk.start()
    until(lambda: door.job().status == Status.SENT)
    door.happens(Event.TIMED_OUT)
    time.sleep(0.8)
    line.answered(CommandAck(id=door.job().id, result="done"))
    until(lambda: door.job().status == Status.DONE)
    assert door.visit().state == State.ABANDONED
    assert door.releases() == 1
    assert rows(database, Incident) == []


def test_a_repeated_answer_is_booked_once(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    door = Door(database, world)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    line.answered(CommandAck(id=door.job().id, result="failed"))
    line.answered(CommandAck(id=door.job().id, result="done"))
    desk.stop()
    assert door.visit().state == State.UNLOCKED
    assert rows(database, Incident) == []


def test_only_the_lock_of_that_door_is_believed(
    database: Database, world: World, desk: UnlockDesk, line: Line
) -> None:
    line.result = None
    door = Door(database, world, seconds=0.7)
    desk.start()
    until(lambda: door.job().status == Status.SENT)
    line.answered(CommandAck(id=door.job().id, result="done"), device=CONTACT_DEVICE)
    line.answered(CommandAck(id=ulid.new(), result="done"))
    [timer] = [job for job in rows(database, Job) if job.kind == "time_out"]
    line.answered(CommandAck(id=timer.id, result="done"))
    line.answered(ChallengeAck(id=door.job().id, ch=CHALLENGE), device=CONTACT_DEVICE)
    desk.stop()
    assert door.job().status == Status.SENT
    assert door.visit().state == State.ADMITTED


def test_the_desk_outlives_trouble_with_the_database(
    database: Database, world: World, desk: UnlockDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = desk._new_orders, [RuntimeError("disk full")]

    def look(changes: Changes) -> list[Order]:
        if broken:
            raise broken.pop()
        return real(changes)

    monkeypatch.setattr(desk, "_new_orders", look)
    door = Door(database, world, seconds=6)
    desk.start()
    until(lambda: door.visit().state == State.UNLOCKED)
    assert broken == []


def test_orders_that_met_trouble_are_ended_once_it_is_over(
    database: Database, world: World, desk: UnlockDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = desk._mark_sent, [RuntimeError("database is locked")]

    def mark(order: Order) -> bool:
        if broken:
            raise broken.pop()
        return real(order)

    monkeypatch.setattr(desk, "_mark_sent", mark)
    door = Door(database, world, seconds=0.9)
    desk.start()
    gave_up(door)
    until(lambda: not desk._begun)  # it keeps no place from the next ones
