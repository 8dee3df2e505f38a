"""The worker: does what the domain wrote down as jobs, with a few threads and any number of processes."""

import logging
import signal
import smtplib
import threading
import time
import traceback
from contextlib import closing
from pathlib import Path

from sqlmodel import Session

from shop.adapters.email import SmtpMail
from shop.adapters.stripe_payments import StripePayments
from shop.config import Settings
from shop.db import Database, wait_for_schema
from shop.domain import clock, incidents, jobs
from shop.domain.errors import PaymentGone, PaymentUnavailable, ShopError
from shop.domain.jobs import Job
from shop.domain.tenancy import StoreRow
from shop.domain.visits import Visit
from shop.work.handlers import GIVEN_UP, HANDLERS, SECRET
from shop.work.means import Means

log = logging.getLogger("shop.worker")

QUEUE = "worker"
LONGEST_LOOK_AWAY_S = 0.5  # so often the watch sees that it shall stop
HAND_OVER_S = 0.05  # for a woken thread to claim its job
AFTER_TROUBLE_S = 1.0
STOP_WITHIN_S = 1.5  # a job cut off after that is done again when its lease ends

# The world is away for a moment; anything else is a fault of ours and says where.
AWAY = (PaymentUnavailable, OSError, smtplib.SMTPException)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    logging.getLogger("stripe").setLevel(logging.WARNING)  # it tells every request
    database = Database(settings.database_url)
    with closing(database):
        wait_for_schema(database)
        worker = Worker(_means(settings, database), threads=settings.worker_threads)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()


def _means(settings: Settings, database: Database) -> Means:
    return Means(
        database=database,
        payments=StripePayments(settings.stripe_key.get_secret_value(), settings.stripe_url),
        mail=SmtpMail(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            tls=settings.smtp_tls,
        ),
        public_url=settings.public_url,
    )


class Worker:
    """One thread watches for work and wakes the others; they sleep until then."""

    def __init__(self, means: Means, *, threads: int) -> None:
        self._means = means
        self._due = threading.Condition()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    def run(self) -> None:
        for thread in self._threads:
            thread.start()
        log.info("worker ready with %d threads", len(self._threads))
        self._watch()
        until = time.monotonic() + STOP_WITHIN_S
        with self._due:
            self._due.notify_all()
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        log.info("worker stopped")

    def stop(self) -> None:
        """Safe from a signal handler and any thread; returns at once."""
        self._stopping.set()

    def _watch(self) -> None:
        with closing(self._means.database.changes()) as changes:
            while not self._stopping.is_set():
                try:
                    wait_s = self._seconds_to_next()
                    if wait_s <= 0:
                        with self._due:
                            self._due.notify()
                        wait_s = HAND_OVER_S
                    changes.wait(min(wait_s, LONGEST_LOOK_AWAY_S))
                except Exception as error:
                    log.error("the watch stumbled: %s", where(error))
                    self._stopping.wait(AFTER_TROUBLE_S)

    def _seconds_to_next(self) -> float:
        with self._means.database.reading() as tx:
            due = jobs.next_due(tx, QUEUE)
        return (due - clock.now()).total_seconds() if due else LONGEST_LOOK_AWAY_S

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                if not do_one(self._means):
                    self._sleep()
            except Exception as error:
                log.error("a worker thread stumbled: %s", where(error))
                self._stopping.wait(AFTER_TROUBLE_S)

    def _sleep(self) -> None:
        """Until there is work; a wake-up missed on the way here is repeated by the watch."""
        with self._due:
            if not self._stopping.is_set():
                self._due.wait()


def do_one(means: Means) -> bool:
    """Claim one due job and do it; False when there was none."""
    with means.database.transaction() as tx:
        job = jobs.claim(tx, QUEUE)
    if job is not None:
        _do(means, job)
    return job is not None


def _do(means: Means, job: Job) -> None:
    began = time.monotonic()
    if job.attempts > jobs.MAX_ATTEMPTS:
        # its process died each time before it could say why
        _put_off(means, job, "started too often and never ended", final=True)
        return
    try:
        effect = HANDLERS[job.kind](means, job)
        with means.database.transaction() as tx:
            if not jobs.finish(tx, job.id, forget=job.kind in SECRET):
                log.info("job %s %s was finished by another", job.kind, job.id)
                return
            effect(tx)
    except AWAY as error:
        _put_off(means, job, _words(error))
    except PaymentGone as error:
        _put_off(means, job, _words(error), final=True)
    except Exception as error:
        _put_off(means, job, where(error))
    else:
        log.info("job %s %s done in %.0f ms", job.kind, job.id, (time.monotonic() - began) * 1000)


def _put_off(means: Means, job: Job, why: str, *, final: bool = False) -> None:
    with means.database.transaction() as tx:
        given_up = jobs.put_off(tx, job, why, final=final)
        if given_up:
            row = tx.get_one(Job, job.id)
            GIVEN_UP.get(job.kind, _leave)(tx, row)
            if job.kind in SECRET:
                row.payload = {}
            _report(tx, row, why)
    log.warning("job %s %s %s: %s", job.kind, job.id, "given up" if given_up else "put off", why)


def _leave(_tx: Session, _job: Job) -> None:
    """Most kinds leave nothing behind that must be put right."""


def _report(tx: Session, job: Job, why: str) -> None:
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
