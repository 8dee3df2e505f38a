"""What she agrees to: by version, asked again for a new one, and before the door opens."""

import pytest

from shop.domain import pages
from shop.domain.consents import Consent
from shop.domain.tenancy import Store
from tests.api.rigs import Client, Shop, refusal
from tests.domain.world import DOOR_CODE

DUE, GIVE = "/api/v1/consents/due", "/api/v1/consents"
NOTHING = {"terms": None, "privacy": None}


def publish(shop: Shop, kind: pages.Kind, text: str, operator_id: str = "") -> None:
    with shop.database.transaction() as tx:
        texts = {"de": f"{text} auf Deutsch", "en": f"{text} in English"}
        pages.publish(tx, operator_id or shop.world.operator_id, "1", kind, texts)


@pytest.mark.parametrize("kind", pages.KINDS)
def test_everybody_reads_the_newest_version_in_her_language(
    shop: Shop, nobody: Client, kind: pages.Kind
) -> None:
    assert refusal(nobody.get(f"/api/v1/pages/{kind}"), 404) == "page_not_written"
    for text in ("first", "second"):
        publish(shop, kind, text)
    page = nobody.get(f"/api/v1/pages/{kind}?lang=en").json()
    assert (page["version"], page["text"]) == (2, "second in English")
    assert nobody.get(f"/api/v1/pages/{kind}").json()["text"] == "second auf Deutsch"


def test_another_operators_page_is_not_shown_here(shop: Shop, nobody: Client) -> None:
    with shop.database.reading() as tx:
        other = tx.get_one(Store, shop.world.foreign_store_id).operator_id
    publish(shop, "imprint", "theirs", other)
    assert refusal(nobody.get("/api/v1/pages/imprint"), 404) == "page_not_written"


def test_terms_and_privacy_are_accepted_once_by_version_and_the_time_is_kept(
    shop: Shop, anna: Client
) -> None:
    assert anna.get(DUE).json() == NOTHING
    for kind in pages.KINDS:
        publish(shop, kind, "first")
    assert anna.get(DUE).json() == {"terms": 1, "privacy": 1}
    assert anna.post(GIVE, json={"terms": 1, "privacy": 1}).json() == NOTHING
    assert {(row.kind, row.version) for row in shop.rows(Consent)} == {("terms", 1), ("privacy", 1)}
    assert all(row.given_at for row in shop.rows(Consent))
    publish(shop, "terms", "second")
    assert anna.get(DUE).json() == {"terms": 2, "privacy": None}
    kept = anna.get("/api/v1/account/export").json()["consents"]
    assert [consent["version"] for consent in kept] == [1, 1]


@pytest.mark.parametrize(
    "accepted", [{}, {"terms": 2}, {"terms": 1, "privacy": 1}, {"terms": 2, "privacy": 2}]
)
def test_nobody_agrees_to_what_she_was_not_shown(shop: Shop, anna: Client, accepted: dict[str, int]) -> None:
    publish(shop, "terms", "first")
    publish(shop, "privacy", "first")
    publish(shop, "terms", "second")
    assert refusal(anna.post(GIVE, json=accepted), 409) == "consent_outdated"
    assert shop.rows(Consent) == []


def test_only_the_newest_version_is_asked_for(shop: Shop, anna: Client) -> None:
    for text in ("first", "second"):
        publish(shop, "terms", text)
    assert anna.post(GIVE, json={"terms": 2}).json() == NOTHING


def test_the_door_waits_until_she_has_agreed(shop: Shop, anna: Client, ben: Client) -> None:
    publish(shop, "terms", "first")
    assert refusal(anna.post("/api/v1/visits", json={"door_code": DOOR_CODE}), 409) == "consent_due"
    assert ben.post(GIVE, json={"terms": 1}).status_code == 200
    assert refusal(anna.post("/api/v1/visits", json={"door_code": DOOR_CODE}), 409) == "consent_due"
    assert anna.post(GIVE, json={"terms": 1}).status_code == 200
    assert anna.post("/api/v1/visits", json={"door_code": DOOR_CODE}).status_code == 202
