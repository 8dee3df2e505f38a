"""The endpoints of payment intents. Source: docs.stripe.com/api/payment_intents."""

from simulators.stripe import charging, views
from simulators.stripe.amounts import require_chargeable, require_currency
from simulators.stripe.errors import Obj, before_work
from simulators.stripe.intents import accepted_methods, choose_method, unexpected
from simulators.stripe.world import Call, World, store

EDITABLE = charging.CONFIRMABLE
CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_reauthorization",
    "requires_confirmation",
    "requires_action",
    "expired",
    "processing",
)
PLAIN = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
)


def create(world: World, call: Call) -> Obj:
    intent = _new(world, call.params)
    require_chargeable(intent["amount"], intent["currency"])
    if intent["customer"]:
        world.find("customer", intent["customer"], param="customer", status=400)
    confirming = call.params.get("confirm", False)
    if call.params.get("off_session") and not confirming:
        raise before_work("`off_session` can only be set when `confirm` is `true`.", param="off_session")
    method = choose_method(world, "PaymentIntent", intent, call.params) if intent["payment_method"] else None
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    if confirming:
        chosen = {**call.params, "payment_method": intent["payment_method"]}
        method = charging.require_confirmable(world, intent, chosen)
    intent["id"] = world.new_id("pi")
    intent["client_secret"] = world.new_id(f"{intent['id']}_secret", 25)
    world.add(intent)
    world.emit("payment_intent.created", intent)
    if confirming and method is not None:
        charging.confirm(world, intent, method, call.params)
    return intent


def _new(world: World, params: Obj) -> Obj:
    card: Obj = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
        **(params.get("payment_method_options", {}).get("card") or {}),
    }
    intent: Obj = {
        "id": "",
        "object": "payment_intent",
        **accepted_methods("PaymentIntent", params),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": "",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": world.now(),
        "currency": require_currency(params["currency"]),
        "customer": params.get("customer"),
        "customer_account": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": params.get("payment_method"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": card},
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_off_session": False,
        "_return_url": None,
    }
    store(intent, params, PLAIN)
    return intent


def find(world: World, call: Call) -> Obj:
    return world.find("payment_intent", call.id, param="intent")


def retrieve(world: World, call: Call) -> Obj:
    return find(world, call)


def list_all(world: World, call: Call) -> Obj:
    rows = views.matching(world, "payment_intent", call.params, "customer")
    return views.listing(world, rows, "/v1/payment_intents", call.params)


def update(world: World, call: Call) -> Obj:
    """Texts and metadata change at any time, the amount only before the payment is under way."""
    intent = find(world, call)
    for name in ("amount", "currency", "customer", "payment_method"):
        if name in call.params and intent["status"] not in EDITABLE:
            raise unexpected(
                "PaymentIntent",
                f"This PaymentIntent's {name} could not be updated because it has a status of "
                f"{intent['status']}. You "
                f"may only update the {name} of a PaymentIntent with one of the following statuses: "
                f"{', '.join(EDITABLE)}.",
                intent,
                param=name,
            )
    currency = require_currency(call.params.get("currency") or intent["currency"])
    amount = call.params["amount"] if "amount" in call.params else intent["amount"]
    require_chargeable(amount, currency)
    changed: Obj = {"amount": amount, "currency": currency}
    if customer := call.params.get("customer"):
        changed["customer"] = world.find("customer", customer, param="customer", status=400)["id"]
    if call.params.get("payment_method"):
        method = choose_method(world, "PaymentIntent", intent | changed, call.params)
        changed |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent |= changed
    store(intent, call.params, PLAIN)
    return intent


def confirm(world: World, call: Call) -> Obj:
    intent = find(world, call)
    method = charging.require_confirmable(world, intent, call.params)
    store(intent, call.params, PLAIN)
    if "capture_method" in call.params:
        intent["capture_method"] = call.params["capture_method"]
    charging.confirm(world, intent, method, call.params)
    return intent


def capture(world: World, call: Call) -> Obj:
    intent = find(world, call)
    final = call.params.get("final_capture", True)
    amount = charging.require_capturable(world, intent, call.params.get("amount_to_capture"), final=final)
    store(intent, call.params, PLAIN)
    charging.capture(world, intent, amount, final=final)
    return intent


def cancel(world: World, call: Call) -> Obj:
    intent = find(world, call)
    if intent["status"] not in CANCELABLE:
        raise unexpected(
            "PaymentIntent",
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
            intent,
        )
    charging.release(world, intent, call.params.get("cancellation_reason"))
    return intent
