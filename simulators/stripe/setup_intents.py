"""Setup intents: saving a card for later without a payment. Source: docs.stripe.com/api/setup_intents."""

from simulators.stripe import cards, views
from simulators.stripe.errors import Obj, StripeError
from simulators.stripe.intents import (
    accepted_methods,
    ask_for_authentication,
    authentication_failure,
    choose_method,
    last_error,
    require_return_url,
    unexpected,
)
from simulators.stripe.payment_methods import attach_to, behaviour, refuse, setup_refusal
from simulators.stripe.world import Call, World, public, store

CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
DONE = {"succeeded": "it has already succeeded", "canceled": "it has been canceled"}


def create(world: World, call: Call) -> Obj:
    intent = new(world, call.params)
    if intent["customer"]:
        world.find("customer", intent["customer"], param="customer", status=400)
    confirming = call.params.get("confirm", False)
    method = None
    if intent["payment_method"] or confirming:
        method = choose_method(world, "SetupIntent", intent, {})
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    if confirming:
        require_return_url("SetupIntent", intent, call.params)
    keep(world, intent)
    if confirming and method is not None:
        confirm_with(world, intent, method, call.params.get("return_url"))
    return intent


def new(world: World, params: Obj) -> Obj:
    """A setup intent that `keep` has not put on record yet."""
    card: Obj = {
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
        **(params.get("payment_method_options", {}).get("card") or {}),
    }
    intent: Obj = {
        "id": "",
        "object": "setup_intent",
        **accepted_methods("SetupIntent", params),
        "application": None,
        "cancellation_reason": None,
        "client_secret": "",
        "created": world.now(),
        "customer": params.get("customer"),
        "customer_account": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": params.get("payment_method"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": card},
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
        "_return_url": None,
        "_session": None,
    }
    store(intent, params, ("description",))
    return intent


def keep(world: World, intent: Obj) -> None:
    intent["id"] = world.new_id("seti")
    intent["client_secret"] = world.new_id(f"{intent['id']}_secret", 25)
    world.add(intent)
    world.emit("setup_intent.created", intent)


def find(world: World, call: Call) -> Obj:
    return world.find("setup_intent", call.id, param="intent")


def retrieve(world: World, call: Call) -> Obj:
    return find(world, call)


def list_all(world: World, call: Call) -> Obj:
    rows = views.matching(world, "setup_intent", call.params, "customer", "payment_method")
    return views.listing(world, rows, "/v1/setup_intents", call.params)


def confirm(world: World, call: Call) -> Obj:
    intent = find(world, call)
    _refuse_if_checkout(intent, "confirm")
    method = choose_method(world, "SetupIntent", intent, call.params)
    if end := DONE.get(intent["status"]):
        raise unexpected("SetupIntent", f"You cannot confirm this SetupIntent because {end}.", intent)
    require_return_url("SetupIntent", intent, call.params)
    confirm_with(world, intent, method, call.params.get("return_url"))
    return intent


def confirm_with(world: World, intent: Obj, method: Obj, return_url: str | None) -> None:
    """Save the card now or ask for 3-D Secure first; raises the card error of a card that cannot be saved."""
    intent["latest_attempt"] = world.new_id("setatt")
    if cards.setup_needs_authentication(behaviour(method)):
        ask_for_authentication(world, intent, method, return_url)
        return
    if refusal := setup_refusal(method):
        raise failed(world, intent, method, refuse(refusal))
    _succeed(world, intent, method)


def _succeed(world: World, intent: Obj, method: Obj) -> None:
    method["_set_up"] = True
    if intent["customer"] is None:
        method["_used_up"] = True
    elif method["customer"] is None:
        attach_to(world, method, intent["customer"])
    intent |= {
        "status": "succeeded",
        "payment_method": method["id"],
        "next_action": None,
        "last_setup_error": None,
    }
    world.emit("setup_intent.succeeded", intent)


def failed(world: World, intent: Obj, method: Obj, error: StripeError) -> StripeError:
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": last_error(error, method),
    }
    world.emit("setup_intent.setup_failed", intent)
    error.error |= {"setup_intent": public(intent), "payment_method": public(method)}
    return error


def authenticated(world: World, intent: Obj, *, passed: bool) -> bool:
    """The customer came back from 3-D Secure; True when the card is saved."""
    method = world.find("payment_method", intent["payment_method"])
    refusal = setup_refusal(method)
    if not passed or refusal:
        error = refuse(refusal) if passed and refusal else authentication_failure("SetupIntent")
        failed(world, intent, method, error)
        return False
    _succeed(world, intent, method)
    return True


def cancel(world: World, call: Call) -> Obj:
    intent = find(world, call)
    _refuse_if_checkout(intent, "cancel")
    if intent["status"] not in CANCELABLE:
        allowed = "`requires_payment_method`, `requires_confirmation`, or `requires_action`"
        raise unexpected(
            "SetupIntent",
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a "
            "SetupIntent "
            f"with one of the following statuses may be canceled: {allowed}.",
            intent,
        )
    end(world, intent, call.params.get("cancellation_reason"))
    return intent


def end(world: World, intent: Obj, reason: str | None) -> None:
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    world.emit("setup_intent.canceled", intent)


def _refuse_if_checkout(intent: Obj, verb: str) -> None:
    """Source: docs.stripe.com/api/checkout/sessions/object, setup_intent."""
    if intent["_session"]:
        raise unexpected(
            "SetupIntent",
            f"You cannot {verb} this SetupIntent because it belongs to a Checkout Session. To cancel it, "
            "expire the "
            "Checkout Session instead.",
            intent,
        )
