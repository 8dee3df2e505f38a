"""Jobs that only watch the clock, and how few round trips the hot ones take."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from shop.db import Database
from shop.domain import basket, clock, ending, jobs
from shop.domain.jobs import Claimed
from shop.domain.receipts import Receipt
from shop.domain.statements import Statement
from shop.work.handlers import HANDLERS
from shop.work.means import Effect, Means
from shop.worker import Worker
from tests.domain.world import COLA
from tests.jobs import do_one
from tests.shop.banks import Bank
from tests.shop.rigs import Round, eventually


def test_a_visit_nobody_ends_is_looked_at(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.change(visit_id, lambda tx, visit: basket.scan(tx, visit, COLA.gtin, 1))
    banked.hurry("time_out", state="shopping")
    banked.work()
    assert (banked.visit(visit_id).state, banked.visit(visit_id).reason) == ("in_review", "no_end_seen")


def test_somebody_inside_for_too_long_is_an_alarm(banked: Round) -> None:
    banked.walk_in()
    banked.hurry("stuck")
    banked.work()
    assert [incident.kind for incident in banked.incidents()] == ["stuck_inside"]


def test_a_timer_of_a_state_that_has_passed_means_nothing(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.hurry("time_out", state="requested")
    banked.hurry("time_out", state="admitted")
    banked.work()
    assert banked.visit(visit_id).state == "shopping"


def test_quiet_shelves_after_an_exit_end_the_visit(banked: Round) -> None:
    visit_id = banked.walk_in()
    long_ago = clock.now() - timedelta(minutes=5)

    def left(tx: object, visit: object) -> None:
        visit.exit_seen_at = long_ago  # type: ignore[attr-defined]

    banked.change(visit_id, left)
    banked.change(visit_id, lambda tx, visit: jobs.timer(tx, visit, "quiet", after_s=0))
    banked.work()
    assert banked.visit(visit_id).state == "empty"


def test_saying_twice_that_she_left_settles_once(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.change(visit_id, ending.say_left)
    banked.change(visit_id, ending.say_left)
    banked.leave_paid_with(visit_id, colas=1)
    with banked.database.reading() as tx:
        assert len(tx.exec(select(Receipt).where(Receipt.visit_id == visit_id)).all()) == 1
    assert banked.visit(visit_id).state == "settled"


def test_timers_do_not_wait_behind_mails_and_payments(banked: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only thread is held up outside, and more of the kind is waiting."""
    free = Event()

    def slow(_means: Means, _job: Claimed) -> Effect:
        free.wait(30)
        return lambda _tx: None

    monkeypatch.setitem(HANDLERS, "mail_code", slow)
    banked.walk_in()
    with banked.database.transaction() as tx:
        for number in range(30):
            jobs.add(tx, **banked.world.scope(), kind="mail_code", subject=f"mail-{number}")
    banked.hurry("stuck")
    worker = Worker(banked.means, threads=1)
    running = Thread(target=worker.run)
    running.start()
    try:
        eventually(lambda: [incident.kind for incident in banked.incidents()] == ["stuck_inside"])
        assert not any(job.done_at for job in banked.jobs("mail_code"))
    finally:
        worker.stop()
        free.set()
        running.join()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement but BEGIN and PostgreSQL's notice to those who wait, by the session or past it.

    Commit and rollback do not pass a cursor. Several rows of one table count once: on SQLite each is one.
    """
    seen: list[str] = []
    past_the_session = Statement._asked

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN") and "pg_notify" not in statement and seen[-1:] != [statement]:
            seen.append(statement)

    def noted(self: Statement, *arguments: Any) -> Any:
        asked = past_the_session(self, *arguments)
        note(None, None, asked._compiled.sql)
        return asked

    event.listen(database.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "_asked", noted)
        yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_settling_takes_at_most_ten_statements(banked: Round) -> None:
    visit_id = banked.about_to_settle()
    with statements(banked.database) as seen:
        assert do_one(banked.means)
    assert banked.visit(visit_id).state == "settling"
    claim, settling = seen[:2], seen[2:]
    assert [statement.split()[:2] for statement in claim] == [["SELECT", "job.id"], ["UPDATE", "job"]]
    assert 5 < len(settling) <= 10, "\n".join(settling)


def test_booking_the_capture_takes_at_most_ten_statements(banked: Round, bank: Bank) -> None:
    visit_id = banked.about_to_settle()
    assert do_one(banked.means)
    with statements(banked.database) as seen:
        bank.before_answer = seen.clear  # what came before was claiming and looking up whom to ask
        assert do_one(banked.means)
    assert banked.visit(visit_id).state == "settled"
    assert 5 < len(seen) <= 10, "\n".join(seen)
