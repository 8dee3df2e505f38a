"""Does jobs in the test's own thread, with the worker's own code."""

from shop import worker
from shop.domain import jobs
from shop.domain.jobs import Claimed
from shop.work.handlers import AT_ONCE
from shop.work.means import Means


def do_one(means: Means) -> bool:
    """The oldest due job; False when there is none."""
    due = jobs.due(means.look, worker.QUEUE, 1)
    for job_id, kind in due:
        if kind in AT_ONCE:
            worker.do_at_once(means, job_id)
        else:
            for job in worker.claim(means, [job_id]):
                worker.do(means, job)
    return bool(due)


def claim_one(means: Means) -> Claimed | None:
    """As a worker does that is killed before it comes any further."""
    due = jobs.due(means.look, worker.QUEUE, 1)
    claimed = worker.claim(means, [job_id for job_id, _ in due])
    return claimed[0] if claimed else None
