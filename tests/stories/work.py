"""Runs due jobs in this process with the worker's own code; the lock answers as the story wants."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from shop.db import Database
from shop.domain import clock, jobs, lifecycle, visits
from shop.domain.jobs import Job, Status
from shop.domain.visit_states import Event
from shop.work.means import Means
from tests.jobs import do_one
from tests.stories.bank import Bank


class Postbox:
    def __init__(self) -> None:
        self.subjects: list[str] = []

    def send(self, to: str, subject: str, text: str) -> None:
        self.subjects.append(subject)


class Workshop:
    def __init__(self, database: Database, bank: Bank) -> None:
        self.database = database
        self.postbox = Postbox()
        self.means = Means(database, bank, self.postbox, "https://shop.test")
        self.lock_answers = True  # False: the lock is silent
        self.lock_refuses = False  # True: it says no
        self.held_back: set[str] = set()  # kinds of jobs that nobody gets to just now

    def run(self) -> None:
        """Everything that is due now."""
        self._hold_back()
        while do_one(self.means) or self._unlock():
            self._hold_back()

    def next_due(self) -> datetime | None:
        waiting = select(Job.not_before).where(Job.status == Status.READY)
        waiting = waiting.where(col(Job.kind).not_in(self.held_back))
        with self.database.reading() as tx:
            return tx.exec(waiting.order_by(col(Job.not_before)).limit(1)).first()

    def troubles(self) -> set[str]:
        """What made a job fail, ever; a fault of ours hides here, because the worker goes on."""
        with self.database.reading() as tx:
            return {str(error) for error in tx.exec(select(Job.last_error)) if error}

    def _hold_back(self) -> None:
        if not self.held_back:
            return
        with self.database.transaction() as tx:
            due = select(Job).where(col(Job.kind).in_(self.held_back), Job.status == Status.READY)
            for job in tx.exec(due):
                job.not_before = max(job.not_before, clock.now() + timedelta(seconds=1))
                tx.add(job)

    def _unlock(self) -> bool:
        """The gateway's part: hand the order to the lock and take its answer."""
        with self.database.transaction() as tx:
            ordered = select(Job).where(Job.queue == "gateway", Job.status == Status.READY)
            job = tx.exec(ordered.order_by(col(Job.not_before)).limit(1)).first()
            if job is None:
                return False
            visit = visits.locked(tx, job.subject)
            jobs.finish(tx, job.id, Status.DONE if self.lock_answers else Status.SENT)
            if self.lock_answers and self.lock_refuses:
                lifecycle.advance(tx, visit, Event.UNLOCK_FAILED, reason="door_refused")
            elif self.lock_answers:
                lifecycle.advance(tx, visit, Event.UNLOCKED)
            return True
