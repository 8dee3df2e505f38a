"""A person walks through one visit with a phone of 320 pixels, and through the desk with a laptop."""

import io
import json
import re
import time
from contextlib import suppress
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pypdf import PdfReader

from tests.browser.walkable import WalkableStore, browser_page, cents, fits_sideways

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]


# On a slow line the door's button is on the page before the store's terms are: no press may be lost.
LATE_TERMS = """
const real = window.fetch;
window.fetch = async (what, ...how) => {
  if (String(what).endsWith("/api/v1/stores")) await new Promise((go) => setTimeout(go, 1000));
  return real(what, ...how);
};
"""


def test_a_shopper_signs_up_buys_and_reads_her_receipt(walkable_store: WalkableStore) -> None:
    """The amount on the button's screen, on the receipt's page and in its PDF is one and the same."""
    with browser_page(width=320, height=640) as page:
        page.add_init_script(LATE_TERMS)
        page.goto(f"{walkable_store.shop_url}/?door={quote(walkable_store.door_code)}")
        sign_in_by_mailed_code(page, walkable_store, "anna")
        save_card(page)

        expect(page.get_by_label("Türcode")).to_have_value(walkable_store.door_code)
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
        walkable_store.actor.enter("anna")
        comes_to(page, "shopping")

        sku, name = something_with_a_deposit(page, walkable_store)
        page.get_by_role("button", name="Etwas fehlt?").click()
        page.get_by_label("Barcode-Nummer (EAN)").fill(walkable_store.gtin(sku))
        page.get_by_role("button", name="Hinzufügen", exact=True).click()
        line = page.get_by_role("listitem").filter(has_text=name)
        expect(line).to_contain_text("Pfand")
        expect(line).to_contain_text("das Regal hat es noch nicht gemeldet")
        walkable_store.actor.take("anna", sku, 1)
        expect(line).to_contain_text("Gescannt und vom Regal gewogen")
        expect(line.get_by_role("group")).to_have_text("\N{MINUS SIGN}1+")
        assert fits_sideways(page)
        total = cents(page.get_by_role("definition").last.inner_text())

        page.get_by_role("button", name="Zahlungspflichtig bestellen", exact=True).click()
        expect(shown(page, "Bestellt.")).to_be_visible()
        walkable_store.actor.leave("anna")
        say_left(page)
        comes_to(page, "settled")

        paid = shown(page, "Bezahlt:")
        assert cents(paid.inner_text()) == total
        assert total_in_pdf(page) == total
        assert total_on_receipt(page) == total


def test_help_is_in_reach_while_a_visit_is_open(walkable_store: WalkableStore) -> None:
    """The way out comes first, with a number to call and 112; the desk hears of it at once."""
    with browser_page(width=320, height=640) as page:
        page.goto(walkable_store.shop_url)
        sign_in_by_mailed_code(page, walkable_store, "berta")
        save_card(page)
        page.get_by_label("Türcode").fill(walkable_store.door_code)
        page.get_by_role("button", name="Tür entriegeln").click()
        walkable_store.actor.enter("berta")
        comes_to(page, "shopping")

        page.get_by_role("button", name="Hilfe", exact=True).click()
        dialog = page.get_by_role("dialog", name="Hilfe holen")
        expect(dialog.get_by_role("button").first).to_have_text("Ich komme nicht hinaus")
        expect(dialog.get_by_role("link", name="112 anrufen")).to_have_attribute("href", "tel:112")
        dialog.get_by_role("button", name="Ich komme nicht hinaus").click()
        expect(dialog.get_by_text("Wir haben Ihren Ruf.")).to_be_visible()
        expect(dialog.get_by_role("link").first).to_have_attribute("href", re.compile(r"^tel:\+?\d"))
        dialog.get_by_role("button", name="Schließen").click()

        walkable_store.actor.leave("berta")
        say_left(page)
        comes_to(page, "empty")
        expect(shown(page, "Es wurde nichts abgebucht.")).to_be_visible()

        desk_sign_in(page, walkable_store)
        open_section(page, "Vorfälle")
        alarm = page.get_by_role("article").filter(has_text="Alarm").first
        alarm.get_by_label("Was wurde getan?").fill("Angerufen, alles gut.")
        before = page.get_by_role("article").count()
        alarm.get_by_role("button", name="Vorfall schließen").click()
        expect(page.get_by_role("article")).to_have_count(before - 1)


def test_a_wrong_code_and_an_unknown_door_are_explained(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        page.goto(walkable_store.shop_url)
        page.get_by_label("E-Mail-Adresse").fill(address_of("clara"))
        page.get_by_role("button", name="Code schicken").click()
        right = mailed_code(walkable_store, "clara")
        page.get_by_label("Code aus der E-Mail").fill("111111" if right != "111111" else "222222")
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("alert")).to_contain_text("Versuche übrig")

        page.get_by_label("Code aus der E-Mail").fill(right)
        page.get_by_role("button", name="Anmelden").click()
        save_card(page)
        page.get_by_label("Türcode").fill("NO-SUCH-DOOR")
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(page.locator("[data-code=unknown_door]")).to_be_visible()

        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("button", name="Unlock the door")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        comes_to(page, "email")


def test_an_operator_restocks_and_finds_it_in_the_audit(walkable_store: WalkableStore) -> None:
    with browser_page(width=1280, height=800) as page:
        desk_sign_in(page, walkable_store)
        open_section(page, "Auffüllen")
        place = page.get_by_role("main").get_by_role("listitem").first
        place.get_by_text("Bestand").click()
        before = int(re.sub(r"\D", "", place.get_by_text("Bestand").first.inner_text()))
        place.get_by_label("Aufgefüllt").fill("3")
        place.get_by_role("button", name="Einbuchen").click()
        expect(place).to_contain_text(f"Gebucht. Bestand jetzt {before + 3}.")

        open_section(page, "Ausgangsproben")
        door = page.get_by_role("article").first
        door.get_by_label("Notiz").fill("Strom und Netz waren aus.")
        door.get_by_role("button", name="Bestanden eintragen", exact=True).click()
        expect(door).to_contain_text("Eingetragen.")
        expect(door).to_contain_text("Gültig bis")

        open_section(page, "Geräte")
        expect(page.get_by_text("verbunden").first).to_be_visible()
        open_section(page, "Protokoll")
        newest = page.get_by_role("row").nth(1)
        expect(newest).to_contain_text("Strom und Netz waren aus.")
        expect(page.get_by_role("row").nth(2)).to_contain_text("3")


def sign_in_by_mailed_code(page: Page, store: WalkableStore, person: str) -> None:
    """Every person has an address of her own, so her first mail is her code."""
    page.get_by_label("E-Mail-Adresse").fill(address_of(person))
    page.get_by_role("button", name="Code schicken").click()
    page.get_by_label("Code aus der E-Mail").fill(mailed_code(store, person))
    page.get_by_role("button", name="Anmelden").click()


def address_of(person: str) -> str:
    return f"{person}@example.org"


def mailed_code(store: WalkableStore, person: str) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with urlopen(f"{store.mail_url}/mails?to={quote(address_of(person))}", timeout=5) as answer:
            subjects = [mail["subject"] for mail in json.load(answer)]
        codes = [found.group(1) for subject in subjects if (found := re.search(r": (\d{6})$", subject))]
        if codes:
            return str(codes[-1])
        time.sleep(0.1)
    raise AssertionError("no code was mailed")


def save_card(page: Page, number: str = "4242424242424242") -> None:
    page.get_by_role("button", name="Karte speichern", exact=True).click()
    fill_in_card(page, number)
    if "/3ds/" in page.url:
        page.get_by_role("button", name=re.compile("Bestätigen|Complete")).click()
    expect(shown(page, "Ihre Karte ist gespeichert.")).to_be_visible()
    expect(page.get_by_text(f"endet auf {number[-4:]}")).to_be_visible()
    page.get_by_role("button", name="Weiter").click()


def fill_in_card(page: Page, number: str) -> None:
    """On the payment service's page."""
    page.get_by_label(re.compile("Kartennummer|Card number")).fill(number)
    page.locator("[autocomplete=cc-exp]").fill("12 / 34")
    page.locator("[autocomplete=cc-csc]").fill("123")
    page.get_by_role("button", name=re.compile("Karte speichern|Save card")).click()


def something_with_a_deposit(page: Page, store: WalkableStore) -> tuple[str, str]:
    """SKU and German name of an article of the store."""
    found = page.request.get(f"{store.shop_url}/api/v1/stores").json()
    products = page.request.get(f"{store.shop_url}/api/v1/stores/{found[0]['slug']}/products").json()
    chosen = next(product for product in products if product["deposit_cents"] > 0)
    return chosen["sku"], chosen["name"]["de"]


def shown(page: Page, words: str) -> Locator:
    """In the main part, not in the news for screen readers that say the same."""
    return page.get_by_role("main").get_by_text(words)


def say_left(page: Page) -> None:
    """The shop may have noticed by itself, from door and shelves, before she finds the button."""
    page.get_by_role("button", name="Ich bin gegangen").or_(
        page.get_by_role("button", name="Zurück zur Übersicht")
    ).first.wait_for()
    with suppress(PlaywrightTimeout):  # gone while she reaches for it
        page.get_by_role("button", name="Ich bin gegangen").click(timeout=3_000)


def comes_to(page: Page, state: str) -> None:
    expect(page.locator("main")).to_have_attribute("data-state", state, timeout=30_000)


def total_in_pdf(page: Page) -> int:
    with page.expect_download() as download:
        page.get_by_role("link", name="Beleg als PDF").click()
    content = io.BytesIO(download.value.path().read_bytes())
    text = "\n".join(pdf_page.extract_text() for pdf_page in PdfReader(content).pages)
    sums = [line for line in text.splitlines() if line.startswith("Summe")]
    return cents(sums[0])


def total_on_receipt(page: Page) -> int:
    page.get_by_role("link", name="Beleg ansehen").click()
    page.wait_for_url("**/r/**")
    return int(page.locator("data#total").get_attribute("value") or "")


def desk_sign_in(page: Page, store: WalkableStore) -> None:
    page.goto(store.admin_url)
    page.get_by_label("E-Mail-Adresse").fill(store.staff_email)
    page.get_by_label("Passwort").fill(store.staff_password)
    page.get_by_role("button", name="Anmelden").click()
    comes_to(page, "reviews")


def open_section(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Bereiche").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
