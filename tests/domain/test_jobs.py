"""Jobs are in one pair of hands at a time, on both databases."""

from collections import Counter
from threading import Event, Thread

import pytest

from shop.db import Database
from shop.domain import jobs
from shop.domain.jobs import Job, Status
from tests.domain.test_concurrency import THREADS, at_once
from tests.domain.world import World


def waiting(database: Database, world: World, *kinds: str, subject: str = "visit") -> list[str]:
    with database.transaction() as tx:
        return [jobs.add(tx, **world.scope(), kind=kind, subject=subject) for kind in kinds]


def status(database: Database, job_id: str) -> str:
    with database.reading() as tx:
        return tx.get_one(Job, job_id).status


def test_a_job_is_handed_to_one_thread_only(database: Database, world: World) -> None:
    everything = waiting(database, world, *["stuck"] * 40)
    claimed: Counter[str] = Counter()

    def work() -> None:
        for at in range(0, 40, 5):
            with database.transaction() as tx:
                claimed.update(job.id for job in jobs.claim(tx, everything[at : at + 5]))

    at_once([work] * THREADS)
    assert claimed == Counter(everything)


def test_a_job_is_taken_once(database: Database, world: World) -> None:
    [job_id] = waiting(database, world, "stuck")
    taken: list[object] = []

    def take() -> None:
        with database.transaction() as tx:
            taken.append(jobs.take(tx, job_id))

    at_once([take] * THREADS)
    assert [job is None for job in taken].count(False) == 1
    assert status(database, job_id) == Status.DONE


def test_a_job_is_finished_once(database: Database, world: World) -> None:
    [job_id] = waiting(database, world, "stuck")
    results: list[bool] = []

    def finish() -> None:
        with database.transaction() as tx:
            results.append(jobs.finish(tx, job_id))

    at_once([finish] * THREADS)
    assert sorted(results) == [False] * (THREADS - 1) + [True]


def test_several_kinds_of_one_visit_are_called_off_at_once(database: Database, world: World) -> None:
    stuck, quiet, mail = waiting(database, world, "stuck", "quiet", "mail_receipt")
    [other] = waiting(database, world, "stuck", subject="another")
    with database.transaction() as tx:
        jobs.cancel(tx, "visit", "stuck", "quiet")
    found = [status(database, job_id) for job_id in (stuck, quiet, mail, other)]
    assert found == [Status.DONE, Status.DONE, Status.READY, Status.READY]


def test_a_job_somebody_tried_is_not_called_off_as_unstarted(database: Database, world: World) -> None:
    tried, fresh = waiting(database, world, "place_hold", "charge")
    with database.transaction() as tx:
        [claimed] = jobs.claim(tx, [tried])
        jobs.put_off(tx, claimed, "no route")
        jobs.cancel_unstarted(tx, "visit", "place_hold", "charge")
    assert [status(database, job_id) for job_id in (tried, fresh)] == [Status.READY, Status.DONE]


@pytest.mark.timeout(30)
def test_calling_off_does_not_wait_for_what_is_being_done(postgres: tuple[Database, World]) -> None:
    """It may be waiting for the visit we hold: the two would stop each other."""
    database, world = postgres
    [job_id] = waiting(database, world, "quiet")
    called_off = Event()

    def call_off() -> None:
        with database.transaction() as tx:
            jobs.cancel(tx, "visit", "quiet")
        called_off.set()

    with database.transaction() as tx:
        assert jobs.take(tx, job_id) is not None
        other = Thread(target=call_off)
        other.start()
        assert called_off.wait(10)
    other.join()
    assert status(database, job_id) == Status.DONE
