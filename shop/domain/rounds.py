"""Rounds: jobs that never end, one of each kind for each operator, whoever's worker comes by."""

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, select, update

from shop.domain import clock, jobs
from shop.domain.jobs import Job, Status
from shop.domain.statements import Statement, insert_new
from shop.domain.tenancy import Operator

FIRST_AFTER_S = 5.0

_JOB: Any = Job.__table__  # type: ignore[attr-defined]


_AGAIN = Statement(
    update(_JOB)
    .where(_JOB.c.id == bindparam("round"))
    .values(
        status=Status.READY,
        attempts=0,
        not_before=bindparam("next"),
        lease_until=None,
        done_at=None,
        payload=bindparam("known"),
    )
)


def begin(tx: Session, kinds: Collection[str]) -> None:
    """For every operator; those that run already are left alone."""
    first = clock.now() + timedelta(seconds=FIRST_AFTER_S)
    for operator_id in tx.exec(select(Operator.id)):
        for kind in sorted(kinds):
            job = jobs.new(
                operator_id=operator_id, store_id=None, kind=kind, subject=operator_id, not_before=first
            )
            insert_new(tx, _JOB, **job | {"id": _name(operator_id, kind)})


def again(tx: Session, job_id: str, *, after_s: float, known: dict[str, Any]) -> None:
    """The next one; `known` is what it should remember of this one."""
    _AGAIN.ask(tx, round=job_id, next=clock.now() + timedelta(seconds=after_s), known=known)


def _name(operator_id: str, kind: str) -> str:
    """The same in every process, so that there is one."""
    return hashlib.sha256(f"{operator_id} {kind}".encode()).hexdigest()[:26].upper()
