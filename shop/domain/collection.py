"""What the payment provider told us about a hold or charge, and what it means for the visit."""

from typing import Any

from sqlalchemy import bindparam, or_
from sqlalchemy import select as select_all
from sqlmodel import Session, col

from shop.domain import incidents, jobs, lifecycle, payments, settlement
from shop.domain.errors import Refusal
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
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


# Visit and payment in one round trip, both as they are now and both ours until commit.
_BOTH = (
    select_all(Visit, Payment)
    .join(Payment, col(Payment.visit_id) == col(Visit.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_ASKED = _BOTH.where(col(Payment.id) == bindparam("payment"))
_OURS = _BOTH.where(
    or_(col(Payment.provider_id) == bindparam("provider"), col(Payment.id) == bindparam("payment"))
)


def told(tx: Session, payment_id: str, state: IntentState) -> None:
    """Take over the answer to what we asked; a repeat or an overtaken answer changes nothing."""
    take(tx, *asked(tx, payment_id), state)


def told_unasked(tx: Session, state: IntentState) -> bool:
    """Take over news, found by the provider's id or by the name we gave; False if it is none of ours."""
    names = {"provider": state.provider_id, "payment": state.payment_id}
    found = tx.execute(_OURS, names).first()
    if found is not None:
        take(tx, found[0], found[1], state)
    return found is not None


def gone(tx: Session, payment_id: str, error: str) -> None:
    """The provider will never capture this hold: tell staff, free what may be left, ask the shopper anew."""
    visit, payment = asked(tx, payment_id)
    incidents.open_one(tx, visit, "payment_gone", visit_id=visit.id, payment=payment.id, error=error)
    jobs.add(tx, **visit.scope(), kind="release_hold", subject=visit.id, payment_id=payment.id)
    take(tx, visit, payment, IntentState("released"))


def asked(tx: Session, payment_id: str) -> tuple[Visit, Payment]:
    row = tx.execute(_ASKED, {"payment": payment_id}).first()
    if row is None:
        raise Refusal("not_found")
    return row[0], row[1]


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
