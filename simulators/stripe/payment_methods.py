"""Saved cards: made from Stripe's test names, attached to a customer, detached for good."""

import hashlib
from typing import Any

from simulators.stripe import cards, views
from simulators.stripe.errors import Obj, StripeError, before_work, declined
from simulators.stripe.parameters import missing
from simulators.stripe.world import Call, World, public, store

USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
    "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
    "used "
    "again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
)
RAW_NUMBER = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. To continue processing use "
    "Stripe.js, the Stripe mobile bindings, or Stripe Elements. For more information, see "
    "https://dashboard.stripe.com/account/integration/settings."
)


def build(
    world: World, card: cards.Card, *, exp_month: int, exp_year: int, billing: Obj | None = None
) -> Obj:
    """A new, unattached payment method for one of the test cards."""
    address: Obj = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    contact: Obj = {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"}
    return world.add(
        {
            "id": world.new_id("pm"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": contact | (billing or {}),
            "card": {
                "brand": card.brand,
                "checks": checks,
                "country": card.country,
                "display_brand": card.brand,
                "exp_month": exp_month,
                "exp_year": exp_year,
                "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
                "funding": "credit",
                "generated_from": None,
                "last4": card.number[-4:],
                "networks": {"available": [card.brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            "created": world.now(),
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
            "_number": card.number,
            "_set_up": False,
            "_used_up": False,
        }
    )


def resolve(world: World, id_: str, *, param: str = "payment_method", status: int = 400) -> Obj:
    """A saved method, or a fresh one for a test name such as `pm_card_visa`."""
    card = cards.BY_NAME.get(id_.removeprefix("pm_card_"))
    if card is None or not id_.startswith("pm_card_"):
        return world.find("payment_method", id_, param=param, status=status)
    return build(world, card, exp_month=12, exp_year=2034)


def behaviour(method: Obj) -> cards.Card:
    return cards.BY_NUMBER[method["_number"]]


def refuse(refusal: cards.Refusal, **objects: Any) -> StripeError:
    return declined(refusal.message, code=refusal.code, decline_code=refusal.decline_code, **objects)


def setup_refusal(method: Obj) -> cards.Refusal | None:
    card = behaviour(method)
    return card.refusal if card.on_setup else None


def require_usable(method: Obj) -> None:
    if method["_used_up"]:
        raise StripeError(USED_UP)


def attach_to(world: World, method: Obj, customer: str) -> None:
    """Attach without further checks and say so by event; the card was accepted already."""
    method["customer"] = customer
    method["card"]["checks"]["cvc_check"] = "pass"
    world.emit("payment_method.attached", method)


def detach_from(world: World, method: Obj) -> None:
    customer, method["customer"] = method["customer"], None
    method["_used_up"] = True
    world.emit("payment_method.detached", method, previous={"customer": customer})


def create(world: World, call: Call) -> Obj:
    details = call.params.get("card", {})
    if call.params.get("type") != "card":
        raise before_work("This simulator models the payment method type card only.", param="type")
    if "number" in details:
        raise before_work(RAW_NUMBER, status=402)
    if "token" not in details:
        raise missing("card")
    card = cards.BY_NAME.get(details["token"].removeprefix("tok_"))
    if card is None:
        raise StripeError(
            f"No such token: '{details['token']}'", code="resource_missing", param="card[token]"
        )
    method = build(world, card, exp_month=12, exp_year=2034, billing=call.params.get("billing_details"))
    store(method, call.params, ())
    return method


def retrieve(world: World, call: Call) -> Obj:
    return resolve(world, call.id, status=404)


def update(world: World, call: Call) -> Obj:
    method = world.find("payment_method", call.id, param="payment_method")
    method["billing_details"] |= call.params.get("billing_details", {})
    store(method, call.params, ("allow_redisplay",))
    return method


def list_all(world: World, call: Call) -> Obj:
    if customer := call.params.get("customer"):
        world.find("customer", customer, param="customer", status=400)
    rows = world.those("payment_method", customer=customer) if customer else ()
    return views.listing(world, _of_type(rows, call), "/v1/payment_methods", call.params)


def list_of_customer(world: World, call: Call) -> Obj:
    world.find("customer", call.id, param="customer")
    rows = _of_type(world.those("payment_method", customer=call.id), call)
    return views.listing(world, rows, f"/v1/customers/{call.id}/payment_methods", call.params)


def _of_type(rows: Any, call: Call) -> list[Obj]:
    wanted = call.params.get("type", "card")
    return [row for row in rows if row["type"] == wanted]


def attach(world: World, call: Call) -> Obj:
    if "customer" not in call.params:
        raise missing("customer")
    method = resolve(world, call.id, status=404)
    customer = world.find("customer", call.params["customer"], param="customer", status=400)
    require_usable(method)
    if method["customer"] is not None:
        raise StripeError("The payment method you provided has already been attached to a customer.")
    if refusal := setup_refusal(method):
        raise refuse(refusal, payment_method=public(method))
    attach_to(world, method, customer["id"])
    return method


def detach(world: World, call: Call) -> Obj:
    method = world.find("payment_method", call.id, param="payment_method")
    if method["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    detach_from(world, method)
    return method
