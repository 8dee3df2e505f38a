"""The account by hand: how the page looks, what pays, a copy of everything, and the end in every tab."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shop.domain import pages
from shop.domain.customers import Customer, PaymentMethod
from tests.browser.screens.showroom import Showroom, furnished, opened, visitor
from tests.browser.walkable import browser_page, fits_sideways
from tests.domain.world import World

pytestmark = [pytest.mark.browser, pytest.mark.long]


@dataclass(frozen=True)
class Her:
    page: Page
    email: str
    url: str

    def is_signed_out(self) -> None:
        expect(self.page.locator("main")).to_have_attribute("data-screen", "sign_in")


@pytest.fixture(scope="module")
def room(sqlite_seeded: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showroom]:
    room = furnished(*sqlite_seeded, tmp_path_factory.mktemp("account"))
    with opened(room):
        yield room


@pytest.fixture
def her(room: Showroom) -> Iterator[Her]:
    """With two cards, at her account."""
    with room.database.transaction() as tx:
        who = visitor(tx, room, "klara")
        card = {"status": "saved", "brand": "mastercard", "last4": "4444", "provider_id": f"pm2_{who}"}
        hers = {"operator_id": room.world.operator_id, "customer_id": who}
        tx.add(PaymentMethod.model_validate(hers | card))
        email = tx.get_one(Customer, who).email
    with browser_page(width=320, height=640) as page:
        page.context.add_cookies([{"name": "shop_session", "value": room.token(who), "url": room.url}])
        page.goto(f"{room.url}/account")
        yield Her(page, email, room.url)


def test_how_the_page_looks_is_remembered_on_the_device(her: Her) -> None:
    page = her.page
    letters = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    before = page.evaluate(letters)
    page.get_by_label("Schriftgröße").select_option("Sehr groß")
    page.get_by_label("Mehr Kontrast").check()
    page.get_by_label("Weniger Bewegung").uncheck()
    page.get_by_label("Sprache").select_option("English")
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")
    page.reload()
    expect(page.get_by_label("Text size")).to_have_value("larger")
    assert page.evaluate(letters) == before * 1.5
    looks = page.evaluate("({...document.documentElement.dataset})")
    assert looks == {"text": "larger", "contrast": "more", "motion": "normal"}
    assert fits_sideways(page)


def test_she_chooses_the_card_that_pays_and_removes_one(her: Her) -> None:
    page = her.page
    first = page.get_by_role("listitem").filter(has_text="4242")
    second = page.get_by_role("listitem").filter(has_text="4444")
    expect(second).to_contain_text("wird benutzt")
    first.get_by_role("button", name="bezahlen").click()
    expect(first).to_contain_text("wird benutzt")
    expect(second).not_to_contain_text("wird benutzt")
    second.get_by_role("button", name="entfernen").click()
    expect(second).to_have_count(0)


def test_she_takes_a_copy_of_everything_along(her: Her) -> None:
    with her.page.expect_download() as download:
        her.page.get_by_role("link", name="Kopie herunterladen").click()
    assert download.value.suggested_filename == "account.json"
    assert json.loads(download.value.path().read_text())["account"]["email"] == her.email


def test_an_account_ends_by_her_typed_word_and_a_stale_tab_asks_to_sign_in(her: Her) -> None:
    page, stale = her.page, her.page.context.new_page()
    stale.goto(f"{her.url}/account")
    stale.get_by_text(her.email).wait_for()
    page.get_by_role("button", name="Konto löschen").click()
    dialog = page.get_by_role("dialog", name="Konto löschen")
    dialog.get_by_label("E-Mail-Adresse").fill("somebody@example.org")
    dialog.get_by_role("button", name="Endgültig löschen").click()
    expect(dialog.locator("[data-code=wrong_confirmation]")).to_be_visible()
    dialog.get_by_label("E-Mail-Adresse").fill(her.email)
    dialog.get_by_role("button", name="Endgültig löschen").click()
    her.is_signed_out()

    stale.get_by_role("button", name="Passkey anlegen").click()
    expect(stale.locator("main")).to_have_attribute("data-screen", "sign_in")
    expect(stale.get_by_role("alert")).to_have_count(0)
    assert her.email not in stale.evaluate("JSON.stringify(localStorage)")


def test_new_terms_are_read_and_agreed_to_before_the_door(her: Her, room: Showroom) -> None:
    with room.database.transaction() as tx:
        texts = {"de": "# Ihr Einkauf\n\nSie zahlen, was Sie nehmen.", "en": "You pay what you take."}
        pages.publish(tx, room.world.operator_id, "1", "terms", texts)
    page = her.page
    page.goto(her.url)
    agreement = page.get_by_role("region", name="Bitte lesen und zustimmen")
    agreement.get_by_role("link", name="Nutzungsbedingungen").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Ihr Einkauf")
    page.go_back()
    agreement.get_by_role("button", name="Gelesen, ich stimme zu").click()
    expect(agreement).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Tür entriegeln")).to_be_visible()
    expect(agreement).to_be_hidden()
