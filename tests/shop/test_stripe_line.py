"""The line to Stripe against a server that hangs up, sends elsewhere, or is a proxy."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Semaphore, Thread
from typing import Any

import pytest

from shop.adapters.stripe_payments import StripePayments
from shop.domain.errors import PaymentUnavailable

INTENT = b'{"id": "pi_1", "status": "requires_capture", "metadata": {}}'


class Server(ThreadingHTTPServer):
    """Knows one intent; of `/v1/payment_intents/moved` it says that it is elsewhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.hung_up = Semaphore(0)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.hung_up.release()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(self.path)
        if "/moved" in self.path:
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/v1/payment_intents/pi_1")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(INTENT)))
        self.end_headers()
        self.wfile.write(INTENT)
        self.close_connection = True  # without a word, as a server does that was started anew

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_connection_that_stripe_closed_is_made_anew(server: Server) -> None:
    payments = StripePayments("sk_test_1", server.url)
    for _ in range(3):
        assert payments.look_up("pi_1").status == "held"
        assert server.hung_up.acquire(timeout=10)


def test_the_key_is_not_carried_to_where_an_answer_points(server: Server) -> None:
    with pytest.raises(PaymentUnavailable):
        StripePayments("sk_test_1", server.url).look_up("moved")
    assert len(server.asked) == 1


def test_the_way_leads_through_the_proxy_that_the_environment_names(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    payments = StripePayments("sk_test_1", "http://stripe.test")
    assert payments.look_up("pi_1").status == "held"
    assert server.asked[0].startswith("http://stripe.test/v1/payment_intents/pi_1?")


def test_nobody_there_is_a_payment_provider_that_is_away(server: Server) -> None:
    payments = StripePayments("sk_test_1", server.url)
    server.server_close()
    server.shutdown()
    with pytest.raises(PaymentUnavailable):
        payments.look_up("pi_1")
