"""What the rules could not decide: charge, release or waive, once, with a reason."""

from datetime import datetime
from typing import Any

import pytest

from shop.domain import incidents, ledger, settlement, visits
from shop.domain.audit import Audit
from shop.domain.basket import BasketLine
from shop.domain.incidents import Incident
from shop.domain.stock import Reason, StockMovement
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.admin.rigs import Client, Desk
from tests.api.rigs import everything, refusal


@pytest.fixture
def review(desk: Desk) -> str:
    """Anna's visit with two colas the shelf saw, and the incident that asks about it."""
    visit_id = desk.visit(State.IN_REVIEW, unclear=1, reason="unclear_goods")
    with desk.database.transaction() as tx:
        visit = visits.locked(tx, visit_id)
        incidents.open_one(tx, visit, "unclear_pick", visit_id=visit_id, candidates=[visit_id], grams=-300)
    return visit_id


def resolve(client: Client, visit_id: str, action: str, **more: Any) -> Any:
    body = {"action": action, "reason": "looked at the shelf"} | more
    return client.post(f"/api/v1/reviews/{visit_id}/resolve", json=body)


def test_a_review_shows_the_visit_its_cause_and_nobodys_full_address(
    desk: Desk, uta: Client, review: str
) -> None:
    [shown] = uta.get("/api/v1/reviews").json()
    assert shown["visit"]["id"] == review
    assert shown["visit"]["customer"] == "a…@example.org"
    assert shown["visit"]["reason"]["code"] == "unclear_goods"
    [cause] = shown["causes"]
    assert (cause["kind"], cause["evidence"]["grams"]) == ("unclear_pick", -300)
    assert cause["text"]["en"].startswith("The weight fits no whole number of units")
    assert "anna@example.org" not in str(shown)


def test_charging_books_the_sale_and_asks_for_the_money(desk: Desk, uta: Client, review: str) -> None:
    answer = resolve(uta, review, "charge", lines=[{"sku": "cola", "quantity": 1}])
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["total_cents"], answer.json()["reason"]) == (
        "settling",
        124,
        None,
    )
    assert [job.payload["amount_cents"] for job in desk.jobs("capture")] == [124]
    assert [(m.quantity, m.reason) for m in desk.rows(StockMovement) if m.visit_id] == [(-1, Reason.SOLD)]
    assert all(incident.closed_at for incident in desk.rows(Incident))
    [row] = [row for row in desk.rows(Audit) if row.action == "review_charge"]
    assert row.detail == {"reason": "looked at the shelf", "lines": {"cola": 1}, "total_cents": 124}


def test_charging_as_it_stands_needs_no_lines(desk: Desk, uta: Client, review: str) -> None:
    assert resolve(uta, review, "charge").json()["total_cents"] == 248


def test_releasing_charges_nothing_and_frees_the_hold(desk: Desk, uta: Client, review: str) -> None:
    assert resolve(uta, review, "release").json()["state"] == "empty"
    assert len(desk.jobs("release_hold")) == 1
    assert desk.jobs("capture") == []
    assert [m for m in desk.rows(StockMovement) if m.visit_id] == []


def test_waiving_lets_the_goods_go_and_takes_them_off_the_stock(desk: Desk, uta: Client, review: str) -> None:
    assert resolve(uta, review, "waive").json()["state"] == "settled"
    assert [(m.quantity, m.reason) for m in desk.rows(StockMovement) if m.visit_id] == [(-2, Reason.WAIVED)]
    assert desk.jobs("capture") == []
    assert len(desk.jobs("release_hold")) == 1


def test_a_review_is_resolved_once(desk: Desk, uta: Client, review: str) -> None:
    assert resolve(uta, review, "release").status_code == 200
    for action in ("charge", "release", "waive"):
        assert refusal(resolve(uta, review, action), 409) == "not_in_review"
    assert desk.actions() == ["review_release"]
    assert uta.get("/api/v1/reviews").json() == []


def test_an_unknown_article_resolves_nothing(desk: Desk, uta: Client, review: str) -> None:
    lines = [{"sku": "cola", "quantity": 1}, {"sku": "no-such", "quantity": 1}]
    before = everything(desk.database)
    assert refusal(resolve(uta, review, "charge", lines=lines), 404) == "unknown_product"
    assert everything(desk.database) == before


def test_charging_nothing_is_refused(desk: Desk, uta: Client, review: str) -> None:
    lines = [{"sku": "cola", "quantity": 0}]
    assert refusal(resolve(uta, review, "charge", lines=lines), 409) == "nothing_to_charge"
    assert [line.quantity for line in desk.rows(BasketLine)] == [2]


def test_a_sale_in_the_books_can_be_charged_as_it_is_or_waived_but_not_changed(
    desk: Desk, uta: Client
) -> None:
    visit_id = desk.visit(State.IN_REVIEW)
    with desk.database.transaction() as tx:
        settlement.book_sale(tx, visits.locked(tx, visit_id))
    assert refusal(resolve(uta, visit_id, "release"), 409) == "already_booked"
    lines = [{"sku": "cola", "quantity": 1}]
    assert refusal(resolve(uta, visit_id, "charge", lines=lines), 409) == "already_booked"
    assert resolve(uta, visit_id, "waive").json()["waived_cents"] == 248
    with desk.database.reading() as tx:
        assert ledger.balance(tx, visit_id, ledger.Account.RECEIVABLE) == 0


@pytest.mark.parametrize("state", [state for state in State if state != State.IN_REVIEW])
def test_only_a_visit_in_review_is_resolved(desk: Desk, uta: Client, state: State) -> None:
    visit_id = desk.visit(state)
    assert refusal(resolve(uta, visit_id, "release"), 409) == "not_in_review"
    assert desk.seen(visit_id).state == state


@pytest.mark.parametrize(
    "change",
    [
        {"action": "refund"},
        {"reason": "ok"},
        {"reason": "x" * 501},
        {"reason": "a\x00b c"},
        {"lines": [{"sku": "cola", "quantity": 100}]},
        {"lines": [{"sku": "cola", "quantity": -1}]},
        {"lines": [{"sku": "../x", "quantity": 1}]},
        {"lines": [{"sku": "cola", "quantity": 1}] * 101},
        {"lines": {"cola": 1}},
        {"actor": "staff:1"},
    ],
)
def test_a_decision_that_is_none(desk: Desk, uta: Client, review: str, change: dict[str, Any]) -> None:
    body = {"action": "charge", "reason": "looked at it"} | change
    assert refusal(uta.post(f"/api/v1/reviews/{review}/resolve", json=body), 422) == "invalid_input"
    assert desk.seen(review).state == State.IN_REVIEW


def test_one_answer_serves_every_visit_it_was_asked_about(desk: Desk, uta: Client, review: str) -> None:
    with desk.database.transaction() as tx:
        from tests.domain.visits_at import requested

        other = requested(tx, desk.world, customer_id=desk.world.ben_id)
        other.state, other.unclear = State.SHOPPING, 1
        tx.add(other)
        mine = visits.locked(tx, review)
        incidents.open_one(tx, mine, "unclaimed_pick", candidates=[review, other.id], count=1, sku="milk")
    resolve(uta, review, "charge", lines=[{"sku": "milk", "quantity": 1}])
    assert desk.seen(other.id).unclear == 0


def test_visits_are_listed_newest_first_and_by_state(desk: Desk, uta: Client) -> None:
    ids = [desk.visit(state) for state in (State.SETTLED, State.IN_REVIEW, State.SETTLED)]
    assert [visit["id"] for visit in uta.get("/api/v1/visits").json()] == ids[::-1]
    assert [visit["id"] for visit in uta.get("/api/v1/visits?state=in_review").json()] == [ids[1]]
    assert [visit["id"] for visit in uta.get("/api/v1/visits?limit=1").json()] == [ids[2]]
    assert refusal(uta.get("/api/v1/visits?state=lost"), 422) == "invalid_input"
    shown = uta.get(f"/api/v1/visits/{ids[1]}").json()
    assert shown["visit"]["id"] == ids[1]
    assert refusal(uta.get(f"/api/v1/visits/{'0' * 26}"), 404) == "not_found"
    created: list[datetime] = [row.created_at for row in desk.rows(Visit)]
    assert len(created) == 3
