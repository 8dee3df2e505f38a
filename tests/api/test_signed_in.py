"""Where she is signed in: by device and day, ended one by one or all others at once."""

from datetime import timedelta

import pytest

from shop.domain import clock, user_agents
from shop.domain.sign_in import SignIn
from tests.api.rigs import Client, Shop, refusal
from tests.api.test_passkeys import PIXEL
from tests.api.test_sign_in import ANNA, mailed_code

SESSIONS = "/api/v1/sessions"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 CriOS/140.0 Safari/604.1"
SAMSUNG = "Mozilla/5.0 (Linux; Android 10; K) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_each_session_is_told_by_device_and_day_and_this_one_is_marked(shop: Shop, nobody: Client) -> None:
    for line in (MAC, PIXEL):
        proof = {"email": ANNA, "code": mailed_code(shop, nobody)}
        answer = nobody.post("/api/v1/sign-in/sessions", json=proof, headers={"user-agent": line})
    here, other = nobody.get(SESSIONS).json()
    assert (here["browser"], here["system"], here["current"]) == ("Chrome", "Android", True)
    assert (other["browser"], other["system"], other["current"]) == ("Safari", "Mac", False)
    assert here["used_on"].endswith("T00:00:00Z")
    told = nobody.get(SESSIONS).text
    for row in shop.rows(SignIn):
        assert row.token_hash not in told
    assert answer.json()["token"] not in told


def test_one_session_can_be_ended_and_is_over_at_once(shop: Shop, anna: Client) -> None:
    lost = shop.client(shop.world.anna_id)
    [session] = [row for row in anna.get(SESSIONS).json() if not row["current"]]
    assert anna.delete(f"{SESSIONS}/{session['id']}").status_code == 204
    assert refusal(lost.get("/api/v1/me"), 401) == "sign_in_required"
    assert refusal(anna.delete(f"{SESSIONS}/{session['id']}"), 404) == "not_found"
    assert len(anna.get(SESSIONS).json()) == 1


def test_the_one_in_use_is_ended_by_signing_out(anna: Client) -> None:
    [this] = anna.get(SESSIONS).json()
    assert refusal(anna.delete(f"{SESSIONS}/{this['id']}"), 409) == "this_session"
    assert len(anna.get(SESSIONS).json()) == 1


def test_all_others_end_and_this_one_stays(shop: Shop, anna: Client, ben: Client) -> None:
    others = [shop.client(shop.world.anna_id) for _ in range(2)]
    assert anna.post("/api/v1/other-sessions/end").status_code == 204
    for other in others:
        assert refusal(other.get("/api/v1/me"), 401) == "sign_in_required"
    assert [row["current"] for row in anna.get(SESSIONS).json()] == [True]
    assert ben.get("/api/v1/me").status_code == 200


def test_nobody_ends_the_session_of_another(anna: Client, ben: Client) -> None:
    [session] = anna.get(SESSIONS).json()
    assert refusal(ben.delete(f"{SESSIONS}/{session['id']}"), 404) == "not_found"
    assert anna.get("/api/v1/me").status_code == 200


def test_the_day_of_use_is_written_once_a_day_when_the_app_starts(shop: Shop, anna: Client) -> None:
    [row] = shop.rows(SignIn)
    yesterday = clock.today() - timedelta(days=1)
    for before in (yesterday, None):
        shop.change(SignIn, row.id, used_on=before)
        anna.get("/api/v1/visits")
        assert shop.rows(SignIn)[0].used_on == before
        anna.get("/api/v1/me")
        assert shop.rows(SignIn)[0].used_on == clock.today()


def test_an_ended_session_leaves_no_trace_of_another_try(shop: Shop, anna: Client) -> None:
    [row] = shop.rows(SignIn)
    shop.change(SignIn, row.id, used_on=None, revoked_at=clock.now())
    assert refusal(anna.get("/api/v1/me"), 401) == "sign_in_required"
    assert shop.rows(SignIn)[0].used_on is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (PIXEL, "Chrome on Android"),
        (MAC, "Safari on Mac"),
        (IPHONE, "Chrome on iPhone"),
        (SAMSUNG, "Samsung Internet on Android"),
        (EDGE, "Edge on Windows"),
        (FIREFOX, "Firefox on Linux"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_know_it(line: str, name: str) -> None:
    assert user_agents.name(line, "en") == name
