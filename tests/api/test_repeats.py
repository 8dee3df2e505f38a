"""A request sent again: one effect and one answer."""

import itertools
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import admin.app
from shop.api import repeats as api_repeats
from shop.domain import clock, repeats
from shop.domain.repeats import IdempotencyKey
from shop.domain.sign_in import SignIn, SignInCode
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.api.rigs import Client, Shop, everything, refusal
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.world import COLA, DOOR_CODE

VISITS = "/api/v1/visits"
CARDS = "/api/v1/payment-methods"
CODES = "/api/v1/sign-in/codes"
SESSIONS = "/api/v1/sign-in/sessions"
ANNA = "anna@example.org"
KEY = "3f0c1b7a95d84e02a6d1c94be7a2f510"
NUMBERS = itertools.count()


def keyed(key: str = KEY) -> dict[str, str]:
    return {"idempotency-key": key}


def replayed(answer: httpx2.Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


# One after the other, on a client that holds every answer against the contract


def test_a_card_is_saved_once_however_often_the_wish_arrives(shop: Shop, anna: Client) -> None:
    first, again = (anna.post(CARDS, json={}, headers=keyed()) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert (replayed(first), replayed(again)) == (False, True)
    assert len(shop.jobs("card_setup")) == 1


def test_without_a_key_or_with_another_one_it_is_another_wish(shop: Shop, anna: Client) -> None:
    for headers in ({}, {}, keyed("a"), keyed("b")):
        assert not replayed(anna.post(CARDS, json={}, headers=headers))
    assert len(shop.jobs("card_setup")) == 4


def test_the_answer_is_the_first_one_even_when_things_have_moved_on(shop: Shop, anna: Client) -> None:
    first = anna.post(VISITS, json={"door_code": DOOR_CODE}, headers=keyed())
    anna.post(f"{VISITS}/{first.json()['id']}/cancel")
    again = anna.post(VISITS, json={"door_code": DOOR_CODE}, headers=keyed())
    assert again.json()["state"] == first.json()["state"] == "requested"
    assert len(shop.rows(Visit)) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", CARDS, {"return_url": "/"}), ("POST", VISITS, {"door_code": DOOR_CODE}), ("POST", CARDS, {})],
)
def test_a_key_belongs_to_one_request(anna: Client, method: str, path: str, body: dict[str, Any]) -> None:
    anna.post(CARDS, json={"return_url": "/?x=1"}, headers=keyed())
    answer = anna.request(method, path, json=body, headers=keyed())
    assert refusal(answer, 422) == "idempotency_key_reused"


def test_a_key_belongs_to_one_person(shop: Shop, anna: Client, ben: Client) -> None:
    hers, his = (client.post(CARDS, json={}, headers=keyed()) for client in (anna, ben))
    assert hers.json()["id"] != his.json()["id"]
    assert not replayed(his)


def test_a_refusal_that_changed_nothing_leaves_the_key_free(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    scan = {"gtin": COLA.gtin}
    with shop.database.transaction() as tx:
        tx.get_one(Visit, visit_id).state = State.SETTLED
    assert refusal(anna.post(f"{VISITS}/{visit_id}/scans", json=scan, headers=keyed()), 409) == "not_shopping"
    assert shop.rows(IdempotencyKey) == []
    shop.change(Visit, visit_id, state=State.SHOPPING)
    answer = anna.post(f"{VISITS}/{visit_id}/scans", json=scan, headers=keyed())
    assert (answer.status_code, replayed(answer)) == (200, False)


def test_a_correction_is_a_change_too(shop: Shop, anna: Client) -> None:
    path = f"{VISITS}/{shop.let_in(anna)}/lines/cola"
    first = anna.put(path, json={"quantity": 2}, headers=keyed())
    anna.put(path, json={"quantity": 3})
    again = anna.put(path, json={"quantity": 2}, headers=keyed())
    assert again.content == first.content
    assert anna.get(path.partition("/lines")[0]).json()["lines"][0]["quantity"] == 3


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "ключ", "a\tb", "a\x7fb"])
def test_a_key_that_cannot_be_one(anna: Client, key: str) -> None:
    headers: Any = {"idempotency-key": key.encode()}
    assert refusal(anna.post(CARDS, json={}, headers=headers), 422) == "invalid_input"


def test_who_is_no_longer_signed_in_gets_no_answer_again(shop: Shop, anna: Client) -> None:
    anna.post(CARDS, json={}, headers=keyed())
    anna.delete("/api/v1/sign-in/sessions/current")
    assert refusal(anna.post(CARDS, json={}, headers=keyed()), 401) == "sign_in_required"


# Signing in: what opens a session is kept nowhere


def test_a_sign_in_whose_answer_was_lost_is_answered_again(shop: Shop, nobody: Client) -> None:
    assert nobody.post(CODES, json={"email": ANNA}, headers=keyed()).content == (
        nobody.post(CODES, json={"email": ANNA}, headers=keyed()).content
    )
    [mailed] = shop.jobs("mail_code")
    proof = {"email": ANNA, "code": mailed.payload["code"]}
    first, again = (nobody.post(SESSIONS, json=proof, headers=keyed("k" * 22)) for _ in range(2))
    assert again.status_code == 201
    assert (again.content, again.headers["set-cookie"]) == (first.content, first.headers["set-cookie"])
    assert replayed(again)
    assert len(shop.rows(SignIn)) == 1
    bearer = {"authorization": f"Bearer {again.json()['token']}"}
    assert shop.client().get("/api/v1/me", headers=bearer).json()["csrf"] == first.json()["csrf"]
    kept = str(everything(shop.database))
    for secret in (first.json()["token"], first.json()["csrf"], "k" * 22):
        assert secret not in kept
    assert refusal(nobody.post(SESSIONS, json=proof, headers=keyed("j" * 22)), 400) == "expired_code"


def test_a_key_that_opens_a_session_is_long(shop: Shop, nobody: Client) -> None:
    proof = {"email": ANNA, "code": "123456"}
    assert refusal(nobody.post(SESSIONS, json=proof, headers=keyed("k" * 21)), 422) == "invalid_input"


def test_a_wrong_code_sent_again_is_one_attempt(shop: Shop, nobody: Client) -> None:
    nobody.post(CODES, json={"email": ANNA})
    right = shop.jobs("mail_code")[0].payload["code"]
    proof = {"email": ANNA, "code": "000000" if right != "000000" else "000001"}
    first, again = (nobody.post(SESSIONS, json=proof, headers=keyed()) for _ in range(2))
    assert refusal(again, 400) == "wrong_code"
    assert again.content == first.content
    assert [row.attempts for row in shop.rows(SignInCode)] == [1]


def test_staff_sign_in_once_and_a_wrong_password_tells_nothing_by_its_key(shop: Shop, app: FastAPI) -> None:
    desk = admin.app.create_app(app.state.settings, shop.database)
    client = TestClient(desk)
    wrong, unknown = (
        [
            client.post("/api/v1/sign-in", json={"email": email, "password": "guess"}, headers=keyed())
            for _ in "12"
        ]
        for email in (DESK_EMAIL, "zoe@example.org")
    )
    assert [a.status_code for a in (*wrong, *unknown)] == [400] * 4
    assert {a.content for a in wrong} == {a.content for a in unknown}
    assert not any(replayed(answer) for answer in (*wrong, *unknown))
    login = {"email": DESK_EMAIL, "password": PASSWORD}
    first, again = (client.post("/api/v1/sign-in", json=login, headers=keyed()) for _ in "12")
    assert (first.status_code, again.content) == (201, first.content)
    assert len(shop.rows(SignIn)) == 1


# How long answers are kept


def test_answers_are_forgotten_after_a_day_and_not_before(
    shop: Shop, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_repeats, "PRUNE_EVERY", 1)
    anna.post(CARDS, json={}, headers=keyed("first"))
    [row] = shop.rows(IdempotencyKey)
    shop.change(IdempotencyKey, row.id, created_at=clock.now() - repeats.KEPT_FOR + timedelta(minutes=1))
    assert replayed(anna.post(CARDS, json={}, headers=keyed("first")))
    shop.change(IdempotencyKey, row.id, created_at=clock.now() - repeats.KEPT_FOR)
    anna.post(CARDS, json={}, headers=keyed("second"))
    assert [kept.id for kept in shop.rows(IdempotencyKey)] != [row.id]
    assert len(shop.rows(IdempotencyKey)) == 1


def test_forgetting_takes_a_bounded_time(shop: Shop) -> None:
    now = clock.now()
    with shop.database.transaction() as tx:
        for number, days in enumerate((2, 2, 2, 0, 0)):
            made = now - timedelta(days=days)
            tx.add(IdempotencyKey(id=str(number), who="x", request="", created_at=made))
    with shop.database.transaction() as tx:
        assert [repeats.prune(tx, most=2) for _ in range(3)] == [2, 1, 0]
    assert len(shop.rows(IdempotencyKey)) == 2
    assert api_repeats.PRUNE_AT_MOST > api_repeats.PRUNE_EVERY  # more are forgotten than are made
