"""Who waits for news sleeps until a commit of theirs, on both databases."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from shop.db import Changes, Database
from shop.domain import clock, entry, feed, jobs
from shop.domain.customers import Customer
from shop.domain.statements import Statement
from shop.domain.tenancy import Operator, StoreRow
from shop.waking import knock
from tests.domain.world import DOOR_CODE, World

LONG_S = 20.0  # nobody of these tests may need it
AT_ONCE_S = 0.05
_ANY = Statement(select(Operator.id))


@pytest.fixture
def waiting(database: Database) -> Iterator[dict[str, Changes]]:
    """One who waits for each topic."""
    topics = {topic: database.changes(topic) for topic in ("worker", "gateway", "feed")}
    yield topics
    for changes in topics.values():
        changes.close()


def put(database: Database, world: World, queue: str, after_s: float = 0) -> None:
    when = clock.now() + timedelta(seconds=after_s)
    with database.transaction() as tx:
        jobs.add(tx, **world.scope(), kind="stuck", subject="visit", queue=queue, not_before=when)


def woken(waiting: dict[str, Changes]) -> set[str]:
    return {topic for topic, changes in waiting.items() if changes.wait(AT_ONCE_S)}


def test_a_commit_wakes_who_waits_for_its_topic_and_nobody_else(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    for queue in ("worker", "gateway"):
        put(database, world, queue)
        assert woken(waiting) == {queue}
    with database.transaction() as tx:
        feed.tell(tx, StoreRow(**world.scope()), "visit")
    assert woken(waiting) == {"feed"}
    assert woken(waiting) == set()  # told once


def test_a_wish_to_enter_wakes_the_gateway_too(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    with database.transaction() as tx:
        entry.request_entry(tx, tx.get_one(Customer, world.anna_id), DOOR_CODE)
    assert woken(waiting) == {"worker", "gateway", "feed"}


def test_who_sleeps_is_woken_by_the_commit(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    later = threading.Timer(0.2, put, (database, world, "worker"))
    later.start()
    began = time.monotonic()
    assert waiting["worker"].wait(LONG_S)
    assert time.monotonic() - began < LONG_S / 2
    later.join()


def test_nothing_is_told_of_what_did_not_happen(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    with suppress(ZeroDivisionError), database.transaction() as tx:
        feed.tell(tx, StoreRow(**world.scope()), "visit")
        jobs.add(tx, **world.scope(), kind="stuck", subject="visit")
        raise ZeroDivisionError
    assert woken(waiting) == set()


def test_a_timer_wakes_nobody_before_it_is_due(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    put(database, world, "worker", after_s=60)
    assert woken(waiting) == set()
    put(database, world, "worker", after_s=0.2)  # sooner than anybody would look unasked
    assert woken(waiting) == {"worker"}


def test_what_is_told_during_a_look_is_not_missed(
    database: Database, world: World, waiting: dict[str, Changes]
) -> None:
    put(database, world, "worker")
    assert len(waiting["worker"].look(_ANY)) == 2  # a driver reads notices together with its answers
    assert waiting["worker"].wait(AT_ONCE_S)


def test_all_who_wait_for_a_topic_are_woken(database: Database, world: World) -> None:
    with closing(database.changes("worker")) as one, closing(database.changes("worker")) as other:
        put(database, world, "worker")
        assert (one.wait(AT_ONCE_S), other.wait(AT_ONCE_S)) == (True, True)


def test_who_has_left_is_not_woken(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    database.changes("worker").close()
    put(database, world, "worker")
    assert os.listdir(database.pipes) == []


def test_the_pipe_of_a_killed_process_is_cleared_away(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with closing(database.changes("worker")) as changes:
        left_over = database.pipes / "worker.killed"
        os.mkfifo(left_over)
        put(database, world, "worker")
        assert changes.wait(AT_ONCE_S)
        assert not left_over.exists()


def test_who_never_listens_holds_nobody_up(sqlite: tuple[Database, World]) -> None:
    database, _ = sqlite
    with closing(database.changes("worker")) as changes:
        for _ in range(70_000):  # more than a pipe takes
            knock(database.pipes, {"worker"})
        assert changes.wait(0)
    knock(Path("/nowhere"), {"worker"})  # nobody has ever waited there


def test_another_database_wakes_nobody_here(sqlite: tuple[Database, World], tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with closing(other), closing(other.changes("worker")) as changes:
        put(*sqlite, "worker")
        assert not changes.wait(AT_ONCE_S)


def test_a_file_system_without_pipes_costs_speed_only(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "mkfifo", refused)
    database, world = sqlite
    with closing(database.changes("worker")) as changes:
        put(database, world, "worker")
        assert not changes.wait(AT_ONCE_S)  # time to look anyway
