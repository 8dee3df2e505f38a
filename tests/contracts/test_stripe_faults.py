"""Webhooks of the simulator and the faults it can be told to commit."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
import stripe
from stripe import APIConnectionError, APIError, RateLimitError, StripeClient

from tests.contracts.stripe_stand import KEY, SECRET, Simulator, payment, refusal

Eventually = Callable[..., Any]


def plan(sim: Simulator, fault: str, *, seconds: float = 1.0, when: str = "before", **match: Any) -> None:
    rule = {"match": match, "fault": fault, "seconds": seconds, "when": when}
    httpx.post(f"{sim.url}/_sim/faults", json=[rule]).raise_for_status()


def create(client: StripeClient, key: str) -> Any:
    return payment(client, options={"idempotency_key": key})


def intents_for(sim: Simulator, key: str) -> int:
    lines = [json.loads(line) for line in sim.money_log.read_text().splitlines()]
    return sum(line["idempotency_key"] == key for line in lines)


# Webhooks


def test_webhooks_carry_a_signature_the_library_accepts(
    sim: Simulator, sim_client: StripeClient, eventually: Eventually
) -> None:
    """docs.stripe.com/webhooks/signature"""
    customer = sim_client.v1.customers.create({"name": "Ünal"})
    eventually(lambda: sim.receiver.types_for(customer.id))
    body, signed = next(one for one in sim.receiver.deliveries if customer.id.encode() in one[0])
    event = stripe.Webhook.construct_event(body, signed, SECRET)
    assert (event.type, event.data.object["name"]) == ("customer.created", "Ünal")
    assert event.api_version == stripe.api_version
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signed, SECRET)


def test_the_events_of_a_hold_arrive_in_order(
    sim: Simulator, sim_client: StripeClient, eventually: Eventually
) -> None:
    """docs.stripe.com/api/events/types"""
    intent = payment(sim_client, capture_method="manual")
    sim_client.v1.payment_intents.capture(intent.id)
    told = [f"payment_intent.{word}" for word in ("created", "amount_capturable_updated", "succeeded")]
    eventually(lambda: sim.receiver.types_for(intent.id) == told)
    charge = str(intent.latest_charge)
    eventually(lambda: sim.receiver.types_for(charge) == ["charge.succeeded", "charge.captured"])


def test_a_failed_delivery_is_tried_again(
    sim: Simulator, sim_client: StripeClient, eventually: Eventually
) -> None:
    """docs.stripe.com/webhooks#retries"""
    sim.receiver.answers[:] = [500, 503]
    customer = sim_client.v1.customers.create()
    eventually(lambda: sim.receiver.types_for(customer.id) == ["customer.created"] * 3)
    eventually(lambda: not sim_client.v1.events.list({"limit": 1}).data[0].pending_webhooks)


def test_an_endpoint_made_by_the_api_gets_its_events_only(
    sim: Simulator, sim_client: StripeClient, eventually: Eventually
) -> None:
    """docs.stripe.com/api/webhook_endpoints/create"""
    endpoint = sim_client.v1.webhook_endpoints.create(
        {"url": f"{sim.receiver.url}/second", "enabled_events": ["customer.deleted"]}
    )
    customer = sim_client.v1.customers.create()
    sim_client.v1.customers.delete(customer.id)
    deleted = ["customer.created", "customer.deleted", "customer.deleted"]
    eventually(lambda: sorted(sim.receiver.types_for(customer.id)) == deleted)
    sim_client.v1.webhook_endpoints.delete(endpoint.id)


def test_a_webhook_can_arrive_twice(sim: Simulator, sim_client: StripeClient, eventually: Eventually) -> None:
    plan(sim, "webhook_duplicate", event_regex="customer.created")
    customer = sim_client.v1.customers.create()
    eventually(lambda: sim.receiver.types_for(customer.id) == ["customer.created"] * 2)


def test_a_webhook_can_be_overtaken(sim: Simulator, sim_client: StripeClient, eventually: Eventually) -> None:
    plan(sim, "webhook_reorder", event_regex="customer.created", seconds=5)
    customer = sim_client.v1.customers.create()
    sim_client.v1.customers.update(customer.id, {"name": "Erika"})
    eventually(lambda: sim.receiver.types_for(customer.id) == ["customer.updated", "customer.created"])


def test_a_webhook_can_be_lost(sim: Simulator, sim_client: StripeClient, eventually: Eventually) -> None:
    plan(sim, "webhook_drop", event_regex="customer.created")
    customer = sim_client.v1.customers.create()
    sim_client.v1.customers.update(customer.id, {"name": "Erika"})
    eventually(lambda: sim.receiver.types_for(customer.id) == ["customer.updated"])


def test_a_webhook_can_be_late(sim: Simulator, sim_client: StripeClient, eventually: Eventually) -> None:
    plan(sim, "webhook_delay", event_regex="customer.created", seconds=0.3)
    began = time.monotonic()
    customer = sim_client.v1.customers.create()
    eventually(lambda: sim.receiver.types_for(customer.id))
    assert time.monotonic() - began >= 0.3


# Requests


def test_a_timeout_after_the_work_hides_a_hold_that_exists(sim: Simulator, sim_client: StripeClient) -> None:
    """docs.stripe.com/error-low-level: the answer is lost, the same key finds it again."""
    plan(sim, "timeout_after_work", method="POST", path_regex="payment_intents$", nth=1, seconds=0.05)
    key = uuid4().hex
    with pytest.raises(APIConnectionError):
        create(sim_client, key)
    assert intents_for(sim, key) == 1
    assert create(sim_client, key).last_response.headers["Idempotent-Replayed"] == "true"
    assert intents_for(sim, key) == 1


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_a_reset_connection_may_or_may_not_have_worked(
    sim: Simulator, sim_client: StripeClient, when: str, done: int
) -> None:
    plan(sim, "reset", method="POST", path_regex="payment_intents$", nth=1, when=when)
    key = uuid4().hex
    with pytest.raises(APIConnectionError):
        create(sim_client, key)
    assert intents_for(sim, key) == done
    create(sim_client, key)
    assert intents_for(sim, key) == 1


def test_a_500_before_the_work_can_be_repeated(sim: Simulator, sim_client: StripeClient) -> None:
    plan(sim, "http_500", path_regex="payment_intents$", nth=1)
    key = uuid4().hex
    with pytest.raises(APIError) as error:
        create(sim_client, key)
    assert (error.value.http_status, intents_for(sim, key)) == (500, 0)
    assert create(sim_client, key).status == "succeeded"


def test_a_500_after_the_work_is_replayed(sim: Simulator, sim_client: StripeClient) -> None:
    """docs.stripe.com/api/idempotent_requests: retries get the saved answer, including 500 errors."""
    plan(sim, "http_500", path_regex="payment_intents$", nth=1, when="after")
    key = uuid4().hex
    for _ in range(2):
        with pytest.raises(APIError) as error:
            create(sim_client, key)
        assert error.value.http_status == 500
    assert intents_for(sim, key) == 1


def test_a_conflict_and_a_rate_limit_leave_the_key_free(sim: Simulator, sim_client: StripeClient) -> None:
    """docs.stripe.com/error-low-level and docs.stripe.com/rate-limits"""
    plan(sim, "conflict_409", path_regex="payment_intents$", nth=1)
    plan(sim, "rate_limit_429", path_regex="payment_intents$", nth=2)
    key = uuid4().hex
    with pytest.raises(stripe.StripeError) as conflict:
        create(sim_client, key)
    assert (conflict.value.http_status, refusal(conflict)["code"]) == (409, "idempotency_key_in_use")
    with pytest.raises(RateLimitError):
        create(sim_client, key)
    assert create(sim_client, key).status == "succeeded"


def test_the_library_rides_out_a_conflict_by_itself(sim: Simulator) -> None:
    """docs.stripe.com/error-low-level"""
    plan(sim, "conflict_409", path_regex="payment_intents$", nth=1)
    patient = stripe.StripeClient(KEY, base_addresses={"api": sim.url}, max_network_retries=2)
    assert payment(patient).status == "succeeded"


def test_a_second_request_meanwhile_is_told_to_wait(sim: Simulator, sim_client: StripeClient) -> None:
    """docs.stripe.com/error-codes#idempotency-key-in-use"""
    plan(sim, "slow", path_regex="payment_intents$", nth=1, seconds=0.6)
    key, answers = uuid4().hex, []
    first = threading.Thread(target=lambda: answers.append(create(sim_client, key).status))
    first.start()
    while not httpx.get(f"{sim.url}/_sim/faults").json()["injected"]:
        time.sleep(0.01)
    with pytest.raises(stripe.StripeError) as error:
        create(sim_client, key)
    first.join()
    assert (error.value.http_status, refusal(error)["code"]) == (409, "idempotency_key_in_use")
    assert answers == ["succeeded"]
    assert intents_for(sim, key) == 1


def test_the_record_says_what_was_injected(sim: Simulator, sim_client: StripeClient) -> None:
    plan(sim, "http_500", method="GET", path_regex="/v1/customers$", nth=[2])
    sim_client.v1.customers.list()
    with pytest.raises(APIError):
        sim_client.v1.customers.list()
    sim_client.v1.customers.list()
    report = httpx.get(f"{sim.url}/_sim/faults").json()
    assert [(one["fault"], one["path"]) for one in report["injected"]] == [("http_500", "/v1/customers")]
    assert report["plan"][0]["seen"] == 3


def test_a_seeded_plan_strikes_the_same_requests_again(sim: Simulator, sim_client: StripeClient) -> None:
    def struck() -> list[bool]:
        httpx.delete(f"{sim.url}/_sim/faults")
        plan(sim, "http_500", path_regex="/v1/events$", probability=0.4, seed=7)
        return [_fails(sim_client) for _ in range(12)]

    first = struck()
    assert struck() == first
    assert 0 < sum(first) < 12


def _fails(client: StripeClient) -> bool:
    try:
        client.v1.events.list({"limit": 1})
    except APIError:
        return True
    return False


@pytest.mark.parametrize(
    "rules",
    [
        {"fault": "reset"},
        [{"fault": "explode"}],
        [{"fault": "reset", "match": {"path": "x"}}],
        [{"fault": "reset", "match": {"path_regex": "("}}],
        [{"fault": "reset", "when": "sometimes"}],
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(sim: Simulator, rules: Any) -> None:
    assert httpx.post(f"{sim.url}/_sim/faults", json=rules).status_code == 400
    assert httpx.get(f"{sim.url}/_sim/faults").json()["plan"] == []
