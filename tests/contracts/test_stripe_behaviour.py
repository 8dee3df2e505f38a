"""Payments and holds as Stripe documents them.

This and the other test_stripe_behaviour_*.py run against Stripe's own test mode with
`STRIPE_TEST_KEY=sk_test_... pytest tests/contracts -k behaviour`. Each docstring names the page of
Stripe's documentation its check stands on.
"""

import time
from typing import Any

import pytest
from stripe import Customer, InvalidRequestError, StripeClient

from tests.contracts.stripe_stand import Pay, metadata, refusal, set_up

DAY_S = 24 * 3600


def test_an_intent_without_card_wants_one(stripe_client: StripeClient) -> None:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    intent = stripe_client.v1.payment_intents.create({"amount": 2500, "currency": "eur"})
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)


def test_an_intent_with_card_wants_confirmation(pay: Pay) -> None:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    assert pay(confirm=False).status == "requires_confirmation"


def test_a_good_card_pays_at_once(pay: Pay) -> None:
    """docs.stripe.com/testing#cards"""
    intent = pay()
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 2500, 0)


def test_manual_capture_holds_the_money(hold: Pay) -> None:
    """docs.stripe.com/payments/place-a-hold-on-a-payment-method"""
    intent = hold()
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 2500, 0)


def test_a_hold_says_until_when_it_can_be_captured(hold: Pay) -> None:
    """docs.stripe.com/payments/place-a-hold-on-a-payment-method"""
    charge: Any = hold(expand=["latest_charge"]).latest_charge
    left = charge.payment_method_details.card.capture_before - time.time()
    assert 4 * DAY_S < left <= 7 * DAY_S + 60
    assert (charge.captured, charge.amount_captured, charge.balance_transaction) == (False, 0, None)


def test_a_saved_card_can_be_held_while_the_customer_is_away(
    stripe_client: StripeClient, customer: Customer, hold: Pay
) -> None:
    """docs.stripe.com/payments/save-and-reuse"""
    saved = set_up(stripe_client, customer, "pm_card_visa").payment_method
    assert hold(saved, customer=customer.id, off_session=True).status == "requires_capture"


def test_capturing_takes_the_whole_hold(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/capture"""
    intent = stripe_client.v1.payment_intents.capture(hold().id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2500)


def test_a_smaller_capture_ends_the_hold(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/payments/place-a-hold-on-a-payment-method"""
    intent = stripe_client.v1.payment_intents.capture(hold().id, {"amount_to_capture": 1234})
    assert (intent.status, intent.amount, intent.amount_received, intent.amount_capturable) == (
        "succeeded",
        2500,
        1234,
        0,
    )


def test_the_charge_tells_what_was_captured(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/charges/object"""
    captured = stripe_client.v1.payment_intents.capture(
        hold().id, {"amount_to_capture": 1234, "expand": ["latest_charge"]}
    )
    charge: Any = captured.latest_charge
    assert (charge.amount, charge.amount_captured, charge.captured) == (2500, 1234, True)


def test_capture_can_add_metadata(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/capture"""
    intent = hold(metadata={"visit": "1"})
    captured = stripe_client.v1.payment_intents.capture(intent.id, {"metadata": {"receipt": "2"}})
    assert metadata(captured) == {"visit": "1", "receipt": "2"}


def test_nothing_above_the_hold_can_be_captured(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/capture"""
    intent = hold()
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2501})
    assert refusal(error)["code"] == "amount_too_large"
    assert stripe_client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_nothing_cannot_be_captured(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/error-codes#parameter-invalid-integer"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.capture(hold().id, {"amount_to_capture": 0})
    assert refusal(error)["code"] == "parameter_invalid_integer"


def test_a_hold_is_captured_only_once(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/error-codes#payment-intent-unexpected-state"""
    intent = hold()
    stripe_client.v1.payment_intents.capture(intent.id)
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.capture(intent.id)
    assert refusal(error)["code"] == "payment_intent_unexpected_state"


def test_an_unconfirmed_intent_cannot_be_captured(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/error-codes#payment-intent-unexpected-state"""
    with pytest.raises(InvalidRequestError, match="requires_confirmation") as error:
        stripe_client.v1.payment_intents.capture(pay(confirm=False, capture_method="manual").id)
    assert refusal(error)["payment_intent"]["status"] == "requires_confirmation"


def test_canceling_lets_the_hold_go(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    canceled = stripe_client.v1.payment_intents.cancel(hold().id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.amount_capturable == 0
    assert canceled.canceled_at is not None


def test_a_canceled_hold_cannot_be_captured(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    intent = stripe_client.v1.payment_intents.cancel(hold().id)
    with pytest.raises(InvalidRequestError, match="status of canceled"):
        stripe_client.v1.payment_intents.capture(intent.id)


def test_a_captured_payment_cannot_be_canceled(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.cancel(pay().id)
    assert refusal(error)["code"] == "payment_intent_unexpected_state"


def test_a_hold_is_canceled_only_once(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    intent = stripe_client.v1.payment_intents.cancel(hold().id)
    with pytest.raises(InvalidRequestError, match="cannot cancel"):
        stripe_client.v1.payment_intents.cancel(intent.id)


def test_only_known_reasons_cancel(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/cancel"""
    with pytest.raises(InvalidRequestError, match="must be one of") as error:
        stripe_client.v1.payment_intents.cancel(hold().id, {"cancellation_reason": "bored"})
    assert refusal(error)["param"] == "cancellation_reason"


def test_the_amount_of_a_hold_is_fixed(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/payment_intents/update"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.update(hold().id, {"amount": 3000})
    assert refusal(error)["code"] == "payment_intent_unexpected_state"


def test_the_amount_can_change_before_confirmation(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/update"""
    assert stripe_client.v1.payment_intents.update(pay(confirm=False).id, {"amount": 3000}).amount == 3000


def test_description_and_metadata_change_at_any_time(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/update"""
    changed = stripe_client.v1.payment_intents.update(
        pay().id, {"description": "Dorfladen", "metadata": {"visit": "9"}}
    )
    assert (changed.description, metadata(changed)) == ("Dorfladen", {"visit": "9"})


def test_a_paid_intent_cannot_be_confirmed_again(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/error-codes#payment-intent-unexpected-state"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.confirm(pay().id, {"payment_method": "pm_card_visa"})
    assert refusal(error)["code"] == "payment_intent_unexpected_state"


def test_setup_future_usage_keeps_the_card(stripe_client: StripeClient, customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/payments/save-during-payment"""
    intent = pay(customer=customer.id, setup_future_usage="off_session")
    saved = stripe_client.v1.customers.payment_methods.list(customer.id).data
    assert [one.id for one in saved] == [intent.payment_method]


def test_a_strangers_card_is_refused(stripe_client: StripeClient, customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/create"""
    stranger = stripe_client.v1.customers.create()
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": stranger.id})
    with pytest.raises(InvalidRequestError, match="does not belong to the Customer"):
        pay(saved.id, customer=customer.id)


def test_a_saved_card_needs_its_customer_named(
    stripe_client: StripeClient, customer: Customer, pay: Pay
) -> None:
    """docs.stripe.com/api/payment_intents/create"""
    saved = stripe_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(InvalidRequestError, match="include the Customer"):
        pay(saved.id)


def test_payments_are_listed_by_customer_newest_first(
    stripe_client: StripeClient, customer: Customer, pay: Pay
) -> None:
    """docs.stripe.com/api/payment_intents/list"""
    made = [pay(customer=customer.id, confirm=False).id for _ in range(2)]
    listed = stripe_client.v1.payment_intents.list({"customer": customer.id})
    assert sorted(one.id for one in listed.data) == sorted(made)
    assert listed.data[0].created >= listed.data[1].created
