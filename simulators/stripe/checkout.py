"""Checkout Sessions in setup mode: the shopper saves a card on a page the shop never sees.

Source: docs.stripe.com/payments/checkout/save-and-reuse and docs.stripe.com/api/checkout/sessions.
"""

import re
from time import gmtime

from simulators.stripe import cards, payment_methods, setup_intents, views
from simulators.stripe.amounts import require_currency
from simulators.stripe.errors import Obj, StripeError, before_work
from simulators.stripe.parameters import missing
from simulators.stripe.world import Call, World, public, store

PLAIN = (
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "success_url",
)
SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600


def create(world: World, call: Call) -> Obj:
    params = call.params
    if params.get("mode") != "setup" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise before_work("This simulator models mode=setup on the hosted page only.", param="mode")
    for name in ("success_url", "cancel_url"):
        if not re.match(r"https?://[^\s/]+", params.get(name, "http://absent")):
            raise before_work("Not a valid URL", code="url_invalid", param=name)
    if "success_url" not in params:
        raise missing("success_url")
    if "currency" not in params and "allowed_payment_method_types" not in params:
        raise missing("currency")
    expires_at = _expiry(world.now(), params.get("expires_at"))
    customer = params.get("customer")
    if customer:
        world.find("customer", customer, param="customer", status=400)
    intent = setup_intents.new(
        world,
        {
            "customer": customer,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "always"},
            **params.get("setup_intent_data", {}),
        },
    )
    setup_intents.keep(world, intent)
    session = _new(world, params, intent["id"], expires_at)
    intent["_session"] = session["id"]
    return world.add(session)


def _expiry(now: int, wanted: int | None) -> int:
    expires_at = now + LONGEST_S if wanted is None else wanted
    # Some slack: the caller's clock reading is a moment older than ours.
    if not now + SHORTEST_S - 60 <= expires_at <= now + LONGEST_S + 60:
        raise before_work(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout "
            "Session "
            "creation.",
            param="expires_at",
        )
    return expires_at


def _new(world: World, params: Obj, setup_intent: str, expires_at: int) -> Obj:
    id_ = world.new_id("cs_test", 58)
    session: Obj = {
        "id": id_,
        "object": "checkout.session",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": None,
        "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": None,
        "client_reference_id": None,
        "client_secret": None,
        "consent": None,
        "created": world.now(),
        "currency": require_currency(params["currency"]) if "currency" in params else None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": params.get("customer"),
        "customer_account": None,
        "customer_creation": None,
        "customer_details": None,
        "customer_email": None,
        "expires_at": expires_at,
        "invoice": None,
        "livemode": False,
        "locale": None,
        "metadata": {},
        "mode": "setup",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "setup_intent": setup_intent,
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": None,
        "total_details": None,
        "ui_mode": "hosted_page",
        "url": f"{world.public_url}/c/pay/{id_}",
    }
    store(session, params, PLAIN)
    return session


def find(world: World, id_: str) -> Obj:
    """A session whose time is over expires the moment somebody looks."""
    session = world.find("checkout.session", id_, param="session")
    if session["status"] == "open" and world.now() >= session["expires_at"]:
        _expire(world, session)
    return session


def retrieve(world: World, call: Call) -> Obj:
    return find(world, call.id)


def list_all(world: World, call: Call) -> Obj:
    rows = views.matching(world, "checkout.session", call.params, "customer", "status")
    return views.listing(world, rows, "/v1/checkout/sessions", call.params)


def expire(world: World, call: Call) -> Obj:
    session = find(world, call.id)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            "status of "
            f"`{session['status']}`."
        )
    _expire(world, session)
    return session


def _expire(world: World, session: Obj) -> None:
    session |= {"status": "expired", "url": None}
    intent = world.find("setup_intent", session["setup_intent"])
    setup_intents.end(world, intent, "abandoned")
    world.emit("checkout.session.expired", session)


def submit(world: World, session: Obj, *, number: str, expiry: str, cvc: str) -> str:
    """The card typed on the page; returns where the browser goes next, raises what the page must say."""
    card, month, year = read_card(world.now(), number=number, expiry=expiry, cvc=cvc)
    intent = world.find("setup_intent", session["setup_intent"])
    method = payment_methods.build(world, card, exp_month=month, exp_year=year)
    method["card"]["checks"]["cvc_check"] = "pass"
    page = f"{world.public_url}/c/pay/{session['id']}"
    setup_intents.confirm_with(world, intent, method, page)
    if intent["status"] == "requires_action":
        return str(intent["next_action"]["redirect_to_url"]["url"])
    return complete(world, session)


def complete(world: World, session: Obj) -> str:
    """Finish after the card is saved; returns the shop's success address."""
    customer = world.shelf("customer").get(session["customer"] or "")
    session |= {
        "status": "complete",
        "url": None,
        "customer_details": {
            "address": None,
            "email": session["customer_email"] or (customer and customer.get("email")),
            "name": customer and customer.get("name"),
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        },
    }
    world.emit("checkout.session.completed", public(session))
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def read_card(now: int, *, number: str, expiry: str, cvc: str) -> tuple[cards.Card, int, int]:
    """A known test card with its expiry month and year. Source: docs.stripe.com/testing."""
    digits = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"\d{12,19}", digits) or not _luhn(digits):
        raise _unreadable("Your card number is invalid.", "incorrect_number")
    until = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", expiry)
    month, year = (int(until[1]), int(until[2]) % 100 + 2000) if until else (0, 0)
    if not 1 <= month <= 12 or (year, month) < _month_of(now):
        raise _unreadable("Your card's expiration date is invalid.", "invalid_expiry_year")
    if not re.fullmatch(r"\d{3,4}", cvc.strip()):
        raise _unreadable("Your card's security code is invalid.", "invalid_cvc")
    card = cards.BY_NUMBER.get(digits)
    if card is None:
        raise payment_methods.refuse(cards.NOT_A_TEST_CARD)
    return card, month, year


def _unreadable(message: str, code: str) -> StripeError:
    return StripeError(message, status=402, kind="card_error", code=code)


def _month_of(now: int) -> tuple[int, int]:
    today = gmtime(now)
    return today.tm_year, today.tm_mon


def _luhn(digits: str) -> bool:
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(int(d) for d in digits[-1::-2]) + sum(d // 10 + d % 10 for d in doubled)) % 10 == 0
