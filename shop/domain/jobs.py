"""Work to do after commit: rows saved with the change that asks for it (transactional outbox).

A job's id is the idempotency key of what it does outside; a timer is a job with `not_before`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Update, bindparam
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import JSON, Field, Index, Session, SQLModel, String, col, func, insert, or_, select, update

from shop.domain import clock, ids
from shop.domain.tenancy import StoreRow

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 12


class Status(StrEnum):
    READY = "ready"
    RUNNING = "running"
    SENT = "sent"  # an unlock that may have reached the lock: never run again
    DONE = "done"
    DEAD = "dead"  # given up; an incident says so


class Job(SQLModel, table=True):
    __table_args__ = (Index("ix_job_due", "queue", "status", "not_before"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    operator_id: str = Field(foreign_key="operator.id", max_length=26)
    store_id: str | None = Field(default=None, foreign_key="store.id", max_length=26)
    queue: str = Field(max_length=20)  # worker or gateway
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=40, index=True)  # usually the visit's id
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: Status = Field(default=Status.READY, sa_type=String(10))
    not_before: datetime = Field(default_factory=clock.now)
    lease_until: datetime | None = None
    attempts: int = 0
    last_error: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(default_factory=clock.now)
    done_at: datetime | None = None


_ADD = insert(Job.__table__)  # type: ignore[attr-defined]


def add(
    tx: Session,
    *,
    operator_id: str,
    store_id: str | None,
    kind: str,
    subject: str,
    queue: str = "worker",
    not_before: datetime | None = None,
    **payload: Any,
) -> str:
    """The job's id."""
    job_id, now = ids.new(), clock.now()
    job = {
        "id": job_id,
        "operator_id": operator_id,
        "store_id": store_id,
        "queue": queue,
        "kind": kind,
        "subject": subject,
        "payload": payload,
        "status": Status.READY,
        "not_before": not_before or now,
        "attempts": 0,
        "created_at": now,
    }
    tx.connection().execute(_ADD, job)
    return job_id


def _claiming() -> Update:
    """One statement finds and leases. Built once: building it anew cost twice as much as running it."""
    waiting = aliased(Job)
    due = or_(
        col(waiting.status) == Status.READY,
        (col(waiting.status) == Status.RUNNING) & (col(waiting.lease_until) < bindparam("now")),
    )
    oldest = (
        select(waiting.id)
        .where(col(waiting.queue) == bindparam("wanted"), due, col(waiting.not_before) <= bindparam("now"))
        .order_by(col(waiting.not_before), col(waiting.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    leased = {
        "status": Status.RUNNING,
        "lease_until": bindparam("lease"),
        "attempts": col(Job.attempts) + 1,
    }
    return update(Job).where(col(Job.id) == oldest.scalar_subquery()).values(leased)


_CLAIM = _claiming().returning(Job)


def claim(tx: Session, queue: str) -> Job | None:
    """The oldest job that is due, leased to the caller; also one whose lease ran out."""
    now = clock.now()
    wanted = {"wanted": queue, "now": now, "lease": now + LEASE}
    options = {"synchronize_session": False, "populate_existing": True}
    job: Job | None = tx.execute(_CLAIM, wanted, execution_options=options).scalar()
    return job


def _first(status: Status, at: Any) -> Any:
    mine = (col(Job.queue) == bindparam("queue")) & (col(Job.status) == status)
    return core_select(func.min(at)).where(mine).scalar_subquery()


# Asked after every commit of every process: built once, and each half is one step down ix_job_due.
_NEXT = core_select(
    _first(Status.READY, col(Job.not_before)),
    _first(Status.RUNNING, col(Job.lease_until)),
)


def next_due(tx: Session, queue: str) -> datetime | None:
    """When the next waiting job of this queue becomes due, or the lease of a running one ends."""
    ready, lost = tx.connection().execute(_NEXT, {"queue": queue}).one()
    return min((at for at in (ready, lost) if at is not None), default=None)


def _finishing() -> Update:
    still_open = col(Job.status).in_((Status.READY, Status.RUNNING, Status.SENT))
    return update(Job).where(col(Job.id) == bindparam("job_id"), still_open)


_FINISH = _finishing().values(status=bindparam("ended"), done_at=bindparam("now"), lease_until=None)
_FORGET = _FINISH.values(payload={})


def finish(tx: Session, job_id: str, status: Status = Status.DONE, *, forget: bool = False) -> bool:
    """False when the job was already finished: the caller must then leave no second effect.

    `forget` blanks a payload that was a secret.
    """
    ended = {"job_id": job_id, "ended": status, "now": clock.now()}
    options = {"synchronize_session": False}
    result = tx.execute(_FORGET if forget else _FINISH, ended, execution_options=options)
    return bool(result.rowcount)  # type: ignore[attr-defined]


def put_off(tx: Session, claimed: Job, error: str, *, final: bool = False) -> bool:
    """Try again later: 1 s, 2 s, 4 s ... at most 5 minutes apart.

    True when it is given up (dead): after MAX_ATTEMPTS, or at once if `final`. Somebody who lost
    the lease meanwhile changes nothing.
    """
    job = tx.get_one(Job, claimed.id, with_for_update=True)
    if job.status != Status.RUNNING or job.attempts != claimed.attempts:
        return False
    job.last_error = error[:500]
    job.lease_until = None
    given_up = final or job.attempts >= MAX_ATTEMPTS
    if given_up:
        job.status, job.done_at = Status.DEAD, clock.now()
    else:
        job.status = Status.READY
        job.not_before = clock.now() + timedelta(seconds=min(2 ** (job.attempts - 1), 300))
    tx.add(job)
    return given_up


def cancel(tx: Session, subject: str, kind: str) -> None:
    """Call off waiting jobs of one kind; a running one finishes."""
    tx.execute(
        update(Job)
        .where(col(Job.subject) == subject, col(Job.kind) == kind, col(Job.status) == Status.READY)
        .values(status=Status.DONE, done_at=clock.now())
    )


def timer(tx: Session, visit: StoreRow, kind: str, *, after_s: float, **payload: Any) -> None:
    """A job about a visit that becomes due after so many seconds."""
    add(
        tx,
        **visit.scope(),
        kind=kind,
        subject=visit.id,  # type: ignore[attr-defined]
        not_before=clock.now() + timedelta(seconds=after_s),
        **payload,
    )


def cancel_unstarted(tx: Session, subject: str, kind: str) -> None:
    """Call off jobs nobody ever tried; one that was tried may have had its effect and must be asked again."""
    tx.execute(
        update(Job)
        .where(
            col(Job.subject) == subject,
            col(Job.kind) == kind,
            col(Job.status) == Status.READY,
            col(Job.attempts) == 0,
        )
        .values(status=Status.DONE, done_at=clock.now())
    )
