"""A shelf saw what she did not take, and missed what she did: she says both, and pays what is hers."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_a_visit_by_hand import (
    comes_to,
    save_card,
    say_left,
    shown,
    sign_in_by_mailed_code,
    total_in_pdf,
    total_on_receipt,
)
from tests.browser.walkable import WalkableStore, browser_page, cents, fits_sideways

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

SENSED, MISSED = "cola-330-dose", "frischkaese-175"


def test_not_mine_is_taken_back_and_what_is_missing_is_found_by_name(walkable_store: WalkableStore) -> None:
    """All of it with the keyboard alone."""
    with browser_page(width=320, height=640) as page:
        page.goto(walkable_store.shop_url)
        sign_in_by_mailed_code(page, walkable_store, "greta")
        save_card(page)
        can, cheese = goods(page, walkable_store)
        go_in(page, walkable_store)

        walkable_store.actor.take("greta", SENSED, 2)
        line = page.locator(f".line[data-sku='{SENSED}']")
        expect(line).to_contain_text("Vom Regal gewogen")
        expect(line).to_contain_text("330\u00a0ml · 2,70\u00a0€/l")
        press(line.get_by_role("button", name="Warum hier?"))
        expect(line.locator(".why")).to_contain_text("g weniger, also 2 × genommen")

        press(line.get_by_role("button", name="Nicht meins"))
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("sieht sich nach dem Einkauf ein Mensch an")
        press(dialog.get_by_role("button", name="Ja, das ist nicht meins"))
        expect(line.locator(".count")).to_have_text("0")
        assert total(page) == 0
        back = line.get_by_role("button", name="Zurücknehmen: wieder 2 ×")
        expect(back).to_be_focused()
        page.keyboard.press("Enter")
        expect(line.locator(".count")).to_have_text("2")
        expect(line.get_by_role("button", name="Nicht meins")).to_be_focused()
        assert total(page) == 2 * each(can)

        press(page.get_by_role("button", name="Etwas fehlt?"))
        call = page.get_by_role("button", name="Bescheid sagen oder anrufen")
        press(call)
        expect(page.get_by_role("heading", name="Hilfe holen")).to_be_focused()
        page.keyboard.press("Escape")
        expect(call).to_be_focused()
        page.get_by_label("Ware nach Namen suchen").press_sequentially("kaese kraeuter")
        expect(page.get_by_text("Gefunden: 1")).to_be_visible()
        press(page.get_by_role("button", name=f"Hinzufügen: {cheese['name']['de']}"))
        expect(page.locator(f".choice[data-choice='{MISSED}']")).to_contain_text("Jetzt 1 × in Ihrem Korb")
        added = page.locator(f".line[data-sku='{MISSED}']")
        expect(added).to_contain_text("das Regal hat es noch nicht gemeldet")
        walkable_store.actor.take("greta", MISSED, 1)
        expect(added).to_contain_text("Gescannt und vom Regal gewogen")
        assert fits_sideways(page)
        assert total(page) == 2 * each(can) + each(cheese)

        page.get_by_role("button", name="Zahlungspflichtig bestellen", exact=True).click()
        expect(shown(page, "Bestellt.")).to_be_visible()
        walkable_store.actor.leave("greta")
        say_left(page)
        comes_to(page, "settled")
        paid = cents(shown(page, "Bezahlt:").inner_text())
        assert paid == 2 * each(can) + each(cheese)
        assert total_in_pdf(page) == paid
        assert total_on_receipt(page) == paid
        expect(page.get_by_text("2,70\u00a0€/l")).to_be_visible()


def go_in(page: Page, store: WalkableStore) -> None:
    page.get_by_label("Türcode").fill(store.door_code)
    page.get_by_role("button", name="Tür entriegeln").click()
    expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
    store.actor.enter("greta")
    comes_to(page, "shopping")


def goods(page: Page, store: WalkableStore) -> list[dict[str, Any]]:
    [found, *_] = page.request.get(f"{store.shop_url}/api/v1/stores").json()
    products = page.request.get(f"{store.shop_url}/api/v1/stores/{found['slug']}/products").json()
    by_sku = {product["sku"]: product for product in products}
    return [by_sku[SENSED], by_sku[MISSED]]


def each(product: dict[str, Any]) -> int:
    return int(product["price_cents"] + product["deposit_cents"])


def total(page: Page) -> int:
    return cents(page.get_by_role("definition").last.inner_text())


def press(button: Locator) -> None:
    """By keyboard."""
    button.focus()
    button.press("Enter")
