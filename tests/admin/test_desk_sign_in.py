"""Staff sign in with a password; guessing pauses the account, and every try is on record."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from shop import passwords
from shop.domain import clock
from shop.domain.sign_in import SignIn, Staff
from tests.admin.rigs import DESK_EMAIL, Client, Desk
from tests.api.rigs import refusal
from tests.api.surface import strangers_answers
from tests.domain.staff import PASSWORD

PATH = "/api/v1/sign-in"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Argon2 is slow on purpose; here only what it is asked counts."""
    asked: list[str | None] = []

    def matches(password: str, stored: str | None) -> bool:
        asked.append(stored)
        return password == PASSWORD and stored is not None

    monkeypatch.setattr(passwords, "matches", matches)
    return asked


def row_of(desk: Desk) -> Staff:
    with desk.database.reading() as tx:
        return tx.exec(select(Staff).where(Staff.email == DESK_EMAIL)).one()


def login(client: Client, password: str = PASSWORD, email: str = DESK_EMAIL) -> Any:
    return client.post(PATH, json={"email": email, "password": password})


def test_the_right_password_opens_a_session_with_cookie_and_csrf(desk: Desk) -> None:
    client = desk.client()
    answer = login(client)
    assert answer.status_code == 201
    assert answer.json()["staff"]["operator"] == "Dorfladen witzenhausen"
    assert "desk_session=" in answer.headers["set-cookie"]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/api/v1/me").json()["csrf"] == answer.json()["csrf"]
    assert refusal(client.delete(PATH), 403) == "csrf"
    assert client.delete(PATH, headers={"x-csrf-token": answer.json()["csrf"]}).status_code == 204
    assert refusal(client.get("/api/v1/me"), 401) == "sign_in_required"
    assert desk.actions() == ["signed_in"]


def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(
    desk: Desk, quick: list[str | None]
) -> None:
    wrong, unknown = login(desk.client(), "guess"), login(desk.client(), "guess", "zoe@example.org")
    assert refusal(wrong, 400) == refusal(unknown, 400) == "wrong_password"
    assert wrong.content == unknown.content
    assert len(quick) == 2  # the same work for both
    assert quick[1] is None
    assert desk.actions() == ["sign_in_failed"]


@pytest.mark.usefixtures("quick")
def test_five_wrong_passwords_pause_the_account_even_for_the_right_one(desk: Desk) -> None:
    for _ in range(5):
        assert refusal(login(desk.client(), "guess"), 400) == "wrong_password"
    sessions = len(desk.rows(SignIn))
    paused, wrong = login(desk.client()), login(desk.client(), "guess")
    unknown = login(desk.client(), "guess", "zoe@example.org")
    assert refusal(paused, 400) == "wrong_password"
    assert paused.content == wrong.content == unknown.content  # a pause tells nobody that there is an account
    assert len(desk.rows(SignIn)) == sessions
    assert desk.actions() == ["sign_in_failed"] * 5
    desk.change(Staff, row_of(desk).id, locked_until=clock.now() - timedelta(seconds=1))
    assert login(desk.client()).status_code == 201


@pytest.mark.usefixtures("quick")
def test_a_success_forgets_the_failures_before_it(desk: Desk) -> None:
    for _ in range(2):
        for _ in range(4):
            login(desk.client(), "guess")
        assert login(desk.client()).status_code == 201
    assert row_of(desk).locked_until is None


def test_guesses_made_at_the_same_time_count_one_after_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this password is being checked, others use up the attempts."""

    def slow(_password: str, _stored: str | None) -> bool:
        desk.change(Staff, row_of(desk).id, locked_until=clock.now() + timedelta(minutes=15))
        return True

    monkeypatch.setattr(passwords, "matches", slow)
    client = desk.client()
    client.alone = False  # the pause is written meanwhile, on purpose
    assert refusal(login(client), 400) == "wrong_password"


def test_a_shoppers_session_opens_no_desk(desk: Desk) -> None:
    shopper = desk.client(desk.world.anna_id)
    for path in ("me", "stores", "reviews", "visits", "incidents", "audit"):
        assert refusal(shopper.get(f"/api/v1/{path}"), 401) == "sign_in_required"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": DESK_EMAIL},
        {"email": DESK_EMAIL, "password": ""},
        {"email": DESK_EMAIL, "password": "x" * 201},
        {"email": "desk", "password": "x"},
        {"email": DESK_EMAIL, "password": 1},
        {"email": DESK_EMAIL, "password": "x", "staff_id": "1"},
    ],
)
def test_input_that_cannot_be_a_login_is_not_counted(desk: Desk, body: dict[str, Any]) -> None:
    assert refusal(desk.client().post(PATH, json=body), 422) == "invalid_input"
    assert row_of(desk).failed_attempts == 0


def test_the_guard_of_every_route_knows_a_stranger(desk: Desk) -> None:
    answers = strangers_answers(desk.client())
    assert len(answers) > 10
    assert {refusal(answer, 401) for answer in answers.values()} == {"sign_in_required"}
