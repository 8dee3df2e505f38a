"""A card declined or asked back, a door nobody opens, double taps, two tabs, a server that dies."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_a_visit_by_hand import (
    comes_to,
    fill_in_card,
    save_card,
    say_left,
    shown,
    sign_in_by_mailed_code,
)
from tests.browser.walkable import WalkableStore, browser_page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

DECLINED_AT_ONCE = "4000000000000002"
DECLINED_LATER = "4000000000000341"
WANTS_THE_BANK = "4000002760003184"


def test_a_card_that_cannot_be_saved_is_told_on_its_own_page(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        at_the_door(page, walkable_store, "emil")
        page.get_by_role("button", name="Karte speichern", exact=True).click()
        fill_in_card(page, DECLINED_AT_ONCE)
        expect(page.get_by_text("Ihre Karte wurde abgelehnt.")).to_be_visible()
        page.get_by_text(re.compile("Zurück ohne zu speichern")).click()
        expect(page.locator("main")).to_have_attribute("data-screen", "card")
        page.get_by_role("button", name="Zurück zur Übersicht").click()
        expect(page.get_by_role("button", name="Karte speichern", exact=True)).to_be_visible()


def test_what_is_wrong_is_named_in_words_not_in_patterns(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        page.goto(walkable_store.shop_url)
        page.get_by_label("E-Mail-Adresse").fill("a@b")  # browsers let that pass
        page.get_by_role("button", name="Code schicken").click()
        expect(page.get_by_role("alert").get_by_role("listitem")).to_have_text("E-Mail-Adresse")


def test_a_declined_hold_keeps_the_door_shut_and_costs_nothing(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        at_the_door(page, walkable_store, "frida")
        save_card(page, DECLINED_LATER)
        page.get_by_role("button", name="Tür entriegeln").click()
        comes_to(page, "refused")
        expect(shown(page, "Es wurde nichts abgebucht.")).to_be_visible()
        expect(shown(page, "Bitte nehmen Sie eine andere Karte.")).to_be_visible()


def test_her_bank_is_asked_and_brings_her_back_to_the_door(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        at_the_door(page, walkable_store, "gerda")
        save_card(page, WANTS_THE_BANK)
        page.get_by_role("button", name="Tür entriegeln").click()
        comes_to(page, "authenticating")
        page.get_by_role("link", name="Jetzt bei der Bank bestätigen").click()
        page.get_by_role("button", name=re.compile("Bestätigen|Complete")).click()
        expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
        comes_to(page, "abandoned")  # she thought better of it


def test_a_door_that_nobody_opens_frees_the_hold_and_says_so(walkable_store: WalkableStore) -> None:
    with browser_page(width=390, height=844) as page:
        at_the_door(page, walkable_store, "hanna")
        save_card(page)
        page.get_by_role("button", name="Tür entriegeln").click()
        comes_to(page, "abandoned")
        expect(shown(page, "Es wurde nichts abgebucht.")).to_be_visible()
        expect(shown(page, "Die Reservierung über 50,00 € ist aufgehoben.")).to_be_visible()


def test_two_taps_two_tabs_and_a_dying_server_make_one_visit_one_basket_one_payment(
    walkable_store: WalkableStore,
) -> None:
    with browser_page(width=390, height=844) as page:
        at_the_door(page, walkable_store, "ida")
        save_card(page)
        page.get_by_role("button", name="Tür entriegeln").dblclick()
        walkable_store.actor.enter("ida")
        comes_to(page, "shopping")
        other = page.context.new_page()
        other.goto(walkable_store.shop_url)
        comes_to(other, "shopping")

        sku = "milch-glas-1l"
        walkable_store.actor.take("ida", sku, 1)
        for tab in (page, other):
            expect(tab.locator(f"[data-sku={sku}] .count")).to_have_text("1")
        walkable_store.kill_service()
        walkable_store.actor.take("ida", sku, 1)
        for tab in (page, other):
            expect(tab.locator(f"[data-sku={sku}] .count")).to_have_text("2", timeout=30_000)

        total = page.get_by_role("definition").last.inner_text()
        other.get_by_role("button", name="Zahlungspflichtig bestellen", exact=True).dblclick()
        for tab in (page, other):
            expect(shown(tab, "Bestellt.")).to_be_visible()
        walkable_store.actor.leave("ida")
        say_left(page)
        for tab in (page, other):
            comes_to(tab, "settled")
            expect(shown(tab, f"Bezahlt: {total}")).to_be_visible()
        visits = page.request.get(f"{walkable_store.shop_url}/api/v1/visits").json()
        assert [visit["state"] for visit in visits] == ["settled"]


def at_the_door(page: Page, store: WalkableStore, person: str) -> None:
    page.goto(f"{store.shop_url}/?door={quote(store.door_code)}")
    sign_in_by_mailed_code(page, store, person)
