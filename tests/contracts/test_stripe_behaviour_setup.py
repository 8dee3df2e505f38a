"""Saving a card without a payment: setup intents and Checkout in setup mode."""

import time
from typing import Any

import pytest
from stripe import CardError, Customer, InvalidRequestError, StripeClient

from tests.contracts.stripe_stand import refusal, set_up


def test_a_setup_intent_first_wants_a_card(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    intent = stripe_client.v1.setup_intents.create({"customer": customer.id})
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)


def test_confirming_a_setup_intent_saves_the_card(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/payments/save-and-reuse"""
    intent = set_up(stripe_client, customer, "pm_card_visa")
    assert intent.status == "succeeded"
    saved = stripe_client.v1.customers.payment_methods.list(customer.id).data
    assert [one.id for one in saved] == [intent.payment_method]


def test_a_declined_card_fails_the_setup(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/testing#declined-payments"""
    with pytest.raises(CardError) as error:
        set_up(stripe_client, customer, "pm_card_visa_chargeDeclined")
    intent = refusal(error)["setup_intent"]
    assert (intent["status"], intent["last_setup_error"]["code"]) == (
        "requires_payment_method",
        "card_declined",
    )


def test_a_card_that_needs_3d_secure_stops_the_setup_at_the_bank(
    stripe_client: StripeClient, customer: Customer
) -> None:
    """docs.stripe.com/testing#regulatory-cards"""
    intent = stripe_client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_authenticationRequired",
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.return_url == "https://shop.example/back"


def test_a_setup_intent_without_card_cannot_be_confirmed(
    stripe_client: StripeClient, customer: Customer
) -> None:
    """docs.stripe.com/error-codes#setup-intent-unexpected-state"""
    intent = stripe_client.v1.setup_intents.create({"customer": customer.id})
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.setup_intents.confirm(intent.id, {"return_url": "https://shop.example/back"})
    assert refusal(error)["code"] == "setup_intent_unexpected_state"


def test_a_setup_intent_can_be_canceled_once(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/setup_intents/cancel"""
    intent = stripe_client.v1.setup_intents.create({"customer": customer.id})
    canceled = stripe_client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(InvalidRequestError):
        stripe_client.v1.setup_intents.cancel(intent.id)


def test_a_succeeded_setup_intent_cannot_be_canceled(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/setup_intents/cancel"""
    intent = set_up(stripe_client, customer, "pm_card_visa")
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.setup_intents.cancel(intent.id)
    assert refusal(error)["code"] == "setup_intent_unexpected_state"


def checkout(stripe_client: StripeClient, **params: Any) -> Any:
    whole: Any = {
        "mode": "setup",
        "currency": "eur",
        "success_url": "https://shop.example/saved?session={CHECKOUT_SESSION_ID}",
        **params,
    }
    return stripe_client.v1.checkout.sessions.create(whole)


def test_a_setup_session_has_a_page_to_send_the_shopper_to(
    stripe_client: StripeClient, customer: Customer
) -> None:
    """docs.stripe.com/payments/checkout/save-and-reuse"""
    session = checkout(stripe_client, customer=customer.id, client_reference_id="visit-1")
    assert (session.status, session.mode, session.client_reference_id) == ("open", "setup", "visit-1")
    assert session.id.startswith("cs_test_")
    assert session.url.startswith("http")
    assert session.payment_status == "no_payment_required"


def test_a_setup_session_needs_a_currency(stripe_client: StripeClient) -> None:
    """docs.stripe.com/payments/checkout/save-and-reuse"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.checkout.sessions.create({"mode": "setup", "success_url": "https://shop.example/"})
    assert refusal(error)["param"] == "currency"


def test_a_session_for_an_unknown_customer_is_refused(stripe_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#resource-missing"""
    with pytest.raises(InvalidRequestError) as error:
        checkout(stripe_client, customer="cus_neverexisted")
    assert (error.value.http_status, refusal(error)["code"]) == (400, "resource_missing")


def test_an_expired_session_has_no_page_any_more(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/checkout/sessions/expire"""
    expired = stripe_client.v1.checkout.sessions.expire(checkout(stripe_client).id)
    assert (expired.status, expired.url) == ("expired", None)


def test_a_session_expires_only_once(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/checkout/sessions/expire"""
    session = checkout(stripe_client)
    stripe_client.v1.checkout.sessions.expire(session.id)
    with pytest.raises(InvalidRequestError):
        stripe_client.v1.checkout.sessions.expire(session.id)


def test_a_session_lasts_at_least_half_an_hour(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/checkout/sessions/create"""
    with pytest.raises(InvalidRequestError, match="30 minutes"):
        checkout(stripe_client, expires_at=int(time.time()) + 60)


def test_a_sessions_setup_intent_ends_only_with_the_session(
    stripe_client: StripeClient, customer: Customer
) -> None:
    """docs.stripe.com/api/checkout/sessions/object"""
    session = checkout(stripe_client, customer=customer.id)
    with pytest.raises(InvalidRequestError):
        stripe_client.v1.setup_intents.cancel(session.setup_intent)
