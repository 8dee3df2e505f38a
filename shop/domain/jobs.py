"""Work to do after commit: rows saved with the change that asks for it (transactional outbox).

A job's id is the idempotency key of what it does outside; a timer is a job with `not_before`.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import repeat
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam
from sqlmodel import JSON, Field, Index, Session, SQLModel, String, func, insert, or_, select, update

from shop.domain import clock, ids
from shop.domain.ports import Look
from shop.domain.statements import Asked, Statement
from shop.domain.tenancy import StoreRow
from shop.domain.wakes import wake

LEASE = timedelta(seconds=6)  # of a worker that died; a living one renews it
MAX_ATTEMPTS = 12
SOON = timedelta(seconds=1)  # whoever waits for jobs looks at least that often


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


@dataclass(frozen=True)
class Claimed:
    """A job in somebody's hands, as it was when it was claimed."""

    id: str
    operator_id: str
    store_id: str | None
    kind: str
    subject: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime


Row = dict[str, Any]

# The statements here are built once, because building one costs more than running it, and go to the table
# past the session, which has no use for rows of this kind.
_JOB = Job.__table__  # type: ignore[attr-defined]
_ADD = Statement(insert(_JOB))


def new(
    *,
    operator_id: str,
    store_id: str | None,
    kind: str,
    subject: str,
    queue: str = "worker",
    not_before: datetime | None = None,
    **payload: Any,
) -> Row:
    """A job that `put` saves."""
    now = clock.now()
    return {
        "id": ids.new(),
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


def new_timer(row: StoreRow, kind: str, *, after_s: float, **payload: Any) -> Row:
    """A job about this row, due after so many seconds."""
    due = clock.now() + timedelta(seconds=after_s)
    subject: str = row.id  # type: ignore[attr-defined]
    return new(**row.scope(), kind=kind, subject=subject, not_before=due, **payload)


def put(tx: Session, *jobs: Row) -> None:
    """All in one statement; whoever does them wakes at the commit, for timers when they are due."""
    _ADD.ask_for(tx, jobs)
    soon = clock.now() + SOON
    for job in jobs:
        if job["not_before"] < soon:
            wake(tx, job["queue"])


def add(tx: Session, **job: Any) -> str:
    """Save what `new` makes of it; the job's id."""
    made = new(**job)
    put(tx, made)
    return str(made["id"])


def timer(tx: Session, row: StoreRow, kind: str, *, after_s: float, **payload: Any) -> None:
    put(tx, new_timer(row, kind, after_s=after_s, **payload))


def _first(status: Status, at: Any) -> Any:
    return select(func.min(at)).where(_QUEUE, _JOB.c.status == status).scalar_subquery()


# Each half is one step down ix_job_due.
_QUEUE = _JOB.c.queue == bindparam("wanted")
_NEXT = Statement(
    select(
        _first(Status.READY, _JOB.c.not_before).label("ready"),
        _first(Status.RUNNING, _JOB.c.lease_until).label("lost"),
    )
)


def seconds_to_next(look: Look, queue: str) -> float:
    """Until a waiting job becomes due or the lease of a running one ends; endless when there is none."""
    times = [at for at in look(_NEXT, wanted=queue)[0] if at is not None]
    return (min(times) - clock.now()).total_seconds() if times else math.inf


def _free(table: FromClause) -> ColumnElement[bool]:
    """Due, and in nobody's hands: waiting, or its lease has run out."""
    lost = (table.c.status == Status.RUNNING) & (table.c.lease_until < bindparam("now"))
    return or_(table.c.status == Status.READY, lost) & (table.c.not_before <= bindparam("now"))


_KINDS = ("kind1", "kind2", "kind3", "kind4")


def _in_kinds(table: FromClause) -> ColumnElement[bool]:
    return or_(*(table.c.kind == bindparam(kind) for kind in _KINDS))


def _due(which: ColumnElement[bool]) -> Statement:
    free = select(_JOB.c.id).where(_QUEUE, _free(_JOB), which)
    return Statement(free.order_by(_JOB.c.not_before, _JOB.c.id).limit(bindparam("most")))


_DUE_OF, _DUE_OTHERS = _due(_in_kinds(_JOB)), _due(~_in_kinds(_JOB))


def due(look: Look, queue: str, kinds: Collection[str], most: int) -> list[str]:
    """Ids of jobs of one to four kinds that can be claimed now, the oldest first."""
    return [row.id for row in look(_DUE_OF, wanted=queue, now=clock.now(), most=most, **_places(kinds))]


def due_others(look: Look, queue: str, kinds: Collection[str], most: int) -> list[str]:
    """The same of all kinds but these."""
    return [row.id for row in look(_DUE_OTHERS, wanted=queue, now=clock.now(), most=most, **_places(kinds))]


_NAMED = _JOB.alias()


def _claiming(which: Select[Any], **become: Any) -> Statement:
    still_free = which.where(_free(_NAMED)).with_for_update(skip_locked=True).scalar_subquery()
    attempted = update(_JOB).where(_JOB.c.id == still_free).values(attempts=_JOB.c.attempts + 1, **become)
    return Statement(attempted.returning(*(_JOB.c[field.name] for field in fields(Claimed))))


_IT = select(_NAMED.c.id).where(_NAMED.c.id == bindparam("job"))
_OLDEST = (
    select(_NAMED.c.id)
    .where(_NAMED.c.queue == bindparam("wanted"), ~_in_kinds(_NAMED))
    .order_by(_NAMED.c.not_before, _NAMED.c.id)
    .limit(1)
)
_LEASED = {"status": Status.RUNNING, "lease_until": bindparam("lease")}
_CLAIM, _CLAIM_OLDEST = _claiming(_IT, **_LEASED), _claiming(_OLDEST, **_LEASED)
_TAKE = _claiming(_IT, status=Status.DONE, lease_until=None, done_at=bindparam("now"))


def claim(tx: Session, job_ids: Collection[str]) -> list[Claimed]:
    """Those of them that are due and free, leased to the caller."""
    now = clock.now()
    found = (_CLAIM.first(tx, job=job_id, now=now, lease=now + LEASE) for job_id in job_ids)
    return [Claimed(*row) for row in found if row is not None]


def claim_oldest_other(tx: Session, queue: str, kinds: Collection[str]) -> Claimed | None:
    """The oldest that is due and free of all kinds but these, leased to the caller."""
    now = clock.now()
    row = _CLAIM_OLDEST.first(tx, wanted=queue, now=now, lease=now + LEASE, **_places(kinds))
    return Claimed(*row) if row is not None else None


def take(tx: Session, job_id: str) -> Claimed | None:
    """Claim and finish in one, for an effect in this same transaction; None when somebody was faster."""
    row = _TAKE.first(tx, job=job_id, now=clock.now())
    return Claimed(*row) if row is not None else None


_UNFINISHED = or_(*(_JOB.c.status == status for status in (Status.READY, Status.RUNNING, Status.SENT)))
_FINISH = update(_JOB).where(_JOB.c.id == bindparam("job"), _UNFINISHED)
_FINISH = _FINISH.values(status=bindparam("ended"), done_at=bindparam("now"), lease_until=None)
_DONE, _FORGET = Statement(_FINISH), Statement(_FINISH.values(payload={}))


def finish(tx: Session, job_id: str, status: Status = Status.DONE, *, forget: bool = False) -> bool:
    """False when the job was already finished: the caller must then leave no second effect.

    `forget` blanks a payload that was a secret.
    """
    return bool((_FORGET if forget else _DONE).run(tx, job=job_id, ended=status, now=clock.now()))


_MINE = update(_JOB).where(
    _JOB.c.id == bindparam("job"),
    _JOB.c.status == Status.RUNNING,
    _JOB.c.attempts == bindparam("attempt"),
)
_RENEW = _MINE.values(lease_until=bindparam("lease"))


def renew(tx: Session, held: Collection[Claimed]) -> None:
    """Still at it; a lease that somebody else has by now stays theirs."""
    lease = clock.now() + LEASE
    tx.connection().execute(
        _RENEW, [{"job": job.id, "attempt": job.attempts, "lease": lease} for job in held]
    )


def put_off(tx: Session, claimed: Claimed, error: str, *, final: bool = False, forget: bool = False) -> bool:
    """Try again later: 1 s, 2 s, 4 s ... at most 5 minutes apart.

    True when it is given up (dead): after MAX_ATTEMPTS, or at once if `final`; `forget` then blanks its
    payload. Somebody who lost the lease meanwhile changes nothing.
    """
    now = clock.now()
    given_up = final or claimed.attempts >= MAX_ATTEMPTS
    mine = _MINE.values(lease_until=None, last_error=error[:500])
    if given_up:
        mine = mine.values(status=Status.DEAD, done_at=now, **({"payload": {}} if forget else {}))
    else:
        pause = timedelta(seconds=min(2 ** (claimed.attempts - 1), 300))
        mine = mine.values(status=Status.READY, not_before=now + pause)
    changed = tx.connection().execute(mine, {"job": claimed.id, "attempt": claimed.attempts}).rowcount
    return given_up and bool(changed)


# What is being done keeps its row locked and is passed over: it may wait for the visit that we hold.
_WAITING = (
    select(_NAMED.c.id)
    .where(
        _NAMED.c.subject == bindparam("about"),
        _in_kinds(_NAMED),
        _NAMED.c.status == Status.READY,
    )
    .with_for_update(skip_locked=True)
)
_CALL_OFF = {"status": Status.DONE, "done_at": bindparam("now")}
_CALLED_OFF = update(_JOB).where(_JOB.c.id.in_(_WAITING)).values(**_CALL_OFF)
_CANCEL, _CANCEL_UNSTARTED = Statement(_CALLED_OFF), Statement(_CALLED_OFF.where(_JOB.c.attempts == 0))


def cancel(tx: Session, subject: str, *kinds: str) -> Asked:
    """Call off waiting jobs of these one to four kinds, its answer says how many; a running one finishes."""
    return _CANCEL.ask(tx, about=subject, now=clock.now(), **_places(kinds))


def cancel_unstarted(tx: Session, subject: str, *kinds: str) -> None:
    """Call off jobs nobody ever tried; one that was tried may have had its effect and must be asked again."""
    _CANCEL_UNSTARTED.ask(tx, about=subject, now=clock.now(), **_places(kinds))


def _places(kinds: Collection[str]) -> dict[str, str]:
    """Places that are left over name the first once more."""
    named = [*kinds, *repeat(next(iter(kinds)), len(_KINDS) - len(kinds))]
    return dict(zip(_KINDS, named, strict=True))
