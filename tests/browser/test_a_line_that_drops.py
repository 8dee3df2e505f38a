"""The line drops in the middle of each step: the request arrives, its answer is lost, then nothing goes.

Each time the page says so, and the same press again, back on the line, does nothing twice.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Error, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.test_a_visit_by_hand import (
    address_of,
    comes_to,
    fill_in_card,
    mailed_code,
    say_left,
    shown,
)
from tests.browser.walkable import WalkableStore, browser_page, cents

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

SKU = "milch-glas-1l"


@contextmanager
def line_drops(page: Page, method: str, address: str) -> Iterator[list[int]]:
    """The service hears this request once and does it; then, and until the end, nothing comes or goes."""
    heard: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == method and not heard:
            cookies = page.context.cookies()
            heard.append(route.fetch().status)
            page.context.clear_cookies()  # those of the lost answer, too
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
        with suppress(Error):  # the page itself gave up meanwhile
            route.abort("internetdisconnected")

    page.route(address, lose)
    page.context.set_offline(True)
    yield heard
    assert heard, f"nobody asked for {method} {address}"
    assert heard[0] < 400
    page.unroute(address)
    page.context.set_offline(False)


def press_without_a_line(page: Page, name: str, method: str, address: str) -> None:
    """And once more with one."""
    button = page.get_by_role("button", name=name, exact=True)
    with line_drops(page, method, address):
        button.click()
        expect(page.locator("[data-code=no_connection]").first).to_be_visible()
        expect(button).not_to_have_attribute("aria-busy", "true")
    button.click()


def test_a_whole_visit_on_a_line_that_drops_at_every_step(walkable_store: WalkableStore) -> None:
    store, actor, before = walkable_store, walkable_store.actor, captured(walkable_store)
    with browser_page(width=390, height=844) as page:
        page.goto(store.shop_url)
        page.get_by_label("E-Mail-Adresse").fill(address_of("wilma"))
        press_without_a_line(page, "Code schicken", "POST", "**/sign-in/codes")
        page.get_by_label("Code aus der E-Mail").fill(mailed_code(store, "wilma"))
        assert len(mails(store, "wilma")) == 1
        press_without_a_line(page, "Anmelden", "POST", "**/sign-in/sessions")

        press_without_a_line(page, "Karte speichern", "POST", "**/payment-methods")
        page.wait_for_url(f"{store.stripe_url}/**")
        page.route("**/api/v1/payment-methods/*", lambda route: route.abort("internetdisconnected"))
        fill_in_card(page, "4242424242424242")
        expect(page.locator("main [data-code=no_connection]")).to_be_visible()
        page.unroute("**/api/v1/payment-methods/*")
        page.get_by_role("button", name="Noch einmal nachsehen").click()
        expect(shown(page, "Ihre Karte ist gespeichert.")).to_be_visible()
        page.get_by_role("button", name="Weiter").click()
        assert len(told(page, store, "payment-methods")) == 1

        page.get_by_label("Türcode").fill(store.door_code)
        unlock = page.get_by_role("button", name="Tür entriegeln")
        with line_drops(page, "POST", "**/api/v1/visits"):
            unlock.click()
            expect(page.locator("main [data-code=no_connection]")).to_be_visible()
            actor.enter("wilma")  # the lock has opened all the same
        comes_to(page, "shopping")
        [visit] = told(page, store, "visits")

        page.context.set_offline(True)
        actor.take("wilma", SKU, 1)
        page.context.set_offline(False)
        count = page.locator(f"[data-sku={SKU}] .count")
        expect(count).to_have_text("1", timeout=30_000)
        page.get_by_role("button", name="Etwas fehlt?").click()
        page.get_by_label("Barcode-Nummer (EAN)").fill(store.gtin("cola-500"))
        press_without_a_line(page, "Hinzufügen", "POST", "**/scans")
        expect(page.locator("[data-sku=cola-500] .count")).to_have_text("1")
        total = cents(page.get_by_role("definition").last.inner_text())

        order = page.get_by_role("button", name="Zahlungspflichtig bestellen", exact=True)
        with line_drops(page, "POST", "**/pay"):
            order.click()
            # a stream that was open may stay so: then that tells what became of it
            told_so = page.locator("main [data-code=no_connection]").or_(shown(page, "Bestellt."))
            expect(told_so.first).to_be_visible()
        with suppress(PlaywrightTimeout):
            order.click(timeout=2_000)
        expect(shown(page, "Bestellt.")).to_be_visible()
        actor.take("wilma", "cola-500", 1)
        actor.leave("wilma")
        with line_drops(page, "POST", "**/leave"):
            page.get_by_role("button", name="Ich bin gegangen").click()
            page.wait_for_timeout(3_000)  # longer than the app tries by itself
        say_left(page)
        comes_to(page, "settled")
        assert cents(shown(page, "Bezahlt:").inner_text()) == total
        assert captured(store) - before == total

        page.locator(f"[data-sku={SKU}] button.contest").click()
        press_without_a_line(page, "Absenden", "POST", "**/objections")
        expect(page.get_by_role("dialog").get_by_role("status")).to_be_visible()
        assert len(told(page, store, f"visits/{visit['id']}/objections")["objections"]) == 1
        assert [one["state"] for one in told(page, store, "visits")] == ["settled"]


def told(page: Page, store: WalkableStore, what: str) -> Any:
    return page.request.get(f"{store.shop_url}/api/v1/{what}").json()


def mails(store: WalkableStore, person: str) -> list[Any]:
    with urlopen(f"{store.mail_url}/mails?to={address_of(person)}", timeout=5) as answer:
        return list(json.load(answer))


def captured(store: WalkableStore) -> int:
    """Cents that Stripe has taken so far, whoever asked."""
    with urlopen(f"{store.stripe_url}/_sim/state", timeout=5) as answer:
        return int(json.load(answer)["captured_total"])
