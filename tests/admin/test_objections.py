"""Objections that a person decides: with the evidence, once, and the shopper reads why."""

from typing import Any

import pytest

from shop.domain import objections, stock
from shop.domain.incidents import Incident
from shop.domain.objections import Why
from shop.domain.refunds import Refund
from shop.domain.stock import Reason, StockMovement
from shop.domain.tenancy import Store
from tests.admin.rigs import Client, Desk
from tests.api.rigs import everything, refusal
from tests.domain.visits_at import settled
from tests.domain.world import COLA, STOCK

COLA_CENTS = COLA.price + COLA.deposit


@pytest.fixture
def objection(desk: Desk) -> str:
    """To one of two colas, above what the store gives back unseen."""
    desk.change(Store, desk.world.store_id, refund_limit_cents=0)
    with desk.database.transaction() as tx:
        visit_id = settled(tx, desk.world).id
    with desk.database.transaction() as tx:
        made = objections.contest(
            tx, desk.world.anna_id, visit_id, sku="cola", quantity=1, why=Why.NOT_MINE, text="Not me."
        )
        return made.id


def decide(client: Client, objection_id: str, action: str, **more: Any) -> Any:
    body = {"action": action, "reason": "It stands on the shelf."} | more
    return client.post(f"/api/v1/objections/{objection_id}/decide", json=body)


def test_the_queue_shows_the_line_its_evidence_and_nobodys_full_address(
    desk: Desk, uta: Client, objection: str
) -> None:
    [shown] = uta.get("/api/v1/objections").json()
    assert shown["objection"]["id"] == objection
    assert (shown["objection"]["text"], shown["objection"]["amount_cents"]) == ("Not me.", COLA_CENTS)
    assert (shown["line"]["quantity"], shown["line"]["sensed"]) == (2, 2)
    assert shown["line"]["evidence"][0]["grams"] == -1080
    assert (shown["customer"], shown["earlier"]) == ("a…@example.org", 0)
    assert "anna@example.org" not in str(shown)


def test_accepted_the_money_goes_back_and_the_question_is_closed(
    desk: Desk, uta: Client, objection: str
) -> None:
    answer = decide(uta, objection, "accept")
    assert answer.status_code == 200
    assert answer.json()["objection"]["outcome"] == "refunding"
    [row] = desk.rows(Refund)
    assert (row.amount_cents, row.reason) == (COLA_CENTS, "not_mine")
    assert [job.payload["refund_id"] for job in desk.jobs("refund")] == [row.id]
    assert [one.closed_at is not None for one in desk.rows(Incident) if one.kind == "objection"] == [True]
    assert desk.actions()[-1] == "objection_accepted"
    assert uta.get("/api/v1/objections").json() == []
    assert [one.reason for one in desk.rows(StockMovement) if one.quantity == 1] == []


def test_goods_found_on_the_shelf_are_in_stock_again(desk: Desk, uta: Client, objection: str) -> None:
    decide(uta, objection, "accept", on_shelf=True)
    assert [one.reason for one in desk.rows(StockMovement) if one.quantity == 1] == [Reason.NOT_TAKEN]
    with desk.database.reading() as tx:
        assert stock.on_hand(tx, desk.world.store_id, desk.world.products["cola"]) == STOCK - 1


def test_rejected_nothing_moves_and_the_reason_is_kept_for_her(
    desk: Desk, uta: Client, objection: str
) -> None:
    shown = decide(uta, objection, "reject", reason="The scale saw it go.").json()["objection"]
    assert (shown["outcome"], shown["answer"]) == ("rejected", "The scale saw it go.")
    assert desk.rows(Refund) == desk.jobs("refund") == []
    assert desk.actions()[-1] == "objection_rejected"


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_the_answer_is_told_her_and_nobody_else(desk: Desk, uta: Client, objection: str, action: str) -> None:
    told: list[list[Any]] = []
    with desk.database.reading() as tx:
        for who in (desk.world.anna_id, desk.world.ben_id, desk.world.foreigner_id):
            told.append(objections.answered(tx, who))
    assert told == [[], [], []]
    decide(uta, objection, action)
    [job] = desk.jobs("mail_objection")
    assert job.payload == {"objection_id": objection}
    with desk.database.reading() as tx:
        assert [one.id for one in objections.answered(tx, desk.world.anna_id)] == [objection]
        assert objections.answered(tx, desk.world.ben_id) == []


def test_it_is_decided_once(desk: Desk, uta: Client, objection: str) -> None:
    decide(uta, objection, "reject")
    before = everything(desk.database)
    assert refusal(decide(uta, objection, "accept"), 409) == "already_closed"
    assert everything(desk.database) == before


def test_a_decision_needs_a_reason(uta: Client, objection: str) -> None:
    assert refusal(decide(uta, objection, "accept", reason=""), 422) == "invalid_input"


def test_another_operator_neither_sees_nor_decides_it(desk: Desk, objection: str) -> None:
    assert desk.stranger.get("/api/v1/objections").json() == []
    assert refusal(decide(desk.stranger, objection, "accept"), 404) == "not_found"
