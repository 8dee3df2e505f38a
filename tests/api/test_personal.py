"""Her data: a copy of everything for her, and nothing of her left once she wants it erased."""

from typing import Any

import pytest

from shop.domain import help, inbox, lifecycle, visits
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.ledger import LedgerEntry
from shop.domain.passkeys import Passkey
from shop.domain.payments import Payment
from shop.domain.receipts import Receipt
from shop.domain.sign_in import SignIn
from shop.domain.visit_states import FINAL, Event, State
from tests.api.authenticator import Authenticator
from tests.api.rigs import Client, Shop, everything, refusal
from tests.api.test_passkeys import HERE, create
from tests.api.test_sign_in import ANNA, CODES, mailed_code
from tests.domain.visits_at import visit_in

ERASE = "/api/v1/account/erase"
EXPORT = "/api/v1/account/export"
WORDS = "My name is Anna and I cannot find the eggs"


@pytest.fixture
def bought(shop: Shop, anna: Client) -> str:
    """She was here, asked for help, bought and paid; she has a passkey and a code in her mailbox."""
    visit_id = shop.let_in(anna)
    anna.post(f"/api/v1/visits/{visit_id}/scans", json={"gtin": "4000000000042"})
    with shop.database.transaction() as tx:
        help.call(tx, visits.locked(tx, visit_id), "question", WORDS)
    anna.post(f"/api/v1/visits/{visit_id}/pay")
    anna.post(f"/api/v1/visits/{visit_id}/leave")
    shop.ends(visit_id)
    shop.hold(visit_id, "captured", captured_cents=30)
    shop.happens(visit_id, Event.CAPTURED)
    assert create(anna, Authenticator(HERE)).status_code == 201
    assert anna.post(CODES, json={"email": ANNA}).status_code == 202
    return visit_id


def test_her_copy_has_everything_we_keep_and_no_secret(shop: Shop, anna: Client, bought: str) -> None:
    answer = anna.get(EXPORT)
    assert answer.headers["content-disposition"] == 'attachment; filename="account.json"'
    copy = answer.json()
    assert copy["account"]["email"] == ANNA
    [visit] = copy["visits"]
    assert (visit["id"], visit["state"]) == (bought, "settled")
    assert [line["sku"] for line in visit["lines"]] == ["pencil"]
    assert [payment["captured_cents"] for payment in visit["payments"]] == [30]
    assert visit["receipts"][0]["document"]["total_cents"] == 30
    assert visit["incidents"][0]["evidence"]["text"] == WORDS
    assert [card["last4"] for card in copy["cards"]] == ["4242"]
    assert len(copy["sessions"]) == len(copy["passkeys"]) == len(copy["sign_in_codes"]) == 1
    assert "help_called" in [deed["action"] for deed in copy["audit"]]
    [session], [code] = shop.rows(SignIn), shop.jobs("mail_code")
    [passkey] = shop.rows(Passkey)
    for secret in (session.token_hash, code.payload["code"], passkey.public_key):
        assert secret not in answer.text


def test_her_copy_has_nothing_of_anybody_else(shop: Shop, anna: Client, ben: Client, bought: str) -> None:
    theirs = ben.get(EXPORT).json()
    assert theirs["visits"] == theirs["passkeys"] == theirs["audit"] == theirs["sign_in_codes"] == []
    assert "anna" not in ben.get(EXPORT).text


def test_who_is_erased_is_gone_and_the_books_stay(shop: Shop, anna: Client, bought: str) -> None:
    news = {"data": {"object": {"customer": "cus_anna", "customer_details": {"email": ANNA}}}}
    with shop.database.transaction() as tx:
        inbox.keep(tx, "stripe", "evt_1", "checkout.session.completed", news)
    shop.change(Customer, shop.world.foreigner_id, provider_id="cus_other")  # the anna next door
    [theirs] = [row for row in shop.rows(PaymentMethod) if row.customer_id == shop.world.foreigner_id]
    shop.change(PaymentMethod, theirs.id, provider_id="pm_other")
    keyed = {"idempotency-key": "a-key-of-hers"}
    assert anna.put("/api/v1/account/language", json={"language": "en"}, headers=keyed).status_code == 200
    kept = {table: shop.rows(table) for table in (LedgerEntry, Receipt, Payment)}
    assert anna.post(ERASE, json={"email": ANNA}).status_code == 204
    for table, rows in kept.items():
        assert shop.rows(table) == rows
    left = str(everything(shop.database) | {"job": []})
    card = str([job.payload for job in shop.jobs("mail_code")])
    for trace in (WORDS, "cus_anna", "pm_anna"):
        assert trace not in left, trace
    assert "anna@example.org" not in card
    [her] = [row for row in shop.rows(Customer) if row.id == shop.world.anna_id]
    assert her.email == f"{her.id}@erased.invalid"
    assert (her.provider_id, her.language) == (None, "de")
    assert left.count(ANNA) == 1  # next door


def test_the_bank_is_asked_to_forget_her_too(shop: Shop, anna: Client) -> None:
    assert anna.post(ERASE, json={"email": ANNA}).status_code == 204
    assert [job.payload for job in shop.jobs("forget_customer")] == [{"provider_id": "cus_anna"}]
    assert [job.payload for job in shop.jobs("forget_card")] == [{"provider_id": "pm_anna"}]


def test_every_tab_and_device_of_an_erased_account_is_signed_out(shop: Shop, anna: Client) -> None:
    stale = shop.client(shop.world.anna_id)
    assert anna.post(ERASE, json={"email": ANNA}).status_code == 204
    for client in (anna, stale):
        assert refusal(client.get("/api/v1/me"), 401) == "sign_in_required"
        assert refusal(client.post(ERASE, json={"email": ANNA}), 401) == "sign_in_required"


def test_whoever_comes_again_with_that_address_is_somebody_new(
    shop: Shop, anna: Client, nobody: Client, bought: str
) -> None:
    assert anna.post(ERASE, json={"email": ANNA}).status_code == 204
    proof = {"email": ANNA, "code": mailed_code(shop, nobody)}
    her = nobody.post("/api/v1/sign-in/sessions", json=proof).json()["customer"]
    assert her["id"] != shop.world.anna_id
    assert her["payment_methods"] == []
    assert nobody.get("/api/v1/visits").json() == []


@pytest.mark.parametrize("state", [state for state in State if state not in FINAL])
def test_an_account_with_something_open_is_not_erased_and_told_why(
    shop: Shop, anna: Client, state: State
) -> None:
    with shop.database.transaction() as tx:
        visit = visit_in(tx, shop.world, state)
    due = {State.PAYMENT_DUE: "payment_due", State.SETTLING: "visit_unfinished"}
    code = due | {State.IN_REVIEW: "visit_unfinished"}
    answer = anna.post(ERASE, json={"email": ANNA})
    assert refusal(answer, 409) == code.get(state, "visit_open")
    assert answer.json()["details"] == {"visit_id": visit.id}


def test_nor_is_one_with_money_still_held(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    with shop.database.transaction() as tx:
        lifecycle.advance(tx, visits.locked(tx, visit_id), Event.LEFT_WITH_NOTHING)
    assert refusal(anna.post(ERASE, json={"email": ANNA}), 409) == "visit_unfinished"
    shop.releases(visit_id)
    assert anna.post(ERASE, json={"email": ANNA}).status_code == 204


def test_an_account_is_not_erased_by_a_slip(anna: Client) -> None:
    assert refusal(anna.post(ERASE, json={"email": "ben@example.org"}), 409) == "wrong_confirmation"
    assert refusal(anna.post(ERASE, json={}), 422) == "invalid_input"
    assert anna.get("/api/v1/me").status_code == 200


def test_mails_and_the_card_page_speak_the_language_of_the_account(shop: Shop, anna: Client) -> None:
    answer: Any = anna.put("/api/v1/account/language", json={"language": "en"})
    assert answer.json()["language"] == "en"
    assert anna.get("/api/v1/me").json()["customer"]["language"] == "en"
