"""Declined cards and cards that want 3-D Secure."""

import pytest
from stripe import CardError, Customer, StripeClient

from tests.contracts.stripe_stand import Pay, refusal


def test_a_decline_says_what_happened_and_to_which_payment(pay: Pay) -> None:
    """docs.stripe.com/api/errors"""
    with pytest.raises(CardError) as error:
        pay("pm_card_visa_chargeDeclined")
    body = refusal(error)
    assert (error.value.http_status, body["type"], body["code"]) == (402, "card_error", "card_declined")
    assert body["decline_code"] == "generic_decline"
    assert body["message"]
    assert body["doc_url"].endswith("card-declined")
    assert "logs/req_" in body["request_log_url"]
    assert body["payment_intent"]["id"].startswith("pi_")


def test_missing_funds_have_their_own_decline_code(pay: Pay) -> None:
    """docs.stripe.com/declines/codes"""
    with pytest.raises(CardError) as error:
        pay("pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (refusal(error)["code"], refusal(error)["decline_code"]) == ("card_declined", "insufficient_funds")


def test_a_lost_card_has_its_own_decline_code(pay: Pay) -> None:
    """docs.stripe.com/declines/codes"""
    with pytest.raises(CardError) as error:
        pay("pm_card_visa_chargeDeclinedLostCard")
    assert refusal(error)["decline_code"] == "lost_card"


def test_an_expired_card_has_its_own_code(pay: Pay) -> None:
    """docs.stripe.com/error-codes#expired-card"""
    with pytest.raises(CardError) as error:
        pay("pm_card_chargeDeclinedExpiredCard")
    assert refusal(error)["code"] == "expired_card"


def test_a_wrong_cvc_has_its_own_code(pay: Pay) -> None:
    """docs.stripe.com/error-codes#incorrect-cvc"""
    with pytest.raises(CardError) as error:
        pay("pm_card_chargeDeclinedIncorrectCvc")
    assert refusal(error)["code"] == "incorrect_cvc"


def test_a_processing_error_has_its_own_code(pay: Pay) -> None:
    """docs.stripe.com/error-codes#processing-error"""
    with pytest.raises(CardError) as error:
        pay("pm_card_chargeDeclinedProcessingError")
    assert refusal(error)["code"] == "processing_error"


def test_a_declined_intent_wants_another_card(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    with pytest.raises(CardError) as error:
        hold("pm_card_visa_chargeDeclined")
    intent = stripe_client.v1.payment_intents.retrieve(refusal(error)["payment_intent"]["id"])
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "card_declined"


def test_another_card_rescues_a_declined_intent(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    with pytest.raises(CardError) as error:
        hold("pm_card_visa_chargeDeclined")
    intent_id = refusal(error)["payment_intent"]["id"]
    again = stripe_client.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    assert again.status == "requires_capture"


def test_a_decline_leaves_a_failed_charge(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/charges/object"""
    with pytest.raises(CardError) as error:
        pay("pm_card_visa_chargeDeclined")
    charge = stripe_client.v1.charges.retrieve(refusal(error)["charge"])
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")


def test_a_saved_card_may_decline_later(stripe_client: StripeClient, customer: Customer, hold: Pay) -> None:
    """docs.stripe.com/testing#declined-payments"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(CardError) as error:
        hold(saved.id, customer=customer.id, off_session=True)
    assert refusal(error)["code"] == "card_declined"


def test_a_card_that_always_authenticates_fails_while_the_customer_is_away(
    stripe_client: StripeClient, customer: Customer, hold: Pay
) -> None:
    """docs.stripe.com/payments/save-and-reuse"""
    saved = stripe_client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer.id}
    )
    with pytest.raises(CardError) as error:
        hold(saved.id, customer=customer.id, off_session=True)
    body = refusal(error)
    assert (error.value.http_status, body["code"]) == (402, "authentication_required")
    assert body["payment_intent"]["status"] == "requires_payment_method"
    assert body["payment_method"]["id"] == saved.id


def test_a_card_never_set_up_must_authenticate_while_the_customer_is_away(
    stripe_client: StripeClient, customer: Customer, hold: Pay
) -> None:
    """docs.stripe.com/testing#regulatory-cards"""
    saved = stripe_client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredOnSetup", {"customer": customer.id}
    )
    with pytest.raises(CardError) as error:
        hold(saved.id, customer=customer.id, off_session=True)
    assert refusal(error)["code"] == "authentication_required"


def test_a_card_set_up_elsewhere_pays_while_the_customer_is_away(
    stripe_client: StripeClient, customer: Customer, hold: Pay
) -> None:
    """docs.stripe.com/testing#regulatory-cards"""
    saved = stripe_client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredSetupForOffSession", {"customer": customer.id}
    )
    assert hold(saved.id, customer=customer.id, off_session=True).status == "requires_capture"


def test_the_present_customer_is_sent_to_the_bank(stripe_client: StripeClient) -> None:
    """docs.stripe.com/payments/3d-secure/authentication-flow"""
    intent = stripe_client.v1.payment_intents.create(
        {
            "amount": 2500,
            "currency": "eur",
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.url is not None


def test_a_payment_waiting_for_the_bank_can_be_canceled(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    intent = hold("pm_card_authenticationRequired")
    assert intent.status == "requires_action"
    assert stripe_client.v1.payment_intents.cancel(intent.id).next_action is None


def test_a_merchant_can_decline_to_wait_for_the_bank(pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/create"""
    with pytest.raises(CardError) as error:
        pay("pm_card_authenticationRequired", error_on_requires_action=True)
    assert refusal(error)["code"] == "authentication_required"
