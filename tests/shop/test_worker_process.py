"""The worker as a process: it wakes, it survives being killed, it stops when told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shop.adapters.stripe_payments import StripePayments
from shop.db import Database
from shop.work.means import Means
from tests.domain.world import World
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round, SimulatedStripe, eventually, make_known

ROOT = Path(__file__).resolve().parents[2]
CREATE = r"/v1/payment_intents$"


@pytest.fixture
def shop(sqlite_apart: tuple[Database, World], stripe: SimulatedStripe) -> Round:
    database, world = sqlite_apart
    make_known(database, world, stripe)
    return Round(
        Means(database, StripePayments(stripe.key, stripe.url), Mailbox(), PUBLIC_URL), world, stripe
    )


@contextmanager
def worker(shop: Round) -> Iterator[subprocess.Popen[str]]:
    assert shop.stripe is not None
    settings = {
        "SHOP_DATABASE_URL": shop.database.url,
        "SHOP_STRIPE_KEY": shop.stripe.key,
        "SHOP_STRIPE_URL": shop.stripe.url,
        "SHOP_PUBLIC_URL": PUBLIC_URL,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "shop", "worker"],
        env={**os.environ, **settings},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert "ready" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def is_admitted(shop: Round, visit_id: str) -> bool:
    return shop.visit(visit_id).state == "admitted"


def test_a_worker_killed_between_stripes_deed_and_our_commit_leaves_one_hold(
    shop: Round, stripe: SimulatedStripe
) -> None:
    stripe.fault(CREATE, "timeout_after_work", seconds=20)
    with worker(shop) as process:
        visit_id = shop.ask_to_enter()
        eventually(lambda: stripe.intents_of(visit_id))
        process.send_signal(signal.SIGKILL)
        process.wait(5)
    assert shop.visit(visit_id).state == "requested"
    with worker(shop):
        eventually(lambda: is_admitted(shop, visit_id))
    assert [intent["status"] for intent in stripe.intents_of(visit_id)] == ["requires_capture"]


def test_a_worker_killed_while_it_captures_takes_the_money_once(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    stripe.fault(r"/capture$", "timeout_after_work", seconds=20)
    with worker(shop) as process:
        shop.leave_paid_with_the_help_of_another(visit_id, colas=2)
        eventually(lambda: stripe.intents_of(visit_id)[0]["amount_received"])
        process.send_signal(signal.SIGKILL)
        process.wait(5)
    assert shop.visit(visit_id).state == "settling"
    with worker(shop):
        eventually(lambda: shop.visit(visit_id).state == "settled")
    assert [intent["amount_received"] for intent in stripe.intents_of(visit_id)] == [248]
    assert shop.visit(visit_id).paid_cents == 248


def test_a_worker_wakes_at_once_and_stops_when_told(shop: Round) -> None:
    with worker(shop) as process:
        visit_id = shop.ask_to_enter()
        eventually(lambda: is_admitted(shop, visit_id))
        process.terminate()
        assert process.wait(10) == 0
        assert process.stdout is not None
        told = process.stdout.read()
    job = shop.jobs("place_hold")[0]
    assert job.done_at is not None
    assert (job.done_at - job.created_at).total_seconds() < 2
    lines = [json.loads(line) for line in told.splitlines()]
    assert [line["kind"] for line in lines if line.get("job") == job.id] == ["place_hold"]
    assert "anna" not in told
