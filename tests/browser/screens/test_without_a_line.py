"""The server is gone: the app opens all the same, shows what the phone knew, and neither opens nor pays."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, func, select

from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.browser.screens.showroom import Showroom, comes_true, furnished, opened, phone, visitor
from tests.domain.visits_at import visit_in
from tests.domain.world import DOOR_CODE, World

pytestmark = [pytest.mark.browser, pytest.mark.long]

WORKER_RUNS = "navigator.serviceWorker.ready.then(() => caches.open('app')).then((app) => app.match('/'))"


@pytest.fixture
def room(sqlite_seeded: tuple[Path, World], tmp_path: Path) -> Showroom:
    """Of this test alone, which closes it."""
    return furnished(*sqlite_seeded, tmp_path)


def test_without_a_line_she_reads_what_she_bought_and_whom_to_call(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "anna")
        visit = visit_in(tx, room.seen_by(her), State.SETTLED)
        visit_id, total = visit.id, visit.total_cents
    with phone(browser, room, her) as context:
        page = context.new_page()
        with opened(room):
            page.goto(room.url)
            past(page).click()
            expect(page.get_by_role("link", name="Beleg ansehen")).to_be_visible()
            page.evaluate(WORKER_RUNS)
            comes_true(page, "caches.open('receipts').then((kept) => kept.keys()).then((all) => all.length)")

        page.goto(room.url)
        expect(page.get_by_role("status").filter(has_text="Keine Verbindung")).to_be_visible()
        past(page).click()
        expect(page.locator("main")).to_have_attribute("data-state", "settled")
        expect(shown(page, "Bio-Rhabarbersaftschorle")).to_be_visible()
        expect(shown(page, f"{total // 100},{total % 100:02}").last).to_be_visible()
        page.goto(f"{room.url}/visits/{visit_id}")  # and not only from the list
        expect(shown(page, "Bio-Rhabarbersaftschorle")).to_be_visible()

        page.get_by_role("link", name="Beleg ansehen").click()
        expect(page.get_by_text("Bio-Rhabarbersaftschorle")).to_be_visible()
        page.go_back()

        page.get_by_role("link", name="Hilfe").click()
        expect(shown(page, "Am Markt 1, 37213 Witzenhausen")).to_be_visible()
        expect(page.get_by_role("link", name="112 anrufen")).to_have_attribute("href", "tel:112")
        call = page.get_by_role("link", name="+49 5542 1234567 anrufen").first
        expect(call).to_have_attribute("href", "tel:+4955421234567")


def test_what_was_asked_without_a_line_does_not_happen_later(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "anna")
    with phone(browser, room, her) as context:
        page = context.new_page()
        with opened(room):
            page.goto(room.url)
            expect(page.locator("main")).to_have_attribute("data-state", "door")
            page.evaluate(WORKER_RUNS)
        page.get_by_label("Türcode").fill(DOOR_CODE)
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(page.locator("main [data-code=no_connection]")).to_be_visible()
        with opened(room):
            page.reload()
            expect(page.get_by_role("status").filter(has_text="Keine Verbindung")).to_be_hidden()
            expect(page.locator("main")).to_have_attribute("data-state", "door")
            assert visits_of(room, her) == 0


def test_a_phone_handed_on_shows_nothing_of_who_had_it(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "anna")
        visit_id = visit_in(tx, room.seen_by(her), State.SETTLED).id
    with phone(browser, room, her) as context:
        page = context.new_page()
        with opened(room):
            page.goto(room.url)
            expect(past(page)).to_be_visible()
            page.evaluate(WORKER_RUNS)
            page.goto(f"{room.url}/visits/{visit_id}")
            comes_true(page, "caches.has('receipts')")
            page.get_by_role("button", name="Abmelden").click()
            expect(page.locator("main")).to_have_attribute("data-state", "email")
        page.goto(room.url)
        expect(page.get_by_role("status").filter(has_text="Keine Verbindung")).to_be_visible()
        expect(past(page)).to_be_hidden()
        assert not page.evaluate("caches.has('receipts')")
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kept'))") == []


def test_what_ended_while_her_phone_was_off_is_told_once(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "anna")
        room.complete(tx, visit_in(tx, room.seen_by(her), State.SETTLED))
    with phone(browser, room, her) as context, opened(room):
        page = context.new_page()
        page.goto(room.url)
        told = page.get_by_role("main").get_by_role("status").filter(has_text="abgeschlossen")
        expect(told).to_contain_text("bezahlt, 2,48")
        told.get_by_role("link", name="Diesen Einkauf zeigen").click()
        expect(page.locator("main")).to_have_attribute("data-state", "settled")
        page.get_by_role("button", name="Zurück zur Übersicht").click()
        expect(past(page)).to_be_visible()
        expect(told).to_be_hidden()


def shown(page: Page, words: str) -> Locator:
    return page.get_by_role("main").get_by_text(words)


def visits_of(room: Showroom, customer_id: str) -> int:
    with room.database.reading() as tx:
        return tx.exec(select(func.count(col(Visit.id))).where(Visit.customer_id == customer_id)).one()


def past(page: Page) -> Locator:
    """Her one visit, in the list of those she made."""
    return page.get_by_role("listitem").get_by_role("link", name="Dorfladen Witzenhausen")
