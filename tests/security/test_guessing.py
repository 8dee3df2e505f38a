"""How often somebody may guess, however many machines she has: counted in the database, not by address."""

from datetime import timedelta
from pathlib import Path

import pytest

from admin.app import create_app as desk_app
from shop import passwords
from shop.app import create_app
from shop.db import Database
from shop.domain import clock, sign_in
from shop.domain.audit import Audit
from shop.domain.sign_in import SignIn, SignInCode, Staff
from tests.api.rigs import Client, Shop, settings
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.world import World

CODES, SESSIONS = "/api/v1/sign-in/codes", "/api/v1/sign-in/sessions"
ANNA = "anna@example.org"


@pytest.fixture
def shop(sqlite: tuple[Database, World], tmp_path: Path) -> Shop:
    database, world = sqlite
    return Shop(create_app(settings(tmp_path), database), database, world)


@pytest.fixture
def desk(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    # argon2 is slow on purpose; here only what it is asked counts
    monkeypatch.setattr(passwords, "matches", lambda password, stored: password == PASSWORD and bool(stored))
    return Client(desk_app(settings(tmp_path), shop.database))


def wrong(shop: Shop) -> str:
    right = shop.jobs("mail_code")[-1].payload["code"]
    return f"{(int(right) + 1) % 1_000_000:06d}"


def guesses(shop: Shop) -> int:
    """As many as she is allowed before nothing helps: new codes, each tried until it is burnt."""
    client, taken = shop.client(), 0
    while client.post(CODES, json={"email": ANNA}).status_code == 202:
        guess = {"email": ANNA, "code": wrong(shop)}
        while client.post(SESSIONS, json=guess).json()["code"] == "wrong_code":
            taken += 1
            assert taken < 1000
    return taken


def test_a_mailed_code_can_be_guessed_at_twenty_five_times_in_ten_minutes(shop: Shop) -> None:
    assert guesses(shop) == 25
    assert guesses(shop) == 0
    for row in shop.rows(SignInCode):
        shop.change(SignInCode, row.id, created_at=clock.now() - sign_in.CODE_VALID)
    assert guesses(shop) == 25  # one in 40,000 every ten minutes
    assert shop.rows(SignIn) == []


def test_guessing_at_one_address_stops_nobody_at_another(shop: Shop) -> None:
    guesses(shop)
    ben = shop.client()
    assert ben.post(CODES, json={"email": "ben@example.org"}).status_code == 202
    code = shop.jobs("mail_code")[-1].payload["code"]
    assert ben.post(SESSIONS, json={"email": "ben@example.org", "code": code}).status_code == 201


def test_a_session_she_has_outlives_the_guessing(shop: Shop) -> None:
    anna = shop.client(shop.world.anna_id)
    guesses(shop)
    assert anna.get("/api/v1/me").status_code == 200


def test_a_password_can_be_guessed_at_five_times_in_a_quarter_of_an_hour(shop: Shop, desk: Client) -> None:
    def said_to(password: str) -> str:
        answer = desk.post("/api/v1/sign-in", json={"email": DESK_EMAIL, "password": password})
        return "in" if answer.status_code == 201 else str(answer.json()["code"])

    for rounds in range(1, 4):
        # told alike, counted or not; the right one is worth nothing meanwhile, and asking adds no pause
        assert {said_to(f"guess {number}") for number in range(9)} == {"wrong_password"}
        assert said_to(PASSWORD) == "wrong_password"
        assert len(shop.rows(Audit)) == 5 * rounds
        [row] = [row for row in shop.rows(Staff) if row.email == DESK_EMAIL]
        assert row.locked_until - clock.now() <= timedelta(minutes=15)
        shop.change(Staff, row.id, locked_until=clock.now())
    assert said_to(PASSWORD) == "in"


def test_an_idempotency_key_buys_no_further_guess(shop: Shop) -> None:
    client = shop.client()
    client.post(CODES, json={"email": ANNA})
    right = shop.jobs("mail_code")[-1].payload["code"]
    for number in range(5):
        headers = {"idempotency-key": f"guess-{number}-and-so-many-more-letters"}
        client.post(SESSIONS, json={"email": ANNA, "code": wrong(shop)}, headers=headers)
    headers = {"idempotency-key": "another-key-with-enough-letters"}
    answer = client.post(SESSIONS, json={"email": ANNA, "code": right}, headers=headers)
    assert answer.json()["code"] == "too_many_attempts"
