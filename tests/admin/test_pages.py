"""The operator's own pages are published at the desk: by version, in both languages, with who did it."""

import pytest

from shop.domain.audit import Audit
from tests.admin.rigs import Client, Desk
from tests.api.rigs import refusal

PAGES = "/api/v1/pages"
TEXTS = {"de": "# Impressum\n\nGenossenschaft", "en": "# Imprint\n\nCooperative"}


def test_a_page_is_published_in_versions_and_the_audit_says_by_whom(desk: Desk, uta: Client) -> None:
    assert [(page["kind"], page["version"]) for page in uta.get(PAGES).json()] == [
        ("imprint", 0),
        ("privacy", 0),
        ("terms", 0),
        ("accessibility", 0),
    ]
    for version in (1, 2):
        page = uta.post(f"{PAGES}/imprint", json=TEXTS | {"en": f"version {version}"})
        assert page.status_code == 201
        assert (page.json()["version"], page.json()["en"]) == (version, f"version {version}")
    assert uta.get(PAGES).json()[0] == page.json()
    noted = [(row.action, row.subject, row.detail) for row in desk.rows(Audit)]
    assert noted == [("page.published", "imprint", {"version": version}) for version in (1, 2)]


def test_another_operators_pages_are_neither_seen_nor_changed(desk: Desk, uta: Client) -> None:
    assert uta.post(f"{PAGES}/terms", json=TEXTS).status_code == 201
    assert {page["version"] for page in desk.stranger.get(PAGES).json()} == {0}
    assert desk.stranger.post(f"{PAGES}/terms", json=TEXTS | {"en": "theirs"}).json()["version"] == 1
    assert uta.get(PAGES).json()[2]["en"] == TEXTS["en"]


@pytest.mark.parametrize("texts", [{"de": "", "en": "x"}, {"de": "x"}, {"de": "x\x00", "en": "x"}])
def test_a_page_has_words_in_both_languages(uta: Client, texts: dict[str, str]) -> None:
    assert refusal(uta.post(f"{PAGES}/terms", json=texts), 422) == "invalid_input"
    assert refusal(uta.post(f"{PAGES}/menu", json=TEXTS), 422) == "invalid_input"
