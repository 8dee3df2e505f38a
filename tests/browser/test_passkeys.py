"""A passkey from a browser's own authenticator: offered once, made by one tap, and good until removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from shop.domain.jobs import Job
from tests.browser.screens.showroom import Showroom, furnished, opened
from tests.browser.walkable import browser_page
from tests.domain.world import World

pytestmark = [pytest.mark.browser, pytest.mark.long]

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def room(sqlite_seeded: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showroom]:
    room = furnished(*sqlite_seeded, tmp_path_factory.mktemp("passkeys"))
    with opened(room):
        yield room


@pytest.fixture
def page(room: Showroom) -> Iterator[Page]:
    """A phone whose owner has shown her finger."""
    with browser_page(width=390, height=844) as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
        page.goto(room.url)
        yield page


def sign_in_by_code(page: Page, room: Showroom, email: str) -> None:
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_role("button", name="Code schicken").click()
    page.get_by_label("Code aus der E-Mail").wait_for()
    with room.database.reading() as tx:
        job = tx.exec(select(Job).where(Job.kind == "mail_code").order_by(col(Job.id).desc())).first()
    assert job is not None
    page.get_by_label("Code aus der E-Mail").fill(job.payload["code"])
    page.get_by_role("button", name="Anmelden", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Abmelden").click()
    expect(page.locator("main")).to_have_attribute("data-screen", "sign_in")


def test_a_passkey_made_after_the_code_signs_in_until_it_is_removed(page: Page, room: Showroom) -> None:
    sign_in_by_code(page, room, "paula@example.org")
    page.get_by_role("button", name="Passkey anlegen").click()
    expect(page.get_by_text("Nächstes Mal ohne Code?")).to_be_hidden()
    sign_out(page)

    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.locator("main")).to_have_attribute("data-screen", "home")
    page.get_by_role("link", name="Konto").click()
    expect(page.get_by_role("main")).to_contain_text("paula@example.org")
    passkey = page.get_by_role("region", name="Passkeys").get_by_role("listitem")
    expect(passkey).to_contain_text("Chrome auf Linux")
    expect(passkey).to_contain_text("zuletzt benutzt am")
    page.get_by_role("button", name="Passkey anlegen").click()
    expect(page.locator("[data-code=passkey_known]")).to_be_visible()

    passkey.get_by_role("button", name="Passkey umbenennen").click()
    page.get_by_label("Wie soll er heißen?").fill("Omas Telefon")
    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(passkey).to_contain_text("Omas Telefon")
    expect(page.get_by_role("dialog")).to_have_count(0)

    passkey.get_by_role("button", name="Passkey entfernen").click()
    expect(passkey).to_be_hidden()
    sign_out(page)
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.locator("[data-code=unknown_passkey]")).to_be_visible()


def test_not_now_is_remembered_on_the_device(page: Page, room: Showroom) -> None:
    sign_in_by_code(page, room, "rosa@example.org")
    page.get_by_role("button", name="Nicht jetzt").click()
    sign_out(page)
    sign_in_by_code(page, room, "rosa@example.org")
    expect(page.locator("main")).to_have_attribute("data-screen", "home")
    expect(page.get_by_role("button", name="Passkey anlegen")).to_have_count(0)


def test_a_browser_that_has_none_says_so_in_plain_words(page: Page) -> None:
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.locator("[data-code=passkey_cancelled]")).to_contain_text("Es wurde kein Passkey benutzt")


def test_an_old_browser_is_not_offered_what_it_cannot_do(page: Page) -> None:
    page.add_init_script("delete window.PublicKeyCredential")
    page.reload()
    expect(page.get_by_role("button", name="Code schicken")).to_be_visible()
    expect(page.get_by_role("button", name="Mit Passkey anmelden")).to_have_count(0)
