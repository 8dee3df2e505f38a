"""Does jobs in the test's own thread, with the worker's own code."""

from shop import worker
from shop.domain import jobs
from shop.domain.jobs import Claimed
from shop.work.handlers import AT_ONCE
from shop.work.means import Means


def do_one(means: Means) -> bool:
    """The oldest due job, first of those that ask nobody outside; False when there is none."""
    for job_id in jobs.due(means.look, worker.QUEUE, AT_ONCE, 1):
        return worker.do_at_once(means, job_id)
    job = claim_one(means)
    if job is not None:
        worker.do(means, job)
    return job is not None


def claim_one(means: Means) -> Claimed | None:
    """As a worker does that is killed before it comes any further."""
    claimed = worker.claim(means, jobs.due_others(means.look, worker.QUEUE, AT_ONCE, 1))
    return claimed[0] if claimed else None
