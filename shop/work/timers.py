"""Jobs that only watch the clock: nobody outside is asked, so each is one transaction."""

from sqlmodel import Session

from shop.domain import ending, help, visits
from shop.domain.jobs import Claimed
from shop.domain.visit_states import State


def time_out(tx: Session, job: Claimed) -> None:
    ending.time_out(tx, visits.locked(tx, job.subject), job.payload["state"])


def stuck(tx: Session, job: Claimed) -> None:
    help.still_inside(tx, visits.locked(tx, job.subject))


def quiet(tx: Session, job: Claimed) -> None:
    ending.end_if_quiet(tx, visits.locked(tx, job.subject))


def end_visit(tx: Session, job: Claimed) -> None:
    """She said that she left, and the last shelf reports are in."""
    visit = visits.locked(tx, job.subject)
    if visit.state == State.SHOPPING:
        ending.end(tx, visit)
