"""A session's token: new each time, ours alone to make, and locked to its host in the browser."""

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import delete

from admin.app import create_app as desk_app
from shop import passwords
from shop.app import create_app
from shop.db import Database
from shop.domain.repeats import IdempotencyKey
from tests.api.rigs import Client, Shop, settings
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.world import World

CODES, SESSIONS = "/api/v1/sign-in/codes", "/api/v1/sign-in/sessions"
ANNA = "anna@example.org"


@pytest.fixture
def shop(sqlite: tuple[Database, World], tmp_path: Path) -> Shop:
    database, world = sqlite
    return Shop(create_app(settings(tmp_path), database), database, world)


def signed_in(shop: Shop, client: TestClient, **headers: str) -> Any:
    assert client.post(CODES, json={"email": ANNA}).status_code == 202
    proof = {"email": ANNA, "code": shop.jobs("mail_code")[-1].payload["code"]}
    answer = client.post(SESSIONS, json=proof, headers=headers)
    assert answer.status_code == 201
    return answer


def test_each_sign_in_has_a_token_of_its_own(shop: Shop) -> None:
    tokens = [signed_in(shop, shop.client()).json()["token"] for _ in range(4)]
    assert len(set(tokens)) == 4
    assert {len(token) for token in tokens} == {43}  # 256 bits
    assert len({token[:4] for token in tokens}) == 4


def test_a_token_planted_before_signing_in_is_worth_nothing_after(shop: Shop) -> None:
    planted = "chosen-by-whoever-sent-her-here-0123456789"
    client = shop.client()
    client.cookies.set("shop_session", planted)
    # the same by the key she repeats a sign-in with: it is one part of the token, the other is ours
    answer = signed_in(shop, client, **{"idempotency-key": planted})
    assert answer.json()["token"] != planted
    for guess in (planted, planted[:43]):
        stranger = shop.client().get("/api/v1/me", headers={"authorization": f"Bearer {guess}"})
        assert stranger.status_code == 401


def test_one_key_makes_no_two_sessions_alike(shop: Shop) -> None:
    """Whoever knows the key of one sign-in cannot work out the token of another."""
    key = {"idempotency-key": "k" * 40}
    first = signed_in(shop, shop.client(), **key).json()["token"]
    with shop.database.transaction() as tx:
        tx.exec(delete(IdempotencyKey))
    assert signed_in(shop, shop.client(), **key).json()["token"] != first


@pytest.mark.parametrize("service", ["shop", "desk"])
def test_over_tls_the_cookie_is_locked_to_its_host(shop: Shop, tmp_path: Path, service: str) -> None:
    url = "https://shop.example"
    config = settings(tmp_path, public_url=url, admin_url=url)
    if service == "shop":
        client = Client(create_app(config, shop.database), base_url=url)
        answer = signed_in(shop, client)
    else:
        client = Client(desk_app(config, shop.database), base_url=url)
        answer = client.post("/api/v1/sign-in", json={"email": DESK_EMAIL, "password": PASSWORD})
    [(name, cookie)] = SimpleCookie(answer.headers["set-cookie"]).items()
    assert name.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert client.get("/api/v1/me").status_code == 200


def test_a_password_is_compared_letter_by_letter() -> None:
    password = " Ä" + "x" * 120 + "!"
    stored = passwords.hashed(password)
    assert passwords.matches(password, stored)
    for other in (password.strip(), password.lower(), password[:-1], password[:72], password + " "):
        assert not passwords.matches(other, stored)
