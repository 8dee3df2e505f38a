"""Signing in by mailed code: limited, once, and silent about who is known."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shop.app import create_app
from shop.domain import clock
from shop.domain.customers import Customer
from shop.domain.sign_in import SignIn, SignInCode
from tests.api.rigs import Client, Shop, everything, refusal, settings

CODES = "/api/v1/sign-in/codes"
SESSIONS = "/api/v1/sign-in/sessions"
CURRENT = "/api/v1/sign-in/sessions/current"
ANNA = "anna@example.org"


def mailed_code(shop: Shop, client: Client, email: str = ANNA) -> str:
    assert client.post(CODES, json={"email": email}).status_code == 202
    return str(shop.jobs("mail_code")[-1].payload["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_mailed_code_opens_a_session_for_the_customer_it_was_mailed_to(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody, "Anna@Example.org ")
    answer = nobody.post(SESSIONS, json={"email": ANNA, "code": code})
    assert answer.status_code == 201
    assert answer.json()["customer"]["id"] == shop.world.anna_id
    token = answer.json()["token"]
    me = shop.client().get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).json()
    assert me["customer"]["email"] == ANNA
    assert me["csrf"] == answer.json()["csrf"]


def test_a_code_is_used_once(shop: Shop, nobody: Client) -> None:
    proof = {"email": ANNA, "code": mailed_code(shop, nobody)}
    assert nobody.post(SESSIONS, json=proof).status_code == 201
    assert refusal(nobody.post(SESSIONS, json=proof), 400) == "expired_code"
    assert len(shop.rows(SignIn)) == 1


def test_a_code_expires(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    [row] = shop.rows(SignInCode)
    shop.change(SignInCode, row.id, expires_at=clock.now() - timedelta(seconds=1))
    assert refusal(nobody.post(SESSIONS, json={"email": ANNA, "code": code}), 400) == "expired_code"


def test_five_wrong_attempts_burn_a_code_even_for_who_has_it(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    left = []
    for _ in range(5):
        answer = nobody.post(SESSIONS, json={"email": ANNA, "code": wrong(code)})
        assert refusal(answer, 400) == "wrong_code"
        left.append(answer.json()["details"]["attempts_left"])
    assert left == [4, 3, 2, 1, 0]
    answer = nobody.post(SESSIONS, json={"email": ANNA, "code": code})
    assert refusal(answer, 400) == "too_many_attempts"
    assert answer.json()["available_at"].endswith(("Z", "+00:00"))
    assert shop.rows(SignIn) == []


def test_a_wrong_attempt_is_remembered_and_does_not_spoil_the_right_one(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    refusal(nobody.post(SESSIONS, json={"email": ANNA, "code": wrong(code)}), 400)
    assert [row.attempts for row in shop.rows(SignInCode)] == [1]
    assert nobody.post(SESSIONS, json={"email": ANNA, "code": code}).status_code == 201


def test_a_code_is_good_only_for_the_address_it_was_mailed_to(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    answer = nobody.post(SESSIONS, json={"email": "ben@example.org", "code": code})
    assert refusal(answer, 400) == "expired_code"


def test_asking_tells_nobody_which_addresses_are_known(shop: Shop, nobody: Client) -> None:
    known = nobody.post(CODES, json={"email": ANNA})
    unknown = nobody.post(CODES, json={"email": "abel@example.org"})
    assert known.status_code == unknown.status_code == 202
    assert known.json() == unknown.json() == {"sent_to": "a…@example.org", "expires_in_s": 600}
    for email in (ANNA, "abel@example.org"):
        answer = nobody.post(SESSIONS, json={"email": email, "code": "x" * 6})
        assert refusal(answer, 422) == "invalid_input"
    never_asked = nobody.post(SESSIONS, json={"email": "carla@example.org", "code": "000000"})
    never_seen = nobody.post(SESSIONS, json={"email": "zoe@example.org", "code": "000000"})
    assert never_asked.json() == never_seen.json()
    assert len(shop.rows(Customer)) == 4  # nobody was made a customer by asking


def test_nobodys_mailbox_is_flooded(shop: Shop, nobody: Client) -> None:
    for _ in range(5):
        assert nobody.post(CODES, json={"email": ANNA}).status_code == 202
    answer = nobody.post(CODES, json={"email": ANNA})
    assert refusal(answer, 429) == "too_many_requests"
    assert answer.json()["available_at"] is not None
    assert len(shop.jobs("mail_code")) == 5
    assert nobody.post(CODES, json={"email": "ben@example.org"}).status_code == 202


def test_codes_and_tokens_are_kept_only_as_hashes(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    token = nobody.post(SESSIONS, json={"email": ANNA, "code": code}).json()["token"]
    kept = everything(shop.database)
    assert token not in str(kept)
    assert code not in str(kept["signincode"])


def test_a_cookie_session_needs_the_csrf_token_for_every_change(shop: Shop, nobody: Client) -> None:
    code = mailed_code(shop, nobody)
    answer = nobody.post(SESSIONS, json={"email": ANNA, "code": code})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert nobody.get("/api/v1/me").status_code == 200
    before = everything(shop.database)
    for token in ("", "f" * 32, "ümlaut"):
        headers: Any = {"x-csrf-token": token.encode()} if token else {}
        card = nobody.post("/api/v1/payment-methods", json={}, headers=headers)
        assert refusal(card, 403) == "csrf"
    assert everything(shop.database) == before
    headers = {"x-csrf-token": answer.json()["csrf"]}
    assert nobody.post("/api/v1/payment-methods", json={}, headers=headers).status_code == 202


def test_the_csrf_token_of_one_session_is_worth_nothing_in_another(shop: Shop, nobody: Client) -> None:
    nobody.cookies.set("shop_session", shop.token(shop.world.anna_id))
    other = Client(shop.app)
    other.cookies.set("shop_session", shop.token(shop.world.ben_id))
    csrf = other.get("/api/v1/me").json()["csrf"]
    card = nobody.post("/api/v1/payment-methods", json={}, headers={"x-csrf-token": csrf})
    assert refusal(card, 403) == "csrf"


def test_a_revoked_session_is_over_at_once_and_only_that_one(shop: Shop, anna: Client) -> None:
    second = shop.client(shop.world.anna_id)
    assert anna.delete(CURRENT).status_code == 204
    assert refusal(anna.get("/api/v1/me"), 401) == "sign_in_required"
    assert refusal(anna.delete(CURRENT), 401) == "sign_in_required"
    assert second.get("/api/v1/me").status_code == 200


def test_an_old_session_is_over(shop: Shop, anna: Client) -> None:
    [row] = shop.rows(SignIn)
    shop.change(SignIn, row.id, expires_at=clock.now())
    assert refusal(anna.get("/api/v1/me"), 401) == "sign_in_required"


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "bearer " + "x" * 5000, "Bearer \xfc"],
)
def test_a_token_we_did_not_give_is_nobody(shop: Shop, nobody: Client, header: str) -> None:
    headers: Any = {"authorization": header.encode("latin-1")}
    answer = nobody.get("/api/v1/me", headers=headers)
    assert refusal(answer, 401) == "sign_in_required"


def test_a_wrong_bearer_token_does_not_fall_back_to_the_cookie(shop: Shop, nobody: Client) -> None:
    nobody.cookies.set("shop_session", shop.token(shop.world.anna_id))
    answer = nobody.get("/api/v1/me", headers={"authorization": "Bearer wrong"})
    assert refusal(answer, 401) == "sign_in_required"


def test_a_staff_session_is_no_shopper(shop: Shop, nobody: Client) -> None:
    with shop.database.transaction() as tx:
        from shop.domain import sign_in

        token = sign_in.open_session(tx, shop.world.operator_id)
    answer = nobody.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert refusal(answer, 401) == "sign_in_required"


@pytest.mark.parametrize(
    "email",
    ["", "anna", "anna@", "@example.org", "a b@example.org", "a@b", "a\x00@example.org", "a\n@example.org",
     f"{'a' * 300}@example.org", "a@example.org\r\nBcc: b@example.org", "<a@example.org>", "a@exämple.org"],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(shop: Shop, nobody: Client, email: str) -> None:
    before = everything(shop.database)
    assert refusal(nobody.post(CODES, json={"email": email}), 422) == "invalid_input"
    assert everything(shop.database) == before


def test_bursts_from_one_address_are_slowed_down(shop: Shop, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, sign_ins_per_minute=3, requests_per_minute=5), shop.database)
    client = Client(app)
    for number in range(3):
        assert client.post(CODES, json={"email": f"a{number}@example.org"}).status_code == 202
    answer = client.post(CODES, json={"email": "a9@example.org"})
    assert refusal(answer, 429) == "too_many_requests"
    assert int(answer.headers["retry-after"]) > 0
    for _ in range(5):
        assert client.get("/health/live").status_code == 200
    assert refusal(client.get("/health/live"), 429) == "too_many_requests"
    assert len(shop.jobs("mail_code")) == 3
