"""What the worker looks after by itself, so that nothing stays wrong because nobody asked.

Each round looks at a few rows, changes each in a transaction of its own and may be repeated at any time.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session

from shop.domain import clearing, clock, refunds, rounds, watch
from shop.domain.jobs import Claimed
from shop.domain.ports import Found
from shop.ops.logs import told
from shop.work.means import Effect, Means
from shop.work.payments import truth_about

log = logging.getLogger("shop.work")

Known = dict[str, Any]  # what one round remembers for the next

FIRST_LOOK_BACK = timedelta(hours=24)
LONGEST_LOOK = timedelta(hours=1)  # at a time: a job is done again when its lease ends


@dataclass(frozen=True)
class Round:
    every_s: float
    go: Callable[[Means, str, Known], Known]  # for one operator


def visits(means: Means, operator_id: str, _known: Known) -> Known:
    for visit_id in watch.orphans(means.database.look, operator_id):
        with means.database.transaction() as tx:
            if watch.end_orphan(tx, visit_id):
                log.warning(told("visit_orphaned", visit=visit_id))
    return {}


def devices(means: Means, operator_id: str, _known: Known) -> Known:
    with means.database.transaction() as tx:
        watch.check_devices(tx, operator_id)
    return {}


def ledger(means: Means, operator_id: str, known: Known) -> Known:
    """What is new, and a part of what is old: sooner or later all of it is looked at again."""
    with means.database.transaction() as tx:
        new, _ = watch.check_ledger(tx, operator_id, known.get("new", 0))
        old, at_the_end = watch.check_ledger(tx, operator_id, known.get("old", 0))
    return {"new": new, "old": 0 if at_the_end else old}


def payments(means: Means, operator_id: str, _known: Known) -> Known:
    """Whose outcome we do not know: what the provider says is booked."""
    for payment in clearing.in_doubt(means.database.look, operator_id):
        truth = truth_about(means, payment)
        with means.database.transaction() as tx:
            clearing.cleared(tx, payment.id, truth)
    return {}


def holds(means: Means, operator_id: str, _known: Known) -> Known:
    for payment_id in clearing.running_out(means.database.look, operator_id):
        with means.database.transaction() as tx:
            clearing.before_it_runs_out(tx, payment_id)
    return {}


def strangers(means: Means, operator_id: str, known: Known) -> Known:
    """Everything that was begun at the provider under this operator's name, once it has had time to end."""
    settled = clock.now() - clearing.UNKNOWN_AFTER
    since = datetime.fromtimestamp(known["since"], UTC) if known else settled - FIRST_LOOK_BACK
    until = min(settled, since + LONGEST_LOOK)
    operator = clearing.slug_of(means.database.look, operator_id)
    for found in means.payments.begun(since=since, until=until):
        if found.metadata.get("operator") == operator and found.state.payment_id:
            _compare(means, operator_id, found)
    return {"since": int(until.timestamp())}


def _compare(means: Means, operator_id: str, found: Found) -> None:
    look = means.database.look
    payment_id, provider_id = str(found.state.payment_id), str(found.state.provider_id)
    if not clearing.is_stranger(look, found):
        if clearing.is_news(look, found):
            with means.database.transaction() as tx:
                clearing.cleared(tx, payment_id, found.state)
    elif found.state.status in ("held", "action", "captured"):
        if found.state.status != "captured":  # what was taken a person gives back
            means.payments.release(key=f"stranger-{provider_id}", provider_id=provider_id)
        with means.database.transaction() as tx:
            if not clearing.stranger(tx, operator_id, found):
                log.error(told("payment_of_no_store", provider=provider_id))


def money_back(means: Means, operator_id: str, _known: Known) -> Known:
    """Of which nobody told us whether it was paid out: asked again, which finds what was done."""
    for refund_id in refunds.in_doubt(means.database.look, operator_id):
        with means.database.transaction() as tx:
            refunds.ask_again(tx, refund_id)
    return {}


ROUNDS: dict[str, Round] = {
    "watch_visits": Round(60, visits),
    "watch_devices": Round(30, devices),
    "watch_ledger": Round(60, ledger),
    "clear_payments": Round(60, payments),
    "clear_holds": Round(300, holds),
    "clear_refunds": Round(60, money_back),
    "clear_strangers": Round(300, strangers),
}


def begin(means: Means) -> None:
    with means.database.transaction() as tx:
        rounds.begin(tx, ROUNDS)


def go(means: Means, job: Claimed) -> Effect:
    known = ROUNDS[job.kind].go(means, job.operator_id, job.payload)
    return partial(_again, job=job, known=known)


def go_on(tx: Session, job: Claimed) -> None:
    """It failed often; it is never given up, and begins where it was."""
    _again(tx, job, job.payload)


def _again(tx: Session, job: Claimed, known: Known) -> None:
    rounds.again(tx, job.id, after_s=ROUNDS[job.kind].every_s, known=known)
