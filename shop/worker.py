"""The worker: does what the domain wrote down as jobs, with a few threads and any number of processes."""

import logging
import queue
import signal
import smtplib
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlmodel import Session

from shop.adapters.email import SmtpMail
from shop.adapters.stripe_payments import StripePayments
from shop.config import Settings
from shop.db import Database, is_prepared, wait_for_schema
from shop.domain import clock, incidents, jobs
from shop.domain.errors import PaymentGone, PaymentUnavailable, ShopError
from shop.domain.jobs import Claimed
from shop.domain.ports import Look
from shop.domain.tenancy import StoreRow
from shop.domain.visits import Visit
from shop.ops import listener, metrics
from shop.ops.figures import Reader
from shop.ops.health import Ready
from shop.ops.logs import told
from shop.work import rounds
from shop.work.handlers import AT_ONCE, GIVEN_UP, HANDLERS, SECRET
from shop.work.means import Means

log = logging.getLogger("shop.worker")

QUEUE = "worker"
LONGEST_LOOK_AWAY_S = 0.5  # so often the watch looks unasked, and sees that it shall stop
MOST_AT_A_LOOK = 20
HAND_OVER_S = 0.05  # for a busy thread to become free, or another process to finish its claim
AFTER_TROUBLE_S = 1.0
RENEW_EVERY_S = 1.5
STOP_WITHIN_S = 1.5  # a job cut off after that is done again when its lease ends

# The world is away for a moment; anything else is a fault of ours and says where.
AWAY = (PaymentUnavailable, OSError, smtplib.SMTPException)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    database = Database(settings.database_url)
    Reader(database, settings.backup_dir)
    ready = Ready(database=lambda: is_prepared(database), loop=metrics.LOOP.is_moving)
    listener.start("worker", settings, ready)
    with closing(database), closing(_mail(settings)) as mail:
        wait_for_schema(database)
        payments = StripePayments(settings.stripe_key.get_secret_value(), settings.stripe_url)
        means = Means(database, payments, mail, settings.public_url)
        worker = Worker(means, threads=settings.worker_threads)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()


def _mail(settings: Settings) -> SmtpMail:
    return SmtpMail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        tls=settings.smtp_tls,
    )


class Worker:
    """One thread watches for work and hands it to the others; they sleep until then."""

    def __init__(self, means: Means, *, threads: int) -> None:
        self._means = means
        self._stopping = threading.Event()
        self._claimed: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._free = threads
        self._freed = threading.Condition()
        self._at_work: dict[str, Claimed] = {}
        self._renewed_at = 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    def run(self) -> None:
        for thread in self._threads:
            thread.start()
        log.info(told("ready", threads=len(self._threads)))
        while not self._stopping.is_set():
            self._watch()
        until = time.monotonic() + STOP_WITHIN_S
        for _ in self._threads:
            self._claimed.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        log.info(told("stopped"))

    def stop(self) -> None:
        """Safe from a signal handler and any thread; returns at once."""
        self._stopping.set()

    def _watch(self) -> None:
        """Until told to stop, or something went wrong."""
        try:
            rounds.begin(self._means)
            with closing(self._means.database.changes(QUEUE)) as changes:
                while not self._stopping.is_set():
                    metrics.LOOP.moved()
                    self._renew_leases()
                    wait_s = jobs.seconds_to_next(changes.look, QUEUE)
                    if wait_s > 0:
                        changes.wait(min(wait_s, LONGEST_LOOK_AWAY_S))
                    else:
                        self._start(changes.look)
        except Exception as error:
            log.error(told("watch_stumbled"), exc_info=error)
            time.sleep(AFTER_TROUBLE_S)  # not by the event: a signal that sets it just then would lock up

    def _renew_leases(self) -> None:
        """Of jobs that wait for an answer from outside; a worker that was killed renews nothing."""
        if not self._at_work:
            self._renewed_at = time.monotonic()
        elif time.monotonic() - self._renewed_at > RENEW_EVERY_S:
            with self._means.database.transaction() as tx:
                jobs.renew(tx, list(self._at_work.values()))
            self._renewed_at = time.monotonic()

    def _start(self, look: Look) -> None:
        """Hand over as many as there are free threads for, and do here what takes no waiting."""
        free = self._free
        waiting = jobs.due_others(look, QUEUE, AT_ONCE, free) if free else []
        claimed = claim(self._means, waiting) if waiting else []
        with self._freed:
            self._free -= len(claimed)
        for job in claimed:
            self._at_work[job.id] = job
            self._claimed.put(job)
        at_once = jobs.due(look, QUEUE, AT_ONCE, MOST_AT_A_LOOK)
        done = [do_at_once(self._means, job_id) for job_id in at_once]
        if not claimed and not any(done):
            with self._freed:  # all threads are busy, or another process was faster
                self._freed.wait_for(lambda: self._free > free, timeout=HAND_OVER_S)

    def _work(self) -> None:
        while (job := self._claimed.get()) is not None:
            while job is not None:
                job = self._do(job)
            with self._freed:
                self._free += 1
                self._freed.notify()

    def _do(self, job: Claimed) -> Claimed | None:
        """What to go on with, if there is more to do."""
        following = None
        try:
            following = do(self._means, job, goes_on=lambda: not self._stopping.is_set())
        except Exception as error:
            # the database is away: the job is done again when its lease ends
            log.error(told("thread_stumbled", job=job.id, why=where(error)))
        if following is not None:
            self._at_work[following.id] = following
        del self._at_work[job.id]
        return following


def claim(means: Means, job_ids: list[str]) -> list[Claimed]:
    with means.database.transaction() as tx:
        return jobs.claim(tx, job_ids)


def do_at_once(means: Means, job_id: str) -> bool:
    """Claim, effect and end in one transaction; False when somebody else has the job."""
    began = time.monotonic()
    try:
        with means.database.transaction() as tx:
            job = jobs.take(tx, job_id)
            if job is not None:
                AT_ONCE[job.kind](tx, job)
    except Exception as error:
        # nothing has happened, not even the attempt
        for again in claim(means, [job_id]):
            _put_off(means, again, where(error))
        return True
    if job is not None:
        _tell_done(job, began)
    return job is not None


def do(means: Means, job: Claimed, *, goes_on: Callable[[], bool] = lambda: False) -> Claimed | None:
    """Who goes on gets the next job, claimed by the transaction that finishes this one."""
    began = time.monotonic()
    if job.attempts > jobs.MAX_ATTEMPTS:
        # its process died each time before it could say why
        _put_off(means, job, "started too often and never ended", final=True)
        return None
    try:
        effect = HANDLERS[job.kind](means, job)
        with means.database.transaction() as tx:
            if not jobs.finish(tx, job.id, forget=job.kind in SECRET):
                log.info(told("job_finished_by_another", job=job.id, kind=job.kind))
                return None
            effect(tx)
            following = jobs.claim_oldest_other(tx, QUEUE, AT_ONCE) if goes_on() else None
    except AWAY as error:
        _put_off(means, job, _words(error))
    except PaymentGone as error:
        _put_off(means, job, _words(error), final=True)
    except Exception as error:
        _put_off(means, job, where(error))
    else:
        _tell_done(job, began)
        return following
    return None


def _tell_done(job: Claimed, began: float) -> None:
    seconds = time.monotonic() - began
    metrics.JOB.observe(seconds, job.kind)
    if job.kind == "capture":
        metrics.SETTLE.observe((clock.now() - job.created_at).total_seconds())
    log.info(
        told(
            "job_done",
            job=job.id,
            kind=job.kind,
            about=job.subject,
            store=job.store_id,
            ms=round(seconds * 1000),
        )
    )


def _put_off(means: Means, job: Claimed, why: str, *, final: bool = False) -> None:
    with means.database.transaction() as tx:
        given_up = jobs.put_off(tx, job, why, final=final, forget=job.kind in SECRET)
        if given_up:
            GIVEN_UP.get(job.kind, _leave)(tx, job)
            _report(tx, job, why)
    outcome = "given_up" if given_up else "put_off"
    metrics.JOBS_FAILED.add(job.kind, outcome)
    log.warning(told("job_failed", job=job.id, kind=job.kind, about=job.subject, outcome=outcome, why=why))


def _leave(_tx: Session, _job: Claimed) -> None:
    """Most kinds leave nothing behind that must be put right."""


def _report(tx: Session, job: Claimed, why: str) -> None:
    if job.store_id is None:
        return
    visit = tx.get(Visit, job.subject)
    incidents.open_one(
        tx,
        StoreRow(operator_id=job.operator_id, store_id=job.store_id),
        "job_dead",
        severity="alarm",
        visit_id=visit.id if visit else None,
        job=job.id,
        job_kind=job.kind,
        attempts=job.attempts,
        error=why,
    )


def _words(error: Exception) -> str:
    """Mail servers repeat addresses in their answers, so only our own errors are quoted."""
    if isinstance(error, ShopError):
        return f"{type(error).__name__}: {error}"
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def where(error: Exception) -> str:
    """Kind and place of a fault; its text may hold personal data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
