"""What the payment provider told us about a hold or charge, and what it means for the visit."""

from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, select

from shop.domain import incidents, jobs, lifecycle, payments, settlement
from shop.domain.errors import Refusal
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.statements import RowsOf
from shop.domain.tenancy import Store
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit

News = tuple[Event, str | None]  # what to tell the visit, and the reason the shopper reads

# The bank's codes (docs.stripe.com/declines/codes) that tell the shopper more than "declined".
HOLD_REFUSED = {
    "insufficient_funds": "insufficient_funds",
    "authentication_required": "authentication_failed",
    "authentication_not_handled": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
}


# Both as they are now and both ours until commit.
_FRESH = {"populate_existing": True}
_VISIT = select(Visit).join(Payment, col(Payment.visit_id) == col(Visit.id)).with_for_update()
_VISIT = _VISIT.execution_options(**_FRESH)
_ASKED = RowsOf(Visit, _VISIT.where(col(Payment.id) == bindparam("payment")))
_OURS = RowsOf(
    Visit,
    _VISIT.where(
        or_(col(Payment.provider_id) == bindparam("provider"), col(Payment.id) == bindparam("payment"))
    ),
    col(Payment.id).label("payment"),
)
_PAYMENT = RowsOf(
    Payment, select(Payment).where(col(Payment.id) == bindparam("payment")).execution_options(**_FRESH)
)


def told(tx: Session, payment_id: str, state: IntentState) -> None:
    """Take over the answer to what we asked; a repeat or an overtaken answer changes nothing."""
    take(tx, *asked(tx, payment_id), state)


def told_unasked(tx: Session, state: IntentState) -> bool:
    """Take over news, found by the provider's id or by the name we gave; False if it is none of ours."""
    found = _OURS.first_and(tx, provider=state.provider_id, payment=state.payment_id)
    if found is None:
        return False
    visit, ours = found
    [payment] = _PAYMENT.all(tx, payment=ours.payment)
    take(tx, visit, payment, state)
    return True


def gone(tx: Session, payment_id: str, error: str) -> None:
    """The provider will never capture this hold: tell staff, free what may be left, ask the shopper anew."""
    visit, payment = asked(tx, payment_id)
    incidents.open_one(tx, visit, "payment_gone", visit_id=visit.id, payment=payment.id, error=error)
    jobs.add(tx, **visit.scope(), kind="release_hold", subject=visit.id, payment_id=payment.id)
    take(tx, visit, payment, IntentState("released"))


def asked(tx: Session, payment_id: str) -> tuple[Visit, Payment]:
    visit = _ASKED.first(tx, payment=payment_id)
    if visit is None:
        raise Refusal("not_found")
    [payment] = _PAYMENT.all(tx, payment=payment_id)
    return visit, payment


def take(tx: Session, visit: Visit, payment: Payment, state: IntentState) -> None:
    news = payments.take_over(payment, state)
    tx.add(payment)
    if not news:
        return
    follows = _captured(tx, visit, payment) if payment.status == "captured" else _meaning(tx, visit, payment)
    if follows is None:
        lifecycle.tell(tx, visit)
        return
    event, reason = follows
    lifecycle.try_advance(tx, visit, event, reason=reason)
    if event == Event.AUTHENTICATION_ASKED and visit.state == State.AUTHENTICATING:
        after_s = tx.get_one(Store, visit.store_id).authentication_timeout_s
        jobs.timer(tx, visit, "time_out", after_s=after_s, state=State.AUTHENTICATING)


def _captured(tx: Session, visit: Visit, payment: Payment) -> News:
    """Money came: it is booked whatever the visit thinks, and what nobody owes is reported."""
    too_much = payment.captured_cents - visit.open_cents
    if too_much > 0:
        facts: dict[str, Any] = {"payment": payment.id, "cents": too_much}
        incidents.open_one(tx, visit, "captured_too_much", severity="alarm", visit_id=visit.id, **facts)
    event = settlement.received(tx, visit, payment, payment.captured_cents)
    return event, "above_hold" if event == Event.CAPTURED_IN_PART else None


def _meaning(tx: Session, visit: Visit, payment: Payment) -> News | None:
    match payment.kind, payment.status:
        case "hold", "held":
            return Event.HOLD_PLACED, None
        case "hold", "action":
            return Event.AUTHENTICATION_ASKED, None
        case "hold", "declined":
            return Event.HOLD_DECLINED, HOLD_REFUSED.get(payment.decline_code or "", "card_declined")
        case "hold", "released":
            waiting = visit.state == State.SETTLING and not settlement.is_being_charged(tx, visit)
            return (Event.CAPTURE_FAILED, "capture_failed") if waiting else None
        case "charge", "declined" | "released":
            waiting = visit.state in (State.SETTLING, State.IN_REVIEW)
            return (Event.CAPTURE_FAILED, "capture_failed") if waiting else None
    return None  # a charge that waits for her bank: the screen shows where to go
