"""Refunds of captured money, in full or in parts."""

from simulators.stripe import charges, views
from simulators.stripe.amounts import worded
from simulators.stripe.errors import Obj, StripeError, before_work, no_such
from simulators.stripe.world import Call, World, store


def create(world: World, call: Call) -> Obj:
    """Source: docs.stripe.com/api/refunds/create."""
    charge = _charge_to_refund(world, call.params)
    intent = world.find("payment_intent", charge["payment_intent"])
    amount = _refundable(charge, call.params.get("amount"))
    refund: Obj = {
        "id": world.new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "failure_balance_transaction": None,
        "metadata": {},
        "payment_intent": intent["id"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    store(refund, call.params, ())
    world.moved("refund", amount, intent, charge=charge["id"], refund=refund["id"])
    refund["balance_transaction"] = charges.book(world, refund, kind="refund", amount=-amount, fee=0)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.add(refund)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge, previous=before)
    return refund


def _charge_to_refund(world: World, params: Obj) -> Obj:
    if "charge" in params:
        charge = world.find("charge", params["charge"])
    elif "payment_intent" in params:
        intent = world.find("payment_intent", params["payment_intent"], param="payment_intent")
        found = world.shelf("charge").get(intent["latest_charge"] or "")
        if found is None or found["status"] == "failed":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            )
        charge = found
    else:
        raise before_work(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if not charge["captured"]:
        raise StripeError(
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). You must "
            "cancel "
            "the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For "
            "more "
            "information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"
        )
    return charge


def _refundable(charge: Obj, amount: int | None) -> int:
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount is None:
        return left
    if amount <= 0:
        raise before_work(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        currency = charge["currency"]
        raise StripeError(
            f"Refund amount ({worded(amount, currency)}) is greater than unrefunded amount on charge "
            f"({worded(left, currency)})",
            param="amount",
        )
    return amount


def retrieve(world: World, call: Call) -> Obj:
    return world.find("refund", call.id)


def list_all(world: World, call: Call) -> Obj:
    for name in ("payment_intent", "charge"):
        if name in call.params and call.params[name] not in world.shelf(name):
            raise no_such(name, call.params[name], param=name, status=400)
    rows = views.matching(world, "refund", call.params, "payment_intent", "charge")
    return views.listing(world, rows, "/v1/refunds", call.params)
