"""A passkey opens a session: with a true signature over a challenge of ours, once, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from shop.domain import clock
from shop.domain.audit import Audit
from shop.domain.passkeys import Passkey, PasskeyChallenge
from shop.domain.sign_in import SignIn
from shop.domain.tenancy import Store
from tests.api.authenticator import PRESENT, Authenticator, base64, unbase64
from tests.api.rigs import Client, Shop, refusal

PASSKEYS = "/api/v1/passkeys"
CHALLENGES = "/api/v1/passkey-challenges"
SIGN_IN = "/api/v1/sign-in/passkeys"
SIGN_IN_CHALLENGES = "/api/v1/sign-in/passkey-challenges"
HERE = "http://127.0.0.1:8000"  # the address of the app under test
PIXEL = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
def phone(anna: Client) -> Authenticator:
    """Anna's, with a passkey she made."""
    phone = Authenticator(HERE)
    assert create(anna, phone).status_code == 201
    return phone


def options(client: Client, path: str) -> dict[str, Any]:
    answer = client.post(path)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()["options"]
    return found


def create(client: Client, device: Authenticator, **headers: str) -> Any:
    return client.post(PASSKEYS, json=device.create(options(client, CHALLENGES)), headers=headers)


def signed_in(client: Client, device: Authenticator) -> Any:
    return client.post(SIGN_IN, json=device.sign(options(client, SIGN_IN_CHALLENGES)))


def test_a_passkey_signs_in_whoever_made_it_again_and_again(
    shop: Shop, nobody: Client, phone: Authenticator
) -> None:
    for _ in range(2):
        answer = signed_in(nobody, phone)
        assert answer.status_code == 201
        assert answer.json()["customer"]["id"] == shop.world.anna_id
        token = answer.json()["token"]
        me = shop.client().get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).json()
        assert me["customer"]["email"] == "anna@example.org"
    [passkey] = shop.rows(Passkey)
    assert passkey.sign_count == 2
    assert shop.rows(PasskeyChallenge) == []


def test_a_browser_is_asked_for_a_passkey_that_it_finds_by_itself_and_that_knows_her(anna: Client) -> None:
    asked = options(anna, CHALLENGES)
    assert asked["rp"] == {"id": "127.0.0.1", "name": "Dorfladen witzenhausen"}
    wanted = asked["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
    assert (asked["attestation"], asked["timeout"]) == ("none", 300_000)
    to_sign = options(anna, SIGN_IN_CHALLENGES)
    assert to_sign["userVerification"] == "required"
    assert not to_sign.get("allowCredentials")


def test_several_passkeys_are_listed_by_device_and_one_can_be_removed(
    shop: Shop, anna: Client, nobody: Client, phone: Authenticator
) -> None:
    second = Authenticator(HERE)
    assert create(anna, second, **{"user-agent": PIXEL}).json()["name"] == "Chrome auf Android"
    assert signed_in(nobody, second).status_code == 201
    first, other = anna.get(PASSKEYS).json()
    assert first["last_used_at"] is None
    assert other["last_used_at"] is not None
    assert set(other) == {"id", "name", "created_at", "last_used_at"}
    assert anna.delete(f"{PASSKEYS}/{other['id']}").status_code == 204
    assert refusal(anna.delete(f"{PASSKEYS}/{other['id']}"), 404) == "not_found"
    assert anna.get(PASSKEYS).json() == [first]
    assert refusal(signed_in(nobody, second), 400) == "unknown_passkey"
    assert signed_in(nobody, phone).status_code == 201


def test_nobody_removes_or_sees_the_passkey_of_another(
    anna: Client, ben: Client, phone: Authenticator
) -> None:
    [passkey] = anna.get(PASSKEYS).json()
    assert ben.get(PASSKEYS).json() == []
    assert refusal(ben.delete(f"{PASSKEYS}/{passkey['id']}"), 404) == "not_found"


def test_she_gives_a_passkey_a_name_of_her_own_and_the_trail_does_not_repeat_it(
    shop: Shop, anna: Client, ben: Client, phone: Authenticator
) -> None:
    [passkey] = anna.get(PASSKEYS).json()
    at = f"{PASSKEYS}/{passkey['id']}/name"
    answer = anna.put(at, json={"name": "  Omas Telefon "})
    assert answer.json() == passkey | {"name": "Omas Telefon"}
    assert anna.put(at, json={"name": "Omas Telefon"}).status_code == 200
    assert anna.get(PASSKEYS).json() == [answer.json()]
    [noted] = [row for row in shop.rows(Audit) if row.action == "passkey.renamed"]
    assert (noted.actor, noted.subject) == (f"customer:{shop.world.anna_id}", passkey["id"])
    assert noted.detail == {}
    assert refusal(ben.put(at, json={"name": "mine"}), 404) == "not_found"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines", "a\x00b", 7, None])
def test_a_name_for_a_passkey_is_one_short_line(anna: Client, phone: Authenticator, name: object) -> None:
    [passkey] = anna.get(PASSKEYS).json()
    answer = anna.put(f"{PASSKEYS}/{passkey['id']}/name", json={"name": name})
    assert refusal(answer, 422) == "invalid_input"
    assert anna.get(PASSKEYS).json() == [passkey]


def test_a_device_that_has_one_is_told_so(anna: Client, phone: Authenticator) -> None:
    asked = options(anna, CHALLENGES)
    assert [known["id"] for known in asked["excludeCredentials"]] == [phone.credential_id]
    assert refusal(anna.post(PASSKEYS, json=phone.create(asked)), 409) == "passkey_known"


def test_a_challenge_to_make_a_passkey_is_hers_alone_and_good_once(
    shop: Shop, anna: Client, ben: Client
) -> None:
    made = Authenticator(HERE).create(options(anna, CHALLENGES))
    assert refusal(ben.post(PASSKEYS, json=made), 400) == "expired_challenge"
    assert anna.post(PASSKEYS, json=made).status_code == 201
    assert refusal(anna.post(PASSKEYS, json=made), 400) == "expired_challenge"
    assert len(shop.rows(Passkey)) == 1


def test_a_challenge_is_used_once_whatever_came_of_it(
    shop: Shop, nobody: Client, phone: Authenticator
) -> None:
    asked = options(nobody, SIGN_IN_CHALLENGES)
    wrong = phone.but(origin="https://dorfladen.example").sign(asked)
    assert refusal(nobody.post(SIGN_IN, json=wrong), 400) == "passkey_refused"
    right = phone.sign(asked)
    assert refusal(nobody.post(SIGN_IN, json=right), 400) == "expired_challenge"
    right = phone.sign(options(nobody, SIGN_IN_CHALLENGES))
    assert nobody.post(SIGN_IN, json=right).status_code == 201
    assert refusal(nobody.post(SIGN_IN, json=right), 400) == "expired_challenge"


def test_a_challenge_expires_and_is_then_swept_away(shop: Shop, nobody: Client, phone: Authenticator) -> None:
    signed = phone.sign(options(nobody, SIGN_IN_CHALLENGES))
    [row] = shop.rows(PasskeyChallenge)
    assert row.expires_at - clock.now() <= timedelta(minutes=5)
    shop.change(PasskeyChallenge, row.id, expires_at=clock.now())
    assert refusal(nobody.post(SIGN_IN, json=signed), 400) == "expired_challenge"
    options(nobody, SIGN_IN_CHALLENGES)
    assert [left.id for left in shop.rows(PasskeyChallenge) if left.id == row.id] == []


def test_a_challenge_for_one_purpose_is_worth_nothing_for_the_other(
    anna: Client, nobody: Client, phone: Authenticator
) -> None:
    to_create = options(anna, CHALLENGES)
    signed = phone.sign({"challenge": to_create["challenge"], "rpId": to_create["rp"]["id"]})
    assert refusal(nobody.post(SIGN_IN, json=signed), 400) == "expired_challenge"
    to_sign = options(nobody, SIGN_IN_CHALLENGES)
    made = Authenticator(HERE).create(to_create | {"challenge": to_sign["challenge"]})
    assert refusal(anna.post(PASSKEYS, json=made), 400) == "expired_challenge"


def test_a_challenge_we_never_gave_is_no_challenge(nobody: Client, phone: Authenticator) -> None:
    asked = options(nobody, SIGN_IN_CHALLENGES) | {"challenge": base64(bytes(32))}
    assert refusal(nobody.post(SIGN_IN, json=phone.sign(asked)), 400) == "expired_challenge"


WRONG = {
    "another page's": {"origin": "https://dorfladen.example"},
    "without finger, face or PIN": {"flags": PRESENT},
    "without anybody touching it": {"flags": 0x04},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_a_device_signs_wrongly_is_refused(
    shop: Shop, anna: Client, nobody: Client, phone: Authenticator, wrong: dict[str, Any]
) -> None:
    assert refusal(signed_in(nobody, phone.but(**wrong)), 400) == "passkey_refused"
    assert refusal(create(anna, Authenticator(HERE).but(**wrong)), 400) == "passkey_refused"
    assert len(shop.rows(Passkey)) == 1
    assert len(shop.rows(SignIn)) == 1  # the one she made it with


def test_a_key_that_is_not_hers_signs_nobody_in(nobody: Client, phone: Authenticator) -> None:
    thief = Authenticator(HERE, credential_id=phone.credential_id, user_handle=phone.user_handle)
    assert refusal(signed_in(nobody, thief), 400) == "passkey_refused"


def test_a_signature_for_another_shop_is_refused(nobody: Client, phone: Authenticator) -> None:
    asked = options(nobody, SIGN_IN_CHALLENGES) | {"rpId": "dorfladen.example"}
    assert refusal(nobody.post(SIGN_IN, json=phone.sign(asked)), 400) == "passkey_refused"


def test_a_passkey_that_says_it_is_somebody_elses_is_refused(
    shop: Shop, nobody: Client, phone: Authenticator
) -> None:
    ben = base64(shop.world.ben_id.encode())
    assert refusal(signed_in(nobody, phone.but(user_handle=ben)), 400) == "passkey_refused"


@pytest.mark.parametrize("step", [0, -1])
def test_a_counter_that_does_not_rise_means_a_copy_and_is_noted(
    shop: Shop, nobody: Client, phone: Authenticator, step: int
) -> None:
    phone.count = 7
    assert signed_in(nobody, phone).status_code == 201
    copy = phone.but(count=phone.count - 1 + step)
    assert refusal(signed_in(nobody, copy), 400) == "passkey_copied"
    [noted] = [row for row in shop.rows(Audit) if row.action == "passkey.went_back"]
    assert noted.actor == f"customer:{shop.world.anna_id}"
    assert signed_in(nobody, phone).status_code == 201


def test_a_device_that_never_counts_is_no_copy(nobody: Client, phone: Authenticator) -> None:
    for _ in range(2):
        phone.count = -1  # it adds one
        assert signed_in(nobody, phone).status_code == 201


def test_a_passkey_of_another_operator_is_unknown_here(
    shop: Shop, nobody: Client, phone: Authenticator
) -> None:
    [passkey] = shop.rows(Passkey)
    with shop.database.reading() as tx:
        other = tx.get_one(Store, shop.world.foreign_store_id).operator_id
    shop.change(Passkey, passkey.id, operator_id=other, customer_id=shop.world.foreigner_id)
    handle = base64(shop.world.foreigner_id.encode())
    assert refusal(signed_in(nobody, phone.but(user_handle=handle)), 400) == "unknown_passkey"


def test_an_account_asks_for_ten_challenges_in_five_minutes(shop: Shop, anna: Client, ben: Client) -> None:
    for _ in range(10):
        options(anna, CHALLENGES)
    answer = anna.post(CHALLENGES)
    assert refusal(answer, 429) == "too_many_requests"
    assert answer.json()["available_at"] is not None
    options(ben, CHALLENGES)
    for row in shop.rows(PasskeyChallenge):
        shop.change(PasskeyChallenge, row.id, expires_at=clock.now())
    options(anna, CHALLENGES)


@pytest.mark.parametrize("part", ["client_data", "authenticator_data", "signature"])
@pytest.mark.parametrize("content", [b"", b"\xff" * 9, b"[" * 5000, b"null", b'{"challenge": {}}'])
def test_nonsense_is_refused_like_any_other_wrong_signature(
    nobody: Client, phone: Authenticator, part: str, content: bytes
) -> None:
    signed = phone.sign(options(nobody, SIGN_IN_CHALLENGES)) | {part: base64(content) or "A"}
    code = "expired_challenge" if part == "client_data" else "passkey_refused"
    assert refusal(nobody.post(SIGN_IN, json=signed), 400) == code


@pytest.mark.parametrize("content", [b"", b"\xa0", b"\x81" * 3000, b'{"fmt": "none"}'])
def test_nonsense_makes_no_passkey(shop: Shop, anna: Client, content: bytes) -> None:
    made = Authenticator(HERE).create(options(anna, CHALLENGES)) | {"attestation": base64(content) or "A"}
    assert refusal(anna.post(PASSKEYS, json=made), 400) == "passkey_refused"
    assert shop.rows(Passkey) == []


def test_a_sign_in_whose_answer_was_lost_is_answered_again(
    shop: Shop, nobody: Client, phone: Authenticator
) -> None:
    signed = phone.sign(options(nobody, SIGN_IN_CHALLENGES))
    key = {"idempotency-key": "a-key-of-enough-letters-0123"}
    first, again = (nobody.post(SIGN_IN, json=signed, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"


def test_an_altered_counter_breaks_the_signature(nobody: Client, phone: Authenticator) -> None:
    signed = phone.sign(options(nobody, SIGN_IN_CHALLENGES))
    data = bytearray(unbase64(signed["authenticator_data"]))
    data[-1] += 1
    changed = signed | {"authenticator_data": base64(bytes(data))}
    assert refusal(nobody.post(SIGN_IN, json=changed), 400) == "passkey_refused"
