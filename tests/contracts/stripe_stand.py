"""How the contract tests reach Stripe: the simulator as a process, or Stripe's own test mode by key."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import stripe

KEY = "sk_test_contract_0123456789"
SECRET = "whsec_contract"
Pay = Callable[..., stripe.PaymentIntent]
ONLY_CARDS: Any = {"enabled": True, "allow_redirects": "never"}


@dataclass
class Simulator:
    url: str
    process: subprocess.Popen[str]
    money_log: Path
    receiver: "Receiver"


@dataclass
class Receiver:
    """A webhook receiver: remembers every delivery and answers what `answers` says next, else 200."""

    url: str = ""
    deliveries: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def types_for(self, object_id: str) -> list[str]:
        events = [json.loads(body) for body, _ in self.deliveries]
        return [event["type"] for event in events if event["data"]["object"]["id"] == object_id]


def run_simulator(money_log: Path, receiver: Receiver) -> Simulator:
    command = [sys.executable, "-m", "simulators.stripe", "--port", "0", "--api-key", KEY]
    command += ["--money-log", str(money_log), "--retry-scale", "0.01"]
    command += ["--webhook-url", receiver.url, "--webhook-secret", SECRET]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return Simulator(json.loads(process.stdout.readline())["url"], process, money_log, receiver)


def client(base_url: str, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": base_url}, max_network_retries=0)


def refusal(error: "pytest.ExceptionInfo[Any]") -> Any:
    """The body of a refusal as Stripe sent it."""
    return error.value.json_body["error"]


def metadata(thing: Any) -> Any:
    return thing.metadata.to_dict()


def payment(client: stripe.StripeClient, card: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
    """Create and confirm a payment of 25.00 EUR by card; keywords replace or add parameters."""
    options = params.pop("options", None)
    whole: Any = {
        "amount": 2500,
        "currency": "eur",
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": ONLY_CARDS,
        **params,
    }
    return client.v1.payment_intents.create(whole, options)


def set_up(stripe_client: stripe.StripeClient, customer: stripe.Customer, card: str) -> Any:
    return stripe_client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": card,
            "confirm": True,
            "automatic_payment_methods": ONLY_CARDS,
        }
    )
