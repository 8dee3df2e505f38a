"""Refunds that failed, at the desk: the longest owed first, decided once, and audited."""

from datetime import timedelta
from typing import Any

import pytest

from shop.domain import clock, objections, refunds
from shop.domain.audit import Audit
from shop.domain.incidents import Incident
from shop.domain.objections import Why
from shop.domain.ports import RefundState
from shop.domain.receipts import Receipt
from shop.domain.refunds import Refund
from tests.admin.rigs import Client, Desk
from tests.api.rigs import everything, refusal
from tests.domain.visits_at import settled
from tests.domain.world import COLA

COLA_CENTS = COLA.price + COLA.deposit
FAILED = "/api/v1/refunds/failed"


@pytest.fixture
def refund(desk: Desk) -> str:
    return failed(desk)


def failed(desk: Desk) -> str:
    with desk.database.transaction() as tx:
        visit = settled(tx, desk.world)
        visit_id = visit.id
    with desk.database.transaction() as tx:
        cola: dict[str, Any] = {"sku": "cola", "quantity": 1, "why": Why.NOT_MINE, "text": ""}
        objections.contest(tx, desk.world.anna_id, visit_id, **cola)
    with desk.database.transaction() as tx:
        [row] = refunds.of_visit(tx, visit_id)
        refunds.told(tx, RefundState("failed", f"re_{row.id}", row.id, why="lost_or_stolen_card"))
        return row.id


def test_who_waits_longest_comes_first_with_what_the_bank_said(desk: Desk, uta: Client, refund: str) -> None:
    later = failed(desk)
    desk.change(Refund, refund, created_at=clock.now() - timedelta(days=1))
    shown = uta.get(FAILED).json()
    assert [one["id"] for one in shown] == [refund, later]
    assert (shown[0]["amount_cents"], shown[0]["attempts"]) == (COLA_CENTS, 1)
    assert (shown[0]["why"], shown[0]["customer"]) == ("lost_or_stolen_card", "a…@example.org")


def test_tried_again_it_is_on_its_way_and_the_alarm_is_over(desk: Desk, uta: Client, refund: str) -> None:
    assert uta.post(f"/api/v1/refunds/{refund}/retry").status_code == 204
    assert uta.get(FAILED).json() == []
    [anew] = [row for row in desk.rows(Refund) if row.status == "requested"]
    assert anew.id != refund
    assert desk.jobs("refund")[-1].payload == {"refund_id": anew.id}
    assert [one.closed_at is not None for one in desk.rows(Incident) if one.kind == "refund_failed"] == [True]
    [noted] = [row for row in desk.rows(Audit) if row.action == "refund_retried"]
    assert (noted.detail["refund"], noted.detail["anew"]) == (refund, anew.id)


def test_paid_another_way_she_reads_so_and_her_receipt_names_no_card(
    desk: Desk, uta: Client, refund: str
) -> None:
    answer = uta.post(f"/api/v1/refunds/{refund}/by-hand", json={"how": "In cash, receipt 17."})
    assert answer.status_code == 204
    assert uta.get(FAILED).json() == []
    assert desk.actions()[-1] == "refund_by_hand"
    [shown] = [one for one in desk.rows(Receipt) if one.kind == "correction"]
    with desk.database.reading() as tx:
        [told] = objections.of_visit(tx, shown.visit_id)
        from shop.api.objections import objections_out
        from shop.api.receipts import document_of

        [seen] = objections_out(tx, [told])
        assert (seen.outcome, seen.refund_cents) == ("refunded_by_hand", COLA_CENTS)
        paper = document_of(tx, tx.get_one(Receipt, shown.id), "de")
        assert (paper.status, paper.card, paper.paid_cents) == ("refunded", "", -COLA_CENTS)


def test_it_is_decided_once(desk: Desk, uta: Client, refund: str) -> None:
    uta.post(f"/api/v1/refunds/{refund}/retry")
    before = everything(desk.database)
    assert refusal(uta.post(f"/api/v1/refunds/{refund}/retry"), 409) == "already_closed"
    again = uta.post(f"/api/v1/refunds/{refund}/by-hand", json={"how": "in cash"})
    assert refusal(again, 409) == "already_closed"
    assert everything(desk.database) == before


@pytest.mark.parametrize("how", ["", "no", "x" * 501, "a\x00bcd"])
def test_how_it_was_paid_must_be_said(desk: Desk, uta: Client, refund: str, how: str) -> None:
    answer = uta.post(f"/api/v1/refunds/{refund}/by-hand", json={"how": how})
    assert refusal(answer, 422) == "invalid_input"
    assert len(uta.get(FAILED).json()) == 1


def test_another_operator_neither_sees_nor_decides_it(desk: Desk, refund: str) -> None:
    assert desk.stranger.get(FAILED).json() == []
    assert refusal(desk.stranger.post(f"/api/v1/refunds/{refund}/retry"), 404) == "not_found"
