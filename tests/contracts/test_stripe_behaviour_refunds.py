"""Refunds, the balance, and the events that tell of money."""

from collections.abc import Callable
from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.contracts.stripe_stand import Pay, refusal


def test_a_refund_gives_everything_back(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/refunds/create"""
    refund = stripe_client.v1.refunds.create({"payment_intent": pay().id, "reason": "requested_by_customer"})
    assert (refund.amount, refund.status, refund.reason) == (2500, "succeeded", "requested_by_customer")


def test_refunds_add_up_to_what_was_captured(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/refunds"""
    intent = stripe_client.v1.payment_intents.capture(hold().id, {"amount_to_capture": 1000})
    stripe_client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    assert stripe_client.v1.refunds.create({"payment_intent": intent.id}).amount == 600


def test_more_than_captured_cannot_be_refunded(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/refunds"""
    with pytest.raises(InvalidRequestError, match="greater than") as error:
        stripe_client.v1.refunds.create({"payment_intent": pay().id, "amount": 2501})
    assert error.value.http_status == 400


def test_a_refunded_charge_is_not_refunded_again(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/error-codes#charge-already-refunded"""
    intent = pay()
    stripe_client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.refunds.create({"payment_intent": intent.id})
    assert refusal(error)["code"] == "charge_already_refunded"


def test_a_hold_is_canceled_not_refunded(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/payments/place-a-hold-on-a-payment-method"""
    with pytest.raises(InvalidRequestError, match="cancel the PaymentIntent"):
        stripe_client.v1.refunds.create({"payment_intent": hold().id})


def test_an_unpaid_intent_has_nothing_to_refund(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/refunds"""
    with pytest.raises(InvalidRequestError, match="does not have a successful charge"):
        stripe_client.v1.refunds.create({"payment_intent": pay(confirm=False).id})


def test_the_charge_counts_its_refunds(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/charges/object"""
    intent = pay()
    stripe_client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    charge = stripe_client.v1.charges.list({"payment_intent": intent.id}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (400, False)


def test_refunds_are_listed_by_payment(stripe_client: StripeClient, pay: Pay) -> None:
    """docs.stripe.com/api/refunds/list"""
    intent = pay()
    refund = stripe_client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    listed = stripe_client.v1.refunds.list({"payment_intent": intent.id})
    assert [one.id for one in listed.data] == [refund.id]
    assert stripe_client.v1.refunds.retrieve(refund.id).amount == 400


def test_captured_money_reaches_the_balance_less_the_fee(pay: Pay) -> None:
    """docs.stripe.com/api/balance_transactions/object"""
    charge: Any = pay(capture_method="automatic", expand=["latest_charge.balance_transaction"]).latest_charge
    booked = charge.balance_transaction
    assert (booked.type, booked.amount) == ("charge", 2500)
    assert booked.net == booked.amount - booked.fee
    assert booked.fee > 0


def test_the_charge_names_the_card(pay: Pay) -> None:
    """docs.stripe.com/api/charges/object"""
    charge: Any = pay(expand=["latest_charge"]).latest_charge
    assert charge.payment_method_details.card.last4 == "4242"
    assert charge.outcome.type == "authorized"


def test_a_hold_and_its_capture_are_told_by_events(
    stripe_client: StripeClient, hold: Pay, eventually: Callable[..., Any]
) -> None:
    """docs.stripe.com/api/events/types"""
    intent = stripe_client.v1.payment_intents.capture(hold().id)

    def told() -> bool:
        recent = stripe_client.v1.events.list({"type": "payment_intent.*", "limit": 100}).data
        types = {event.type for event in recent if event.data.object["id"] == intent.id}
        return types == {
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
            "payment_intent.succeeded",
        }

    assert eventually(told)


def test_an_event_keeps_the_object_as_it_was_then(
    stripe_client: StripeClient, hold: Pay, eventually: Callable[..., Any]
) -> None:
    """docs.stripe.com/api/events/object"""
    intent = stripe_client.v1.payment_intents.capture(hold().id)

    def created() -> Any:
        recent = stripe_client.v1.events.list({"type": "payment_intent.amount_capturable_updated"}).data
        return [event for event in recent if event.data.object["id"] == intent.id]

    event = stripe_client.v1.events.retrieve(eventually(created)[0].id)
    assert event.data.object["status"] == "requires_capture"
    assert event.api_version


def test_a_webhook_endpoint_shows_its_secret_once(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/webhook_endpoints/create"""
    made = stripe_client.v1.webhook_endpoints.create(
        {"url": "https://shop.example/hooks", "enabled_events": ["charge.dispute.created"]}
    )
    assert str(made.secret).startswith("whsec_")
    assert getattr(stripe_client.v1.webhook_endpoints.retrieve(made.id), "secret", None) is None
    assert stripe_client.v1.webhook_endpoints.delete(made.id).deleted is True
