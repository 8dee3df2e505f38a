"""Refunds through the worker, the real Stripe adapter and a simulated Stripe: once, whatever goes wrong."""

from datetime import timedelta
from typing import Any

import pytest

from shop.domain import basket, clock, jobs, refunds
from shop.domain.jobs import Status
from shop.domain.ledger import Account
from shop.domain.ports import RefundState
from shop.domain.refunds import Refund
from tests.jobs import claim_one, do_one
from tests.shop.rigs import Round, SimulatedStripe

COLA_CENTS = 124  # with its deposit
REFUNDS = r"/v1/refunds$"
TROUBLE = ("timeout_after_work", "reset", "http_500", "conflict_409", "rate_limit_429")


@pytest.fixture
def visit_id(shop: Round) -> str:
    """Three colas, paid."""
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=3)
    return visit_id


def give_back(shop: Round, visit_id: str, colas: int) -> None:
    def one_line(tx: Any, visit: Any) -> None:
        [line] = basket.lines_of(tx, visit.id)
        refunds.give_back(tx, visit, line, colas, reason="not_mine", by="customer:1")

    shop.change(visit_id, one_line)


def rows(shop: Round, visit_id: str) -> list[Refund]:
    with shop.database.reading() as tx:
        return refunds.of_visit(tx, visit_id)


def given_back(stripe: SimulatedStripe, visit_id: str) -> list[int]:
    [intent] = [one for one in stripe.intents_of(visit_id) if one["amount_received"]]
    found = stripe.ask("GET", f"/v1/refunds?payment_intent={intent['id']}")["data"]
    return [one["amount"] for one in found]


def test_a_refund_is_paid_out_and_booked_to_the_cent(
    shop: Round, stripe: SimulatedStripe, visit_id: str
) -> None:
    give_back(shop, visit_id, colas=2)
    assert shop.booked(visit_id)[Account.REFUND] == -2 * COLA_CENTS  # owed, not yet paid
    shop.work()
    assert given_back(stripe, visit_id) == [2 * COLA_CENTS]
    assert shop.visit(visit_id).refunded_cents == 2 * COLA_CENTS
    assert shop.booked(visit_id)[Account.CARD] == COLA_CENTS
    assert shop.booked(visit_id)[Account.REFUND] == 0
    [row] = rows(shop, visit_id)
    assert (row.status, row.done_at is not None) == ("done", True)


@pytest.mark.parametrize("fault", TROUBLE)
def test_an_answer_that_never_came_leaves_one_refund(
    shop: Round, stripe: SimulatedStripe, visit_id: str, fault: str
) -> None:
    stripe.fault(REFUNDS, fault, seconds=0, when="after")
    give_back(shop, visit_id, colas=1)
    shop.work()
    assert rows(shop, visit_id)[0].status == "requested"
    shop.hurry("refund")
    shop.work()
    assert given_back(stripe, visit_id) == [COLA_CENTS]
    assert [row.status for row in rows(shop, visit_id)] == ["done"]
    assert shop.visit(visit_id).refunded_cents == COLA_CENTS


def test_a_worker_killed_after_the_call_leaves_one_refund(
    shop: Round, stripe: SimulatedStripe, visit_id: str
) -> None:
    """Even when Stripe has forgotten the key meanwhile: what was done is looked for first."""
    give_back(shop, visit_id, colas=1)
    assert claim_one(shop.means) is not None  # and it dies before, during or after the call
    [intent] = stripe.intents_of(visit_id)
    form = {"payment_intent": intent["id"], "amount": str(COLA_CENTS)}
    stripe.ask("POST", "/v1/refunds", form | {"metadata[refund]": rows(shop, visit_id)[0].id})
    shop.hurry("refund")
    shop.work()
    assert given_back(stripe, visit_id) == [COLA_CENTS]
    assert [row.status for row in rows(shop, visit_id)] == ["done"]


def test_what_stripe_refuses_for_good_becomes_an_alarm(
    shop: Round, stripe: SimulatedStripe, visit_id: str
) -> None:
    """Somebody has given all of it back in Stripe's dashboard."""
    [intent] = stripe.intents_of(visit_id)
    stripe.ask("POST", "/v1/refunds", {"payment_intent": intent["id"]})
    give_back(shop, visit_id, colas=1)
    shop.work()
    [row] = rows(shop, visit_id)
    assert row.status == "failed"
    [alarm] = [one for one in shop.incidents() if one.kind == "refund_failed"]
    assert (alarm.severity, alarm.evidence["cents"]) == ("alarm", COLA_CENTS)
    assert "charge_already_refunded" in alarm.evidence["error"]
    assert shop.booked(visit_id)[Account.REFUND] == -COLA_CENTS  # still owed
    assert shop.visit(visit_id).refunded_cents == 0


def hear(shop: Round, refund: str) -> None:
    """What a webhook leaves behind."""
    with shop.database.transaction() as tx:
        theirs = {"operator_id": shop.world.operator_id, "store_id": None}
        jobs.add(tx, **theirs, kind="refund_news", subject=refund, provider_id=refund)
    shop.work()


def test_what_was_given_back_by_hand_is_told_once(
    shop: Round, stripe: SimulatedStripe, visit_id: str
) -> None:
    [intent] = stripe.intents_of(visit_id)
    made = stripe.ask("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": "100"})
    for _ in range(2):
        hear(shop, made["id"])
    [told] = shop.incidents()
    assert (told.kind, told.visit_id, told.evidence["cents"]) == ("unknown_refund", visit_id, 100)
    assert shop.visit(visit_id).refunded_cents == 0


def test_news_tells_what_no_answer_told(shop: Round, stripe: SimulatedStripe, visit_id: str) -> None:
    stripe.fault(REFUNDS, "timeout_after_work", seconds=0)
    give_back(shop, visit_id, colas=1)
    assert do_one(shop.means)
    [made] = stripe.ask("GET", "/v1/refunds")["data"][:1]
    hear(shop, made["id"])
    assert [(row.status, row.provider_id) for row in rows(shop, visit_id)] == [("done", made["id"])]


def test_a_refund_that_comes_back_from_the_bank_is_owed_again(shop: Round, visit_id: str) -> None:
    give_back(shop, visit_id, colas=1)
    shop.work()
    [row] = rows(shop, visit_id)
    state = RefundState("failed", row.provider_id, why="lost_or_stolen_card")
    with shop.database.transaction() as tx:
        assert refunds.told(tx, state)
    assert shop.booked(visit_id)[Account.REFUND] == -COLA_CENTS
    assert shop.booked(visit_id)[Account.CARD] == 3 * COLA_CENTS
    assert shop.visit(visit_id).refunded_cents == 0
    assert [one.kind for one in shop.incidents()] == ["refund_failed"]


def test_one_of_which_nobody_hears_is_asked_about_again(
    shop: Round, stripe: SimulatedStripe, visit_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back(shop, visit_id, colas=1)
    with shop.database.transaction() as tx:
        jobs.cancel(tx, visit_id, "refund")
    look, operator = shop.database.look, shop.world.operator_id
    assert refunds.in_doubt(look, operator) == []  # its answer may still come
    later = clock.now() + refunds.UNKNOWN_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    [doubtful] = refunds.in_doubt(look, operator)
    with shop.database.transaction() as tx:
        refunds.ask_again(tx, doubtful)
    assert refunds.in_doubt(look, operator) == []  # a job is on its way
    shop.work()
    assert given_back(stripe, visit_id) == [COLA_CENTS]
    assert [job.status for job in shop.jobs("refund")] == [Status.DONE, Status.DONE]
    assert [row.status for row in rows(shop, visit_id)] == ["done"]
