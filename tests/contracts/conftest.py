"""One simulated Stripe per test process, or Stripe's own test mode when STRIPE_TEST_KEY is set."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import stripe

from tests.contracts.stripe_stand import KEY, Receiver, Simulator, client, payment, run_simulator

REAL_KEY = os.environ.get("STRIPE_TEST_KEY", "")


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.deliveries.append((body, self.headers["Stripe-Signature"]))
            self.send_response(got.answers.pop(0) if got.answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def simulator(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = run_simulator(tmp_path_factory.mktemp("stripe") / "money.jsonl", receiver)
    yield running
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0
    assert running.process.stdout is not None
    running.process.stdout.close()


@pytest.fixture
def sim(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator itself, with no faults planned and no webhook of another test under way."""
    httpx.delete(f"{simulator.url}/_sim/faults")
    while httpx.get(f"{simulator.url}/_sim/state").json()["webhooks"]["waiting"]:
        time.sleep(0.02)
    yield simulator
    httpx.delete(f"{simulator.url}/_sim/faults")
    simulator.receiver.answers.clear()


@pytest.fixture
def sim_client(simulator: Simulator) -> stripe.StripeClient:
    """The simulator's client even when the shared checks run against Stripe."""
    return client(simulator.url, KEY)


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    if REAL_KEY:
        return "https://api.stripe.com"
    simulator: Simulator = request.getfixturevalue("simulator")
    return simulator.url


@pytest.fixture(scope="session")
def stripe_client(base_url: str) -> stripe.StripeClient:
    """Automatic retries are off, so that a test sees each answer once."""
    return client(base_url, REAL_KEY or KEY)


@pytest.fixture(scope="session")
def client_with_key(base_url: str) -> Callable[[str], stripe.StripeClient]:
    return lambda key: client(base_url, key)


@pytest.fixture
def customer(stripe_client: stripe.StripeClient) -> stripe.Customer:
    return stripe_client.v1.customers.create(
        {"email": "erika@example.de", "metadata": {"shop": "witzenhausen"}}
    )


@pytest.fixture
def pay(stripe_client: stripe.StripeClient) -> Callable[..., stripe.PaymentIntent]:
    """Create and confirm a payment of 25.00 EUR by card; keywords replace or add parameters."""

    return lambda *args, **params: payment(stripe_client, *args, **params)


@pytest.fixture
def hold(pay: Callable[..., stripe.PaymentIntent]) -> Callable[..., stripe.PaymentIntent]:
    """The same, held for a later capture."""
    return lambda *args, **params: pay(*args, capture_method="manual", **params)


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Repeat a question until its answer is truthy; Stripe's lists and webhooks lag a little."""

    def wait(question: Callable[[], Any], within_s: float = 10.0) -> Any:
        deadline = time.monotonic() + within_s
        while not (answer := question()):
            assert time.monotonic() < deadline, "the awaited answer never came"
            time.sleep(0.02)
        return answer

    return wait
