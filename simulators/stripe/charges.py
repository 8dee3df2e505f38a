"""Charges and balance transactions: what happened to the money of one payment intent."""

from simulators.stripe import cards, views
from simulators.stripe.errors import Obj
from simulators.stripe.world import Call, World

NOT_ON_CHARGES = ("display_brand", "generated_from")
DAY_S = 24 * 3600
# docs.stripe.com/payments/place-a-hold-on-a-payment-method: Visa holds without the customer last 5 days.
HOLD_S = 7 * DAY_S
VISA_OFF_SESSION_HOLD_S = 5 * DAY_S
# Stripe's price for standard EEA cards: 1.5 % + 0.25.
FEE_PER_MILLE, FEE_FIXED = 15, 25


def attempt(world: World, intent: Obj, method: Obj, *, off_session: bool, manual: bool) -> Obj:
    """The charge of one successful authorisation, not captured yet."""
    charge = _build(world, intent, method)
    card = charge["payment_method_details"]["card"]
    if manual:
        short = off_session and card["brand"] == "visa"
        card["capture_before"] = world.now() + (VISA_OFF_SESSION_HOLD_S if short else HOLD_S)
    wanted = (intent["payment_method_options"]["card"] or {}).get("request_multicapture")
    card["multicapture"] = {"status": "available" if manual and wanted == "if_available" else "unavailable"}
    return world.add(charge)


def attempt_failed(world: World, intent: Obj, method: Obj, refusal: cards.Refusal) -> Obj:
    charge = _build(world, intent, method)
    charge |= {
        "failure_code": refusal.code,
        "failure_message": refusal.message,
        "paid": False,
        "status": "failed",
    }
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": refusal.decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    return world.add(charge)


def _build(world: World, intent: Obj, method: Obj) -> Obj:
    card = {name: value for name, value in method["card"].items() if name not in NOT_ON_CHARGES}
    return {
        "id": world.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "STAFF-FREE SHOP",
        "captured": False,
        "created": world.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": card | {"amount_authorized": intent["amount"], "overcapture": {"status": "unavailable"}},
            "type": "card",
        },
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def book(world: World, source: Obj, *, kind: str, amount: int, fee: int) -> str:
    """A balance transaction for money that moved; returns its id."""
    transaction: Obj = {
        "id": world.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": world.now() + 7 * DAY_S,
        "balance_type": "payments",
        "created": world.now(),
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": source["currency"],
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
        if fee
        else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    world.add(transaction)
    return str(transaction["id"])


def fee_for(amount: int) -> int:
    return (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED


def retrieve(world: World, call: Call) -> Obj:
    return world.find("charge", call.id)


def list_all(world: World, call: Call) -> Obj:
    rows = views.matching(world, "charge", call.params, "payment_intent", "customer")
    return views.listing(world, rows, "/v1/charges", call.params)


def retrieve_transaction(world: World, call: Call) -> Obj:
    return world.find("balance_transaction", call.id)


def list_transactions(world: World, call: Call) -> Obj:
    rows = views.matching(world, "balance_transaction", call.params, "type", "currency", "source")
    return views.listing(world, rows, "/v1/balance_transactions", call.params)
