"""Orders to unlock, as the domain wrote them down: which wait, which are out, and the one steps between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from shop.domain import gateways, jobs
from shop.domain.jobs import Job, Status
from shop.domain.statements import Statement
from shop.domain.visits import Visit

QUEUE = "gateway"

_ROW = select(col(Job.id), col(Job.subject), col(Job.payload))
# One step down ix_job_due.
WAITING = Statement(
    _ROW.where(
        col(Job.queue) == QUEUE,
        col(Job.status) == Status.READY,
        col(Job.not_before) <= bindparam("now"),
        gateways.not_of_others(col(Job.store_id), bindparam("gateway")),
    )
    .order_by(col(Job.not_before))
    .limit(bindparam("most"))
)
OUT = Statement(
    _ROW.where(col(Job.id) == bindparam("job"), col(Job.kind) == "unlock", col(Job.status) == Status.SENT)
)
STATE = Statement(select(col(Visit.state)).where(col(Visit.id) == bindparam("visit")).with_for_update())
_READY = update(Job).where(col(Job.id) == bindparam("job"), col(Job.status) == Status.READY)
SEND = Statement(_READY.values(status=Status.SENT, attempts=col(Job.attempts) + 1))
GIVE_UP = Statement(_READY.values(status=Status.DONE, done_at=bindparam("now")))


@dataclass(frozen=True, slots=True)
class Order:
    """One door to be opened for one visit; its id is the job's."""

    id: str
    visit: str
    door_id: str
    deadline: float  # wall clock, seconds
    release_ms: int
    again: bool = False  # in place of one whose challenge the lock had forgotten


def order(job_id: str, visit: str, payload: Mapping[str, Any]) -> Order:
    deadline = int(payload["deadline_ms"]) / 1000
    again = bool(payload.get("again"))
    return Order(job_id, visit, str(payload["door_id"]), deadline, int(payload["release_ms"]), again)


def repeat(tx: Session, visit: Visit, refused: Order) -> None:
    """A new order with a new id, due as the first was; there is no third."""
    jobs.add(
        tx,
        **visit.scope(),
        queue=QUEUE,
        kind="unlock",
        subject=visit.id,
        door_id=refused.door_id,
        release_ms=refused.release_ms,
        deadline_ms=round(refused.deadline * 1000),
        again=True,
    )
