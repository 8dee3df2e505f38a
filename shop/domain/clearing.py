"""Payments that nobody told us about: what is asked, and what the truth then means."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, literal_column, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from shop.domain import clock, collection, incidents, jobs, lifecycle, settlement
from shop.domain.customers import Customer
from shop.domain.payments import OVER, RANK, Payment
from shop.domain.ports import Found, IntentState, Look
from shop.domain.statements import Statement
from shop.domain.tenancy import Operator, Store, StoreRow
from shop.domain.visit_states import FINAL, OPEN, Event, State
from shop.domain.visits import Visit
from shop.domain.watch import job_on_the_way

# An answer, its repeats and its webhook have come long before, or will not come.
UNKNOWN_AFTER = timedelta(minutes=10)
LOOK_AGAIN_AFTER = timedelta(hours=1)
# Banks let a hold go by themselves at `capture_before`.
RUNS_OUT_WITHIN = timedelta(hours=24)  # staff is told what waits for a decision
LAST_MOMENT = timedelta(hours=2)  # decided without them
MOST = 20

_NOT_OVER = col(Payment.status).not_in(
    [literal_column(repr(status)) for status in OVER]
)  # as its index has it
_NOTHING_ON_THE_WAY = ~job_on_the_way("place_hold", "charge", "capture", "release_hold")
_PAYMENTS: Any = (
    select_columns(
        col(Payment.id),
        col(Payment.provider_id),
        col(Payment.created_at),
        col(Customer.provider_id).label("customer"),
    )
    .join(Visit, col(Visit.id) == col(Payment.visit_id))
    .join(Customer, col(Customer.id) == col(Visit.customer_id))
    .where(col(Payment.operator_id) == bindparam("operator"), _NOT_OVER, _NOTHING_ON_THE_WAY)
    .limit(MOST)
)
_LOOKED_AT = col(Payment.looked_at)
_IN_DOUBT = Statement(
    _PAYMENTS.where(
        *(col(Visit.state) != state for state in sorted(OPEN)),
        or_(
            _LOOKED_AT.is_(None) & (col(Payment.created_at) < bindparam("old")),
            bindparam("again") > _LOOKED_AT,
        ),
    ).order_by(col(Payment.created_at))
)
_RUNNING_OUT = Statement(
    _PAYMENTS.where(
        *(col(Visit.state) != state for state in sorted(OPEN)),
        col(Payment.status) == "held",
        col(Payment.capture_before) < bindparam("soon"),
    ).order_by(col(Payment.capture_before))
)


def in_doubt(look: Look, operator_id: str) -> list[Any]:
    """Payments that should be over: nobody is inside any more, and no job will hear how they stand."""
    now = clock.now()
    return list(look(_IN_DOUBT, operator=operator_id, old=now - UNKNOWN_AFTER, again=now - LOOK_AGAIN_AFTER))


def cleared(tx: Session, payment_id: str, truth: IntentState | None) -> None:
    """Book how it stands at the provider (None: it never came to that), and free what nobody wants."""
    visit, payment = collection.asked(tx, payment_id)
    was = payment.status
    payment.looked_at = clock.now()
    collection.take(tx, visit, payment, truth or IntentState("released"))
    if payment.status != was:
        facts = {"payment": payment.id, "was": was, "now": payment.status}
        incidents.open_one(tx, visit, "payment_cleared_up", severity="info", visit_id=visit.id, **facts)
    elif visit.state in FINAL:
        _release(tx, visit, payment)


def _release(tx: Session, visit: Visit, payment: Payment) -> None:
    if payment.status in ("held", "action"):
        jobs.add(tx, **visit.scope(), kind="release_hold", subject=visit.id, payment_id=payment.id)


def running_out(look: Look, operator_id: str) -> list[str]:
    soon = clock.now() + RUNS_OUT_WITHIN
    return [row.id for row in look(_RUNNING_OUT, operator=operator_id, soon=soon)]


def before_it_runs_out(tx: Session, payment_id: str) -> None:
    """Take what she ordered and owes; else let the hold go, or ask staff as long as there is time."""
    visit, hold = collection.asked(tx, payment_id)
    if hold.status != "held" or hold.capture_before is None:
        return
    if visit.state in FINAL:
        _release(tx, visit, hold)
    elif visit.booked and visit.ordered_at is not None:
        _say(tx, visit, hold, "captured")
        if visit.state == State.PAYMENT_DUE:
            lifecycle.advance(tx, visit, Event.PAY)
        else:
            settlement.collect(tx, visit)
    elif visit.state == State.IN_REVIEW and hold.capture_before > clock.now() + LAST_MOMENT:
        _say(tx, visit, hold, "decide")
    else:
        _say(tx, visit, hold, "released")
        _release(tx, visit, hold)


def _say(tx: Session, visit: Visit, hold: Payment, done: str) -> None:
    told = incidents.running(tx, visit, "hold_runs_out")
    if any(incident.visit_id == visit.id and incident.evidence["done"] == done for incident in told):
        return
    until: datetime | None = hold.capture_before
    facts = {"payment": hold.id, "done": done, "until": until.isoformat() if until else None}
    severity = "alarm" if done == "decide" else "warning"
    incidents.open_one(tx, visit, "hold_runs_out", severity=severity, visit_id=visit.id, **facts)


_KNOWN = Statement(
    select_columns(col(Payment.provider_id), col(Payment.status)).where(
        col(Payment.id) == bindparam("payment")
    )
)
_SLUG = Statement(select_columns(col(Operator.slug)).where(col(Operator.id) == bindparam("operator")))


def slug_of(look: Look, operator_id: str) -> str:
    """By which the operator's payments are known at the provider."""
    return str(look(_SLUG, operator=operator_id)[0].slug)


def is_stranger(look: Look, found: Found) -> bool:
    """No payment of ours has become this: its row is gone, or became another."""
    known = look(_KNOWN, payment=found.state.payment_id)
    return not known or known[0].provider_id not in (None, found.state.provider_id)


def is_news(look: Look, found: Found) -> bool:
    """It is further along there than in our books."""
    known = look(_KNOWN, payment=found.state.payment_id)
    return bool(known) and RANK[found.state.status] > RANK[known[0].status]


def stranger(tx: Session, operator_id: str, found: Found) -> bool:
    """Tell staff of money that we do not know; False when even its store is none of ours."""
    mine = select(Store).where(
        Store.operator_id == operator_id, Store.slug == found.metadata.get("store", "")
    )
    store = tx.exec(mine).first()
    if store is None:
        return False
    visit = tx.get(Visit, found.metadata.get("visit", ""))
    captured = found.state.status == "captured"
    incidents.open_one(
        tx,
        visit or StoreRow(operator_id=operator_id, store_id=store.id),
        "unknown_charge" if captured else "unknown_hold",
        severity="alarm" if captured else "warning",
        visit_id=visit.id if visit else None,
        intent=found.state.provider_id,
        cents=found.state.captured_cents if captured else found.amount_cents,
    )
    return True
