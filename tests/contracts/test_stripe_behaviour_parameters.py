"""Amounts and parameters Stripe refuses."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.contracts.stripe_stand import Pay, refusal


def test_less_than_fifty_cents_cannot_be_charged(pay: Pay) -> None:
    """docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
    with pytest.raises(InvalidRequestError) as error:
        pay(amount=49)
    assert (refusal(error)["code"], refusal(error)["param"]) == ("amount_too_small", "amount")


def test_fifty_cents_can_be_charged(pay: Pay) -> None:
    """docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
    assert pay(amount=50).status == "succeeded"


def test_a_million_euros_cannot_be_charged(pay: Pay) -> None:
    """docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
    with pytest.raises(InvalidRequestError) as error:
        pay(amount=100_000_000)
    assert refusal(error)["code"] == "amount_too_large"


def test_a_payment_of_nothing_is_refused(pay: Pay) -> None:
    """docs.stripe.com/error-codes#parameter-invalid-integer"""
    with pytest.raises(InvalidRequestError) as error:
        pay(amount=0)
    assert refusal(error)["code"] == "parameter_invalid_integer"


def test_an_amount_has_no_fraction(pay: Pay) -> None:
    """docs.stripe.com/error-codes#parameter-invalid-integer"""
    with pytest.raises(InvalidRequestError) as error:
        pay(amount="25.00")
    assert (refusal(error)["code"], refusal(error)["param"]) == ("parameter_invalid_integer", "amount")


def test_an_unknown_currency_is_refused(pay: Pay) -> None:
    """docs.stripe.com/currencies"""
    with pytest.raises(InvalidRequestError, match="Invalid currency") as error:
        pay(currency="xxq")
    assert refusal(error)["param"] == "currency"


def test_a_missing_parameter_is_named(stripe_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#parameter-missing"""
    unfinished: Any = {"amount": 2500}
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.payment_intents.create(unfinished)
    assert (refusal(error)["code"], refusal(error)["param"]) == ("parameter_missing", "currency")


def test_an_unknown_parameter_is_refused(pay: Pay) -> None:
    """docs.stripe.com/error-codes#parameter-unknown"""
    with pytest.raises(InvalidRequestError, match="Received unknown parameter: visit") as error:
        pay(visit="1")
    assert (refusal(error)["code"], refusal(error)["param"]) == ("parameter_unknown", "visit")


def test_an_unknown_nested_parameter_is_refused(pay: Pay) -> None:
    """docs.stripe.com/error-codes#parameter-unknown"""
    with pytest.raises(InvalidRequestError) as error:
        pay(automatic_payment_methods={"enabled": True, "redirects": "never"})
    assert refusal(error)["param"] == "automatic_payment_methods[redirects]"


def test_a_parameter_may_take_known_words_only(pay: Pay) -> None:
    """docs.stripe.com/api/payment_intents/create"""
    with pytest.raises(InvalidRequestError, match="must be one of automatic") as error:
        pay(capture_method="later")
    assert refusal(error)["param"] == "capture_method"


def test_an_unknown_payment_is_a_404(stripe_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#resource-missing"""
    with pytest.raises(InvalidRequestError, match="No such payment_intent") as error:
        stripe_client.v1.payment_intents.retrieve("pi_neverexisted")
    assert (error.value.http_status, refusal(error)["param"]) == (404, "intent")
