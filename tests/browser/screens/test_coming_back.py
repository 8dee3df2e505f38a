"""She looks elsewhere, or her line drops, and comes back: the page stands where it stood."""

import pytest
from playwright.sync_api import Browser, expect

from shop.domain.visit_states import State
from tests.browser.screens.showroom import Showroom, phone, visitor
from tests.domain.visits_at import visit_in

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_a_page_thrown_away_while_she_reads_her_mails_still_asks_for_the_code(
    browser: Browser, room: Showroom
) -> None:
    with phone(browser, room, None) as context:
        page = context.new_page()
        page.goto(f"{room.url}/sign-in")
        page.get_by_label("E-Mail-Adresse").fill("anna@example.org")
        page.get_by_role("button", name="Code schicken").click()
        expect(page.locator("main")).to_have_attribute("data-state", "code")
        page.reload()
        expect(page.locator("main")).to_have_attribute("data-state", "code")
        expect(page.get_by_role("main")).to_contain_text("anna@example.org")
        page.get_by_role("button", name="Andere Adresse oder neuer Code").click()
        page.reload()
        expect(page.locator("main")).to_have_attribute("data-state", "email")


def test_what_a_dead_line_was_to_blame_for_is_no_news_once_it_is_back(
    browser: Browser, room: Showroom
) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "back")
        visit = visit_in(tx, room.seen_by(her), State.SHOPPING)
    with phone(browser, room, her, service_workers="block") as context:
        page = context.new_page()
        page.goto(f"{room.url}/visits/{visit.id}")
        line = page.locator(".line[data-sku=cola]")
        page.route("**/lines/cola", lambda route: route.abort("internetdisconnected"))
        line.get_by_role("button", name="Eins mehr").click()
        expect(line.locator("[data-code=no_connection]")).to_be_visible()
        page.unroute("**/lines/cola")
        page.get_by_role("button", name="Hilfe").last.click()  # anything that is answered
        page.get_by_role("button", name="Ich habe eine Frage").click()
        expect(line.locator("[data-code=no_connection]")).to_have_count(0)


def test_who_was_signed_out_elsewhere_is_told_so_and_who_signs_out_herself_is_not(
    browser: Browser, room: Showroom
) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "ended")
    with phone(browser, room, her, service_workers="block") as context:
        page = context.new_page()
        page.goto(room.url)
        expect(page.locator("main")).to_have_attribute("data-state", "door")
        cookies = context.cookies()
        context.clear_cookies()
        page.reload()
        told = page.get_by_role("status").filter(has_text="Bitte melden Sie sich neu an.")
        expect(told).to_be_visible()
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page.reload()
        expect(page.locator("main")).to_have_attribute("data-state", "door")
        page.get_by_role("button", name="Abmelden").click()
        expect(page.locator("main")).to_have_attribute("data-state", "email")
        expect(told).to_have_count(0)
