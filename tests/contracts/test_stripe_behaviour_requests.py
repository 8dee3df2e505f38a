"""What holds for every request: pages, expansion, keys, request ids, idempotency."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from stripe import (
    AuthenticationError,
    CardError,
    Customer,
    IdempotencyError,
    InvalidRequestError,
    StripeClient,
    StripeError,
)

from tests.contracts.stripe_stand import Pay, refusal


def test_an_expanded_field_holds_the_object(customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/api/expanding_objects"""
    intent: Any = pay(customer=customer.id, expand=["customer", "payment_method"])
    assert (intent.customer.id, intent.payment_method.card.last4) == (customer.id, "4242")


def test_only_links_can_be_expanded(pay: Pay) -> None:
    """docs.stripe.com/api/expanding_objects"""
    with pytest.raises(InvalidRequestError, match="cannot be expanded"):
        pay(expand=["amount"])


def test_lists_come_in_pages(stripe_client: StripeClient, customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/api/pagination"""
    made = {pay(customer=customer.id, confirm=False).id for _ in range(3)}
    first = stripe_client.v1.payment_intents.list({"customer": customer.id, "limit": 2})
    assert (len(first.data), first.has_more) == (2, True)
    rest = stripe_client.v1.payment_intents.list(
        {"customer": customer.id, "limit": 2, "starting_after": first.data[-1].id}
    )
    assert (len(rest.data), rest.has_more) == (1, False)
    assert {one.id for one in [*first.data, *rest.data]} == made


def test_the_library_walks_all_pages(stripe_client: StripeClient, customer: Customer, pay: Pay) -> None:
    """docs.stripe.com/api/pagination/auto"""
    made = {pay(customer=customer.id, confirm=False).id for _ in range(3)}
    listed = stripe_client.v1.payment_intents.list({"customer": customer.id, "limit": 1})
    assert {one.id for one in listed.auto_paging_iter()} == made


def test_a_page_has_at_most_a_hundred_rows(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/pagination"""
    with pytest.raises(InvalidRequestError) as error:
        stripe_client.v1.customers.list({"limit": 101})
    assert refusal(error)["param"] == "limit"


def test_a_wrong_key_is_refused(client_with_key: Callable[[str], StripeClient]) -> None:
    """docs.stripe.com/api/authentication"""
    with pytest.raises(AuthenticationError, match="Invalid API Key") as error:
        client_with_key("sk_test_wrong_0123456789").v1.customers.list()
    assert error.value.http_status == 401


def test_a_request_without_key_is_refused(base_url: str) -> None:
    """docs.stripe.com/api/authentication"""
    answer = httpx.get(f"{base_url}/v1/customers")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


def test_an_unknown_address_is_refused(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/errors"""
    with pytest.raises(InvalidRequestError, match="Unrecognized request URL") as error:
        stripe_client.raw_request("get", "/v1/doors")
    assert error.value.http_status == 404


def test_every_answer_carries_a_request_id(stripe_client: StripeClient, customer: Customer) -> None:
    """docs.stripe.com/api/request_ids"""
    good: Any = stripe_client.v1.customers.retrieve(customer.id).last_response
    assert good.request_id.startswith("req_")
    with pytest.raises(StripeError) as error:
        stripe_client.v1.customers.retrieve("cus_neverexisted")
    assert str(error.value.request_id).startswith("req_")


def test_the_same_key_gives_the_same_answer(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    options: Any = {"idempotency_key": uuid4().hex}
    first = stripe_client.v1.payment_intents.create({"amount": 2500, "currency": "eur"}, options)
    again = stripe_client.v1.payment_intents.create({"amount": 2500, "currency": "eur"}, options)
    replay: Any = again.last_response
    assert again.id == first.id
    assert replay.headers["Idempotent-Replayed"] == "true"


def test_a_replayed_capture_takes_the_money_once(stripe_client: StripeClient, hold: Pay) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    intent, options = hold(), {"idempotency_key": uuid4().hex}
    captures: Any = [
        stripe_client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1234}, options)  # type: ignore[arg-type]
        for _ in range(2)
    ]
    assert [one.amount_received for one in captures] == [1234, 1234]


def test_a_key_belongs_to_its_parameters(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    options: Any = {"idempotency_key": uuid4().hex}
    stripe_client.v1.payment_intents.create({"amount": 2500, "currency": "eur"}, options)
    with pytest.raises(IdempotencyError, match="same parameters") as error:
        stripe_client.v1.payment_intents.create({"amount": 2600, "currency": "eur"}, options)
    assert (error.value.http_status, refusal(error)["type"]) == (400, "idempotency_error")


def test_a_key_belongs_to_its_endpoint(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    options: Any = {"idempotency_key": uuid4().hex}
    stripe_client.v1.customers.create({"description": "first"}, options)
    with pytest.raises(IdempotencyError):
        stripe_client.v1.setup_intents.create({"description": "first"}, options)


def test_a_decline_is_replayed_too(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    options: Any = {"idempotency_key": uuid4().hex}
    params: Any = {
        "amount": 2500,
        "currency": "eur",
        "payment_method": "pm_card_visa_chargeDeclined",
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    intents = []
    for _ in range(2):
        with pytest.raises(CardError) as error:
            stripe_client.v1.payment_intents.create(params, options)
        intents.append(refusal(error)["payment_intent"]["id"])
    assert intents[0] == intents[1]


def test_refused_parameters_do_not_use_up_a_key(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    options: Any = {"idempotency_key": uuid4().hex}
    wrong: Any = {"amount": 2500, "currency": "eur", "visit": "1"}
    with pytest.raises(InvalidRequestError):
        stripe_client.v1.payment_intents.create(wrong, options)
    assert (
        stripe_client.v1.payment_intents.create({"amount": 2500, "currency": "eur"}, options).amount == 2500
    )


def test_a_key_has_at_most_255_characters(stripe_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests"""
    with pytest.raises(StripeError) as error:
        stripe_client.v1.customers.create({}, {"idempotency_key": "k" * 256})
    assert error.value.http_status == 400
