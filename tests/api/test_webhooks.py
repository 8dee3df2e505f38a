"""News of the payment provider: believed only when signed, kept once, worked on later."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shop.api import webhooks
from shop.api.limits import MAX_WEBHOOK
from shop.api.webhooks import JOB_FOR
from shop.app import create_app
from shop.domain.inbox import Inbox
from shop.domain.jobs import Job
from shop.domain.payments import Payment
from shop.domain.visit_states import State
from simulators.stripe.webhooks import SHOP_EVENTS
from tests.api.rigs import WEBHOOK_SECRET, Client, Shop, refusal, settings
from tests.domain.visits_at import visit_in

PATH = "/api/v1/webhooks/stripe"


def news(kind: str = "payment_intent.succeeded", event_id: str = "evt_1", subject: str = "pi_1") -> bytes:
    about = {"id": subject, "object": "payment_intent", "status": "succeeded", "metadata": {}}
    body = {"id": event_id, "object": "event", "type": kind, "created": 1, "livemode": False,
            "api_version": "2026-01-01", "data": {"object": about}}  # fmt: skip
    return json.dumps(body).encode()


def signature(payload: bytes, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """As docs.stripe.com/webhooks describes it."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


def deliver(client: Client, payload: bytes, signed: str | None = None, **headers: str) -> httpx2.Response:
    name = {"stripe-signature": signature(payload) if signed is None else signed}
    return client.post(PATH, content=payload, headers=name | {"content-type": "application/json"} | headers)


@pytest.mark.parametrize(
    ("kind", "subject", "job"),
    [
        ("payment_intent.succeeded", "pi_1", "payment_news"),
        ("payment_intent.canceled", "pi_1", "payment_news"),
        ("checkout.session.completed", "cs_1", "card_news"),
    ],
)
def test_signed_news_is_kept_with_the_job_it_asks_for(
    shop: Shop, nobody: Client, kind: str, subject: str, job: str
) -> None:
    assert deliver(nobody, news(kind, subject=subject)).json() == {"received": True}
    [row] = shop.rows(Inbox)
    assert (row.source, row.external_id, row.kind, row.status) == ("stripe", "evt_1", kind, "done")
    assert [(j.kind, j.payload) for j in shop.rows(Job)] == [(job, {"provider_id": subject})]


def test_signed_news_that_nobody_acts_on_is_answered_and_not_kept(shop: Shop, nobody: Client) -> None:
    assert deliver(nobody, news("charge.updated", subject="ch_1")).json() == {"received": True}
    assert shop.rows(Inbox) == shop.rows(Job) == []


def test_the_kinds_we_act_on_are_those_an_operator_is_told_to_enable() -> None:
    told = Path("docs/settings.md").read_text()
    assert {kind for kind in JOB_FOR if f"`{kind}`" not in told} == set()
    assert set(SHOP_EVENTS) == set(JOB_FOR)


@pytest.mark.parametrize(("answer", "kept"), [("held", 0), ("asked", 1), (None, 1)])
def test_news_that_overtakes_the_answer_to_our_own_call_waits_for_it(
    shop: Shop, nobody: Client, monkeypatch: pytest.MonkeyPatch, answer: str | None, kept: int
) -> None:
    with shop.database.transaction() as tx:
        hold_id = visit_in(tx, shop.world, State.REQUESTED).hold_id
    waited: list[float] = []

    async def meanwhile(seconds: float) -> None:
        waited.append(seconds)
        assert shop.rows(Inbox) == []
        if answer is None:
            return
        with shop.database.transaction() as tx:
            hold = tx.get_one(Payment, hold_id)
            hold.provider_id, hold.status = "pi_1", answer
            tx.add(hold)

    monkeypatch.setattr(webhooks, "sleep", meanwhile)
    deliver(nobody, news("payment_intent.amount_capturable_updated"))
    assert waited == [webhooks.OVERTAKING_S]
    assert len(shop.rows(Inbox)) == kept


def test_news_of_a_payment_we_know_does_not_wait(
    shop: Shop, nobody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.database.transaction() as tx:
        hold = tx.get_one(Payment, visit_in(tx, shop.world, State.AUTHENTICATING).hold_id)
    monkeypatch.setattr(webhooks, "sleep", None)  # to call it would fail
    kind = "payment_intent.amount_capturable_updated"
    assert deliver(nobody, news(kind, subject=str(hold.provider_id))).status_code == 200
    assert len(shop.rows(Inbox)) == 1


def test_a_repeat_is_answered_the_same_and_changes_nothing(shop: Shop, nobody: Client) -> None:
    for _ in range(3):
        assert deliver(nobody, news()).status_code == 200
    assert len(shop.rows(Inbox)) == len(shop.rows(Job)) == 1


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "t=1,v1=",
        "v1=abc",
        "garbage",
        "t=now,v1=" + "0" * 64,
        signature(news(), "whsec_of_somebody_else"),
        signature(news(event_id="evt_2")),
        signature(news(), at=time.time() - 3600),
        "x" * 900,
        "ü" * 10,
    ],
    ids=["none", "empty", "no time", "garbage", "zeros", "other secret", "other body", "old", "long", "ü"],
)
def test_forged_or_replayed_much_later_it_is_refused_and_not_stored(
    shop: Shop, nobody: Client, signed: str
) -> None:
    payload = news()
    headers: Any = {"stripe-signature": signed.encode("latin-1")}
    assert refusal(nobody.post(PATH, content=payload, headers=headers), 400) == "bad_signature"
    assert shop.rows(Inbox) == shop.rows(Job) == []


def test_a_changed_byte_breaks_the_signature(shop: Shop, nobody: Client) -> None:
    payload = news()
    changed = payload.replace(b"pi_1", b"pi_2")
    assert refusal(deliver(nobody, changed, signature(payload)), 400) == "bad_signature"
    assert shop.rows(Inbox) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b'{"id":1,"type":"x","data":{"object":null}}',
        b'{"id":"evt_1","type":"x","data":[]}',
        b'{"id":"e","type":"x","data":{"object":{"id":"y"}}}',
    ],
)
def test_signed_garbage_is_refused_too(shop: Shop, nobody: Client, payload: bytes) -> None:
    assert refusal(deliver(nobody, payload), 400) == "bad_signature"
    assert shop.rows(Inbox) == []


def test_more_than_stripe_ever_sends_is_not_read(shop: Shop, nobody: Client) -> None:
    payload = b"x" * (MAX_WEBHOOK + 1)
    assert refusal(deliver(nobody, payload), 413) == "too_large"
    in_pieces = (payload[i : i + 65536] for i in range(0, len(payload), 65536))
    assert refusal(nobody.post(PATH, content=in_pieces), 413) == "too_large"
    assert shop.rows(Inbox) == []


def test_a_large_but_real_event_is_taken(shop: Shop, nobody: Client) -> None:
    payload = json.dumps(json.loads(news()) | {"padding": "x" * 200_000}).encode()
    assert deliver(nobody, payload).status_code == 200
    [row] = shop.rows(Inbox)
    assert "padding" not in row.payload  # only what identifies the news is kept


def test_without_a_secret_no_news_is_believed(shop: Shop, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, stripe_webhook_secret=""), shop.database)
    payload = news()
    answer = deliver(Client(app), payload, signature(payload, ""))
    assert refusal(answer, 503) == "not_set_up"
    assert shop.rows(Inbox) == []
