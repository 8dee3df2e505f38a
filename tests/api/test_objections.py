"""A shopper objects to what she paid: once for each unit, in time, and small amounts go back at once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shop.db import Database
from shop.domain import clock, objections, receipts, refunds, stock
from shop.domain.audit import Audit
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.objections import Objection, Why
from shop.domain.ports import RefundState
from shop.domain.refunds import Refund
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.api.rigs import Client, Shop, refusal
from tests.domain.test_concurrency import at_once
from tests.domain.visits_at import settled, visit_in
from tests.domain.world import COLA, STOCK, World

COLA_CENTS = COLA.price + COLA.deposit


@pytest.fixture
def paid(shop: Shop) -> str:
    with shop.database.transaction() as tx:
        return settled(tx, shop.world).id


def contest(client: Client, visit_id: str, **wish: Any) -> Any:
    body = {"sku": "cola", "quantity": 1, "reason": "not_mine"} | wish
    return client.post(f"/api/v1/visits/{visit_id}/objections", json=body)


def paid_out(shop: Shop) -> None:
    """The bank has done what it was asked."""
    for row in shop.rows(Refund):
        with shop.database.transaction() as tx:
            refunds.told(tx, RefundState("done", f"re_{row.id}", row.id))


def test_she_sees_what_the_shelf_saw_and_how_long_she_may_object(anna: Client, paid: str) -> None:
    shown = anna.get(f"/api/v1/visits/{paid}/objections").json()
    [line] = shown["lines"]
    assert (line["sku"], line["left"], line["unit_cents"], line["sure"]) == ("cola", 2, COLA_CENTS, True)
    [movement] = line["evidence"]
    assert (movement["shelf"], movement["plate"], movement["grams"]) == ("A", 2, -1080)
    assert shown["objections"] == []
    assert shown["until"] is not None


def test_what_a_person_decided_is_told_at_the_next_start_and_what_was_instant_is_not(
    shop: Shop, anna: Client, ben: Client, paid: str
) -> None:
    contest(anna, paid)
    shop.change(Store, shop.world.store_id, refund_limit_cents=0)
    asked = contest(anna, paid).json()["objections"][-1]
    assert anna.get("/api/v1/objections").json() == []
    with shop.database.transaction() as tx:
        found, visit = objections.own(tx, shop.world.operator_id, asked["id"])
        objections.decide(tx, found, visit, accept=False, answer="Two left.", on_shelf=False, actor="staff:1")
    [told] = anna.get("/api/v1/objections").json()
    assert (told["id"], told["visit_id"], told["outcome"]) == (asked["id"], paid, "rejected")
    assert told["answer"] == "Two left."
    assert ben.get("/api/v1/objections").json() == []
    shop.change(Objection, asked["id"], decided_at=clock.now() - objections.OPEN_FOR)
    assert anna.get("/api/v1/objections").json() == []


def test_a_small_amount_goes_back_at_once(shop: Shop, anna: Client, paid: str) -> None:
    answer = contest(anna, paid, text="It fell down.")
    assert answer.status_code == 201
    [made] = answer.json()["objections"]
    assert (made["outcome"], made["amount_cents"], made["refund_cents"]) == (
        "refunding",
        COLA_CENTS,
        COLA_CENTS,
    )
    assert answer.json()["lines"][0]["left"] == 1
    paid_out(shop)
    [made] = anna.get(f"/api/v1/visits/{paid}/objections").json()["objections"]
    assert made["outcome"] == "refunded"
    assert anna.get(f"/api/v1/visits/{paid}").json()["refunded_cents"] == COLA_CENTS
    assert made["receipt"]["number"] == "WIT-000002"
    page = anna.get(made["receipt"]["html_url"]).text
    assert "Korrektur zu Beleg" in page
    assert "WIT-000001" in page
    assert anna.get(made["receipt"]["pdf_url"]).status_code == 200
    [row] = [row for row in shop.rows(Audit) if row.action == "objection_refunded"]
    assert (row.actor, row.detail["cents"]) == (f"customer:{shop.world.anna_id}", COLA_CENTS)
    with shop.database.reading() as tx:  # nobody saw where the bottle is
        assert stock.on_hand(tx, shop.world.store_id, shop.world.products["cola"]) == STOCK - 2


def test_above_the_limit_of_the_visit_a_person_decides(shop: Shop, anna: Client, paid: str) -> None:
    shop.change(Store, shop.world.store_id, refund_limit_cents=COLA_CENTS)
    assert contest(anna, paid).json()["objections"][0]["outcome"] == "refunding"
    [_, made] = contest(anna, paid).json()["objections"]
    assert (made["outcome"], made["refund_cents"], made["receipt"]) == ("waiting", 0, None)
    assert len(shop.rows(Refund)) == 1
    [asked] = [one for one in shop.rows(Incident) if one.kind == "objection"]
    assert asked.evidence["objection"] == made["id"]


def test_the_fourth_within_a_month_meets_a_person(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        visits = [settled(tx, shop.world).id for _ in range(3)]
    wishes = [contest(anna, visits[number // 2]) for number in range(4)]
    outcomes = [wish.json()["objections"][-1]["outcome"] for wish in wishes]
    assert outcomes == ["refunding"] * 3 + ["waiting"]
    for row in shop.rows(objections.Objection):
        shop.change(objections.Objection, row.id, created_at=clock.now() - timedelta(days=31))
    assert contest(anna, visits[2]).json()["objections"][-1]["outcome"] == "refunding"


def test_a_unit_is_objected_to_once(anna: Client, paid: str) -> None:
    contest(anna, paid)
    answer = contest(anna, paid, quantity=2)
    assert refusal(answer, 409) == "objected_already"
    assert answer.json()["details"] == {"left": 1}


def test_what_she_did_not_buy_cannot_be_contested(anna: Client, paid: str) -> None:
    assert refusal(contest(anna, paid, sku="cheese"), 404) == "not_bought"


def test_before_it_is_settled_and_after_eight_weeks_it_is_refused(
    shop: Shop, anna: Client, paid: str
) -> None:
    shop.change(Visit, paid, settled_at=clock.now() - timedelta(weeks=8, seconds=1))
    assert refusal(contest(anna, paid), 409) == "objection_too_late"
    shop.change(Visit, paid, state=State.PAYMENT_DUE)
    assert refusal(contest(anna, paid), 409) == "objection_not_yet"


def test_where_nothing_was_taken_nothing_goes_back(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        visit = visit_in(tx, shop.world, State.SETTLED)
        visit.settled_at = clock.now()
    assert refusal(contest(anna, visit.id), 409) == "nothing_to_refund"


def test_nobody_else_sees_or_contests_it(shop: Shop, anna: Client, ben: Client, paid: str) -> None:
    foreigner = shop.client(shop.world.foreigner_id)
    contest(anna, paid)
    for stranger in (ben, foreigner):
        assert refusal(contest(stranger, paid), 404) == "not_found"
        assert refusal(stranger.get(f"/api/v1/visits/{paid}/objections"), 404) == "not_found"


@pytest.mark.parametrize(
    "wrong", [{"quantity": 0}, {"reason": "greedy"}, {"text": "x" * 501}, {"sku": "no such sku"}]
)
def test_bad_input_is_refused(anna: Client, paid: str, wrong: dict[str, Any]) -> None:
    assert refusal(contest(anna, paid, **wrong), 422) == "invalid_input"


def test_a_repeat_under_the_same_key_objects_once(shop: Shop, anna: Client, paid: str) -> None:
    body = {"sku": "cola", "quantity": 1, "reason": "damaged"}
    key = {"idempotency-key": "once"}
    answers = [anna.post(f"/api/v1/visits/{paid}/objections", json=body, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(shop.rows(Refund)) == 1


def test_her_copy_has_it_and_who_is_erased_leaves_no_words(shop: Shop, anna: Client, paid: str) -> None:
    contest(anna, paid, text="I am Anna and put it back.")
    [visit] = anna.get("/api/v1/account/export").json()["visits"]
    assert visit["objections"][0]["text"] == "I am Anna and put it back."
    assert visit["refunds"][0]["amount_cents"] == COLA_CENTS
    paid_out(shop)
    assert anna.post("/api/v1/account/erase", json={"email": "anna@example.org"}).status_code == 204
    [made] = shop.rows(objections.Objection)
    assert (made.text, made.status) == ("", "accepted")


def test_wishes_at_once_at_several_visits_are_believed_three_times(database: Database, world: World) -> None:
    """Each unit once, each customer three times, however they overlap."""
    with database.transaction() as tx:
        visits = [settled(tx, world).id for _ in range(3)]
    refused: list[str] = []

    def wish(visit_id: str) -> None:
        try:
            with database.transaction() as tx:
                objections.contest(
                    tx, world.anna_id, visit_id, sku="cola", quantity=1, why=Why.OTHER, text=""
                )
        except Refusal as refusal:
            refused.append(refusal.code)

    at_once([partial(wish, visit_id) for visit_id in visits * 3])
    with database.reading() as tx:
        made = [one for visit_id in visits for one in objections.of_visit(tx, visit_id)]
        numbers = [receipts.of_visit(tx, visit_id).number for visit_id in visits]
    assert refused == ["objected_already"] * 3
    assert sorted(one.status for one in made) == ["accepted"] * 3 + ["waiting"] * 3
    assert numbers == [1, 2, 3]


def test_an_account_is_not_erased_before_her_objection_and_her_money_are_through(
    shop: Shop, anna: Client, paid: str
) -> None:
    erase = {"email": "anna@example.org"}
    assert contest(anna, paid, text="I am Anna.").status_code == 201  # the money is on its way
    assert refusal(anna.post("/api/v1/account/erase", json=erase), 409) == "visit_unfinished"
    paid_out(shop)
    shop.change(Store, shop.world.store_id, refund_limit_cents=0)
    assert contest(anna, paid, text="Anna again.").status_code == 201  # waits for a person
    assert refusal(anna.post("/api/v1/account/erase", json=erase), 409) == "visit_unfinished"
    [visit] = anna.get("/api/v1/account/export").json()["visits"]
    assert [one["text"] for one in visit["objections"]] == ["I am Anna.", "Anna again."]
    assert len(visit["refunds"]) == 1
    waiting = next(one for one in shop.rows(Objection) if one.status == "waiting")
    shop.change(Objection, waiting.id, status="rejected")
    paid_out(shop)
    assert anna.post("/api/v1/account/erase", json=erase).status_code == 204
    assert [one.text for one in shop.rows(Objection)] == ["", ""]
