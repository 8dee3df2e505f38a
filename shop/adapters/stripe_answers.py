"""What Stripe's answers say, in our words."""

from datetime import UTC, datetime
from typing import Any, Literal

from shop.domain.ports import CardSetup, IntentState, IntentStatus, RefundState

# docs.stripe.com/payments/paymentintents/lifecycle
STATUS: dict[str, IntentStatus] = {
    "requires_capture": "held",
    "requires_action": "action",
    "succeeded": "captured",
    "canceled": "released",
    "requires_payment_method": "declined",
    "processing": "asked",
    "requires_confirmation": "asked",
}

# docs.stripe.com/api/refunds/object
REFUND_STATUS: dict[str, Literal["requested", "done", "failed"]] = {
    "succeeded": "done",
    "failed": "failed",
    "canceled": "failed",
}

Told = dict[str, Any]  # an object of Stripe's as its answer has it


def state(told: Told) -> IntentState:
    failure = told.get("last_payment_error") or {}
    status = STATUS.get(told["status"], "asked")
    if status == "declined" and not failure:
        status = "asked"  # nobody has tried yet
    redirect = (told.get("next_action") or {}).get("redirect_to_url") or {}
    return IntentState(
        status=status,
        provider_id=told["id"],
        captured_cents=told["amount_received"] if status == "captured" else 0,
        action_url=redirect.get("url") if status == "action" else None,
        decline_code=decline_code(failure) if status == "declined" else None,
        payment_id=told["metadata"].get("payment"),
        capture_before=_capture_before(told.get("latest_charge")),
    )


def refund(told: Told) -> RefundState:
    return RefundState(
        status=REFUND_STATUS.get(told["status"], "requested"),
        provider_id=told["id"],
        refund_id=told["metadata"].get("refund"),
        why=told.get("failure_reason"),
        payment=told["payment_intent"],
        amount_cents=told["amount"],
    )


def card_setup(session: Told) -> CardSetup:
    intent = session.get("setup_intent")
    method = intent.get("payment_method") if isinstance(intent, dict) else None
    if isinstance(method, dict) and method.get("card") and session["status"] == "complete":
        card = method["card"]
        return CardSetup(
            session_id=session["id"],
            url=None,
            status="saved",
            method_id=method["id"],
            brand=card["brand"],
            last4=card["last4"],
            exp_month=card["exp_month"],
            exp_year=card["exp_year"],
        )
    status: Literal["open", "failed"] = "failed" if session["status"] == "expired" else "open"
    return CardSetup(session_id=session["id"], url=session.get("url"), status=status)


def decline_code(failure: dict[str, Any]) -> str | None:
    """The bank's reason (docs.stripe.com/declines/codes), else Stripe's own."""
    return failure.get("decline_code") or failure.get("code")


def _capture_before(charge: Any) -> datetime | None:
    if not isinstance(charge, dict):
        return None
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    until = card.get("capture_before")  # only while a hold stands
    return datetime.fromtimestamp(until, UTC) if until else None
