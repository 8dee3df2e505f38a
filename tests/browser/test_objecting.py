"""A line that is not hers: a small amount comes back at once, a larger one after somebody has looked."""

import json
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_a_visit_by_hand import (
    comes_to,
    desk_sign_in,
    open_section,
    save_card,
    say_left,
    shown,
    sign_in_by_mailed_code,
)
from tests.browser.walkable import WalkableStore, browser_page, cents, fits_sideways

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

LIMIT_CENTS = 1000  # of a store that says nothing else


def test_a_small_amount_comes_back_and_a_large_one_is_decided_at_the_desk(
    walkable_store: WalkableStore,
) -> None:
    with browser_page(width=320, height=640) as page:
        page.goto(walkable_store.shop_url)
        sign_in_by_mailed_code(page, walkable_store, "oda")
        save_card(page)
        cheap, dear, units = goods(page, walkable_store)
        buy(page, walkable_store, {cheap["sku"]: 1, dear["sku"]: units})
        before = refunded(walkable_store)

        contest(page, cheap["sku"], 1)
        told = page.locator("[data-outcome]").first
        expect(told).to_have_attribute("data-outcome", "refunded", timeout=30_000)
        small = cents(shown(page, "Erstattet:").inner_text())
        assert small == each(cheap)
        assert refunded(walkable_store) - before == small
        expect(told.get_by_role("link")).to_contain_text("Korrekturbeleg")

        contest(page, dear["sku"], units)
        asked = page.locator("[data-outcome=waiting]")
        expect(asked).to_contain_text("Ein Mensch sieht sich das an.")
        assert fits_sideways(page)
        visit = page.url
        decide_at_the_desk(page, walkable_store)

        page.goto(visit)
        expect(page.locator("[data-outcome=refunded]")).to_have_count(2, timeout=30_000)
        expect(shown(page, "Unsere Antwort: Sie hatten recht.")).to_be_visible()
        large = units * each(dear)
        assert cents(shown(page, "Erstattet:").inner_text()) == small + large
        assert refunded(walkable_store) - before == small + large


def each(product: dict[str, Any]) -> int:
    return int(product["price_cents"] + product["deposit_cents"])


def goods(page: Page, store: WalkableStore) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The cheapest article, and so many of the dearest that they are above the limit."""
    [found, *_] = page.request.get(f"{store.shop_url}/api/v1/stores").json()
    products = page.request.get(f"{store.shop_url}/api/v1/stores/{found['slug']}/products").json()
    *_, dear = by_price = sorted(products, key=each)
    return by_price[0], dear, LIMIT_CENTS // each(dear) + 1


def buy(page: Page, store: WalkableStore, wanted: dict[str, int]) -> None:
    page.get_by_label("Türcode").fill(store.door_code)
    page.get_by_role("button", name="Tür entriegeln").click()
    expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
    store.actor.enter("oda")
    comes_to(page, "shopping")
    for sku, units in wanted.items():
        store.actor.take("oda", sku, units)
        expect(page.locator(f"[data-sku='{sku}'] .count")).to_have_text(str(units))
    page.get_by_role("button", name="Zahlungspflichtig bestellen", exact=True).click()
    expect(shown(page, "Bestellt.")).to_be_visible()
    store.actor.leave("oda")
    say_left(page)
    comes_to(page, "settled")


def contest(page: Page, sku: str, units: int) -> None:
    page.locator(f"[data-sku='{sku}']").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("g weniger")
    dialog.get_by_label("Was stimmt nicht?").select_option("not_mine")
    dialog.get_by_label("Wie viele Stück?").fill(str(units))
    dialog.get_by_role("button", name="Absenden").click()
    expect(dialog.get_by_role("status")).to_be_visible()
    dialog.get_by_role("button", name="Schließen").click()


def decide_at_the_desk(page: Page, store: WalkableStore) -> None:
    desk_sign_in(page, store)
    open_section(page, "Beanstandungen")
    waiting = page.get_by_role("article").first
    expect(waiting).to_contain_text("Nicht genommen")
    expect(waiting).to_contain_text("Vom Regal gesehen")
    waiting.get_by_label("Begründung").fill("Sie hatten recht.")
    waiting.get_by_role("button", name="Erstatten").click()
    expect(shown(page, "Entschieden:")).to_be_visible()
    expect(shown(page, "Nichts beanstandet.")).to_be_visible()


def refunded(store: WalkableStore) -> int:
    """Cents that Stripe has given back so far, whoever asked."""
    with urlopen(f"{store.stripe_url}/_sim/state", timeout=5) as answer:
        return int(json.load(answer)["refunded_total"])
