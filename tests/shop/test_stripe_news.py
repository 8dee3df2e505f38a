"""Signed news from Stripe: believed when genuine, refused otherwise."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from stripe import WebhookSignature

from shop.adapters.stripe_webhooks import webhook_verifier
from shop.domain.errors import Refusal
from tests.shop.rigs import SimulatedStripe

SECRET = "whsec_simulated"


def _event(**changes: object) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1,
        "livemode": False,
        "api_version": "x",
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "receipt_email": "anna@example.org"}},
    }
    return json.dumps(event | changes).encode()


def _signed(payload: bytes, *, secret: str = SECRET, age_s: int = 0) -> str:
    at = int(time.time()) - age_s
    return str(WebhookSignature.generate_signature_header(payload.decode(), secret, at))


def test_signed_news_is_read_without_what_names_the_shopper() -> None:
    news = webhook_verifier(SECRET)(_event(), _signed(_event()))
    assert (news.id, news.kind, news.subject) == ("evt_1", "payment_intent.succeeded", "pi_1")
    assert "anna" not in json.dumps(news.raw)


FORGED: dict[str, Callable[[], tuple[bytes, str]]] = {
    "by another": lambda: (_event(), _signed(_event(), secret="whsec_other")),
    "stale": lambda: (_event(), _signed(_event(), age_s=400)),
    "changed": lambda: (_event(id="evt_2"), _signed(_event())),
    "garbled": lambda: (_event(), "t=x,v1="),
    "unsigned": lambda: (_event(), ""),
    "not text": lambda: (b"\xff", "t=1,v1=2"),
    "a list": lambda: (b"[]", _signed(b"[]")),
    "half an event": lambda: (b'{"id": "evt_1"}', _signed(b'{"id": "evt_1"}')),
    "about a list": lambda: (_event(data={"object": []}), _signed(_event(data={"object": []}))),
}


@pytest.mark.parametrize("how", FORGED)
def test_forged_stale_or_strange_news_is_refused(how: str) -> None:
    payload, signature = FORGED[how]()
    with pytest.raises(Refusal, match="bad_signature"):
        webhook_verifier(SECRET)(payload, signature)


def test_without_a_secret_nothing_can_be_verified() -> None:
    with pytest.raises(ValueError, match="empty"):
        webhook_verifier(" ")


@contextmanager
def _inbox() -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    """A web server that keeps what is posted to it."""
    received: list[tuple[bytes, str]] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((payload, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Keep) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", received
        server.shutdown()
        thread.join()


def test_news_as_it_is_really_delivered_is_believed() -> None:
    with (
        _inbox() as (address, received),
        SimulatedStripe.started("--webhook-url", address, "--webhook-secret", SECRET) as stripe,
    ):
        wanted = ("customer.created", stripe.customer_with("pm_card_visa")[0])
        verify = webhook_verifier(SECRET)
        deadline = time.monotonic() + 10
        news: set[tuple[str, str]] = set()
        while wanted not in news:
            assert time.monotonic() < deadline
            time.sleep(0.02)
            news = {(n.kind, n.subject) for n in (verify(*one) for one in list(received))}
