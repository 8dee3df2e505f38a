"""The money path of a payment intent: confirm, authorise, capture, release, fail."""

from simulators.stripe import cards, charges
from simulators.stripe.errors import Obj, StripeError
from simulators.stripe.intents import (
    ask_for_authentication,
    authentication_failure,
    choose_method,
    last_error,
    require_return_url,
    unexpected,
)
from simulators.stripe.payment_methods import attach_to, behaviour, refuse
from simulators.stripe.world import World, public

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
TOO_MUCH = (
    "The payment could not be captured because the requested capture amount is greater than the amount you "
    "can "
    "capture for this charge. Contact us via https://support.stripe.com/contact/ for help."
)
NO_MULTICAPTURE = (
    "`final_capture` can only be set to `false` when multicapture is available for this PaymentIntent; see "
    "https://docs.stripe.com/payments/multicapture."
)


def captured_by_hand(intent: Obj) -> bool:
    card = intent["payment_method_options"]["card"]
    return "manual" in (intent["capture_method"], card.get("capture_method"))


def require_confirmable(world: World, intent: Obj, params: Obj) -> Obj:
    """The method the intent will be confirmed with; raises before anything has changed."""
    if intent["status"] == "succeeded":
        raise unexpected(
            "PaymentIntent",
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed.",
            intent,
        )
    if intent["status"] not in CONFIRMABLE:
        raise unexpected(
            "PaymentIntent",
            f"This PaymentIntent could not be confirmed because it has a status of {intent['status']}. Only "
            "a "
            f"PaymentIntent with one of the following statuses may be confirmed: {', '.join(CONFIRMABLE)}.",
            intent,
        )
    method = choose_method(world, "PaymentIntent", intent, params)
    require_return_url("PaymentIntent", intent, params)
    return method


def confirm(world: World, intent: Obj, method: Obj, params: Obj) -> None:
    """Authorise now, or ask for 3-D Secure first; a customer who is away cannot be asked.

    Source: docs.stripe.com/payments/paymentintents/lifecycle and docs.stripe.com/payments/save-and-reuse.
    """
    away = bool(params.get("off_session"))
    intent["_off_session"] = away
    intent["next_action"] = None
    wish = intent["payment_method_options"]["card"].get("request_three_d_secure")
    if cards.payment_needs_authentication(method, off_session=away, requested=wish in ("any", "challenge")):
        if away or params.get("error_on_requires_action"):
            raise failed(world, intent, method, refuse(cards.UNAUTHENTICATED))
        ask_for_authentication(world, intent, method, params.get("return_url"))
        return
    authorise(world, intent, method)


def authorise(world: World, intent: Obj, method: Obj) -> None:
    if refusal := behaviour(method).refusal:
        charge = charges.attempt_failed(world, intent, method, refusal)
        world.emit("charge.failed", charge)
        raise failed(world, intent, method, refuse(refusal, charge=charge["id"]))
    manual = captured_by_hand(intent)
    charge = charges.attempt(world, intent, method, off_session=intent["_off_session"], manual=manual)
    intent |= {"latest_charge": charge["id"], "payment_method": method["id"], "last_payment_error": None}
    _keep_or_use_up(world, intent, method)
    if not manual:
        world.emit("charge.succeeded", charge)
        capture(world, intent, intent["amount"], final=True)
        return
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    world.moved("hold", intent["amount"], intent, charge=charge["id"])
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.amount_capturable_updated", intent)


def _keep_or_use_up(world: World, intent: Obj, method: Obj) -> None:
    """A method saved with the payment can be used again, an unattached one cannot."""
    if method["customer"] is not None:
        return
    if intent["customer"] and intent["setup_future_usage"]:
        method["_set_up"] = True
        attach_to(world, method, intent["customer"])
    else:
        method["_used_up"] = True


def failed(world: World, intent: Obj, method: Obj, error: StripeError) -> StripeError:
    """Put the failure on the intent and hand back the error that answers the request."""
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": last_error(error, method),
        "latest_charge": error.error.get("charge"),
    }
    world.emit("payment_intent.payment_failed", intent)
    error.error |= {"payment_intent": public(intent), "payment_method": public(method)}
    return error


def authenticated(world: World, intent: Obj, *, passed: bool) -> bool:
    """The customer came back from 3-D Secure; True when the payment went through."""
    method = world.find("payment_method", intent["payment_method"])
    if not passed:
        failed(world, intent, method, authentication_failure("PaymentIntent"))
        return False
    intent["next_action"] = None
    try:
        authorise(world, intent, method)
    except StripeError:
        return False
    return True


def require_capturable(world: World, intent: Obj, amount: int | None, *, final: bool) -> int:
    """The amount to capture. Source: docs.stripe.com/api/payment_intents/capture."""
    if intent["status"] == "succeeded":
        raise unexpected(
            "PaymentIntent",
            "The remaining amount on this PaymentIntent could not be captured because the remainder of the "
            "authorized "
            "amount has been released.",
            intent,
        )
    if intent["status"] != "requires_capture":
        raise unexpected(
            "PaymentIntent",
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            intent,
        )
    wanted: int = intent["amount_capturable"] if amount is None else amount
    shown = public(intent)
    if wanted < 0:
        raise StripeError("Invalid non-negative integer", param="amount_to_capture", payment_intent=shown)
    if wanted == 0:
        raise StripeError(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
            payment_intent=shown,
        )
    if wanted > intent["amount_capturable"]:
        raise StripeError(TOO_MUCH, code="amount_too_large", payment_intent=shown)
    card = world.find("charge", intent["latest_charge"])["payment_method_details"]["card"]
    if not final and card["multicapture"]["status"] != "available":
        raise StripeError(NO_MULTICAPTURE, param="final_capture", payment_intent=shown)
    return wanted


def capture(world: World, intent: Obj, amount: int, *, final: bool) -> None:
    """Take `amount`; a final capture releases what is left of the hold."""
    charge = world.find("charge", intent["latest_charge"])
    held = intent["amount_capturable"]
    world.moved("capture", amount, intent, charge=charge["id"])
    charge["amount_captured"] += amount
    charge["balance_transaction"] = charges.book(
        world, charge, kind="charge", amount=amount, fee=charges.fee_for(amount)
    )
    intent["amount_received"] += amount
    left = max(held - amount, 0)
    if not final and left:
        intent["amount_capturable"] = left
        world.emit("charge.updated", charge)
        world.emit("payment_intent.amount_capturable_updated", intent)
        return
    if left:
        world.moved("release", left, intent, charge=charge["id"], cause="captured_less")
    charge["captured"] = True
    intent |= {"status": "succeeded", "amount_capturable": 0}
    if held:
        world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)


def release(world: World, intent: Obj, reason: str | None) -> None:
    """Cancel the intent and give back whatever is still held."""
    if held := intent["amount_capturable"]:
        world.moved("release", held, intent, charge=intent["latest_charge"], cause=reason or "canceled")
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": world.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    world.emit("payment_intent.canceled", intent)
