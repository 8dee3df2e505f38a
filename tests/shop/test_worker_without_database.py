"""The worker while PostgreSQL is away, and after: nothing is lost and nothing needs a restart."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shop.db import Database
from shop.domain.jobs import Status
from shop.work.means import Means
from shop.worker import Worker
from tests.chaos.postgres import Server
from tests.domain.world import World
from tests.shop.banks import Bank
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round, eventually

pytestmark = pytest.mark.postgres


@pytest.fixture
def shop(crashing: tuple[Database, World], bank: Bank) -> Round:
    database, world = crashing
    return Round(Means(database, bank, Mailbox(), PUBLIC_URL), world)


@contextmanager
def worker(shop: Round) -> Iterator[None]:
    running = Worker(shop.means, threads=2)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield
    finally:
        running.stop()
        thread.join()


def test_it_goes_on_when_the_database_is_back(shop: Round, server: Server) -> None:
    with worker(shop):
        first = shop.ask_to_enter()
        eventually(lambda: shop.visit(first).state == "admitted")
        for _ in range(2):
            server.stop_at_once()
            server.start()
        shop.hurry("time_out", state="admitted")
        eventually(lambda: shop.visit(first).state == "abandoned")
        eventually(lambda: shop.jobs("release_hold")[0].status == Status.DONE)


def test_what_was_under_way_is_done_when_its_lease_ends(shop: Round, server: Server, bank: Bank) -> None:
    """The bank has done its part, and the database goes away before we can write that down."""
    asked = threading.Event()
    away = threading.Event()

    def once() -> None:
        bank.before_answer = lambda: None
        asked.set()
        away.wait(30)

    bank.before_answer = once
    with worker(shop):
        visit_id = shop.ask_to_enter()
        assert asked.wait(30)
        server.stop_at_once()  # in this thread: a server ends with the thread that started it
        away.set()
        server.start()
        eventually(lambda: shop.visit(visit_id).state == "admitted")
    job = shop.jobs("place_hold")[0]
    assert bank.asked == [job.id] * 2  # by the same name, so there is one hold
