"""Jobs that only watch the clock."""

from sqlmodel import Session

from shop.domain import ending, help, settlement, visits
from shop.domain.jobs import Job
from shop.domain.visit_states import State
from shop.work.means import Effect, Means


def time_out(_means: Means, job: Job) -> Effect:
    state: str = job.payload["state"]
    return lambda tx: ending.time_out(tx, visits.locked(tx, job.subject), state)


def stuck(_means: Means, job: Job) -> Effect:
    return lambda tx: help.still_inside(tx, visits.locked(tx, job.subject))


def quiet(_means: Means, job: Job) -> Effect:
    return lambda tx: ending.end_if_quiet(tx, visits.locked(tx, job.subject))


def end_visit(_means: Means, job: Job) -> Effect:
    return lambda tx: _end(tx, job.subject)


def _end(tx: Session, visit_id: str) -> None:
    """She said that she left, and the last shelf reports are in."""
    visit = settlement.open_for_settling(tx, visit_id)
    if visit.state == State.SHOPPING:
        ending.end(tx, visit)
