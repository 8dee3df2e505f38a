"""A restart, a lost answer, a double tap: the page stays calm, asks again by itself and books once."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_a_visit_by_hand import (
    comes_to,
    desk_sign_in,
    open_section,
    save_card,
    shown,
    sign_in_by_mailed_code,
)
from tests.browser.walkable import WalkableStore, browser_page, fits_sideways

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

CALM = {"de": "wir sind gleich wieder da", "en": "we are back shortly"}


class Line:
    """Between page and server; notes the key of every attempt."""

    def __init__(self, page: Page, path: str, *faults: Callable[[Route], None]) -> None:
        self.keys: list[str] = []
        self._faults = list(faults)
        page.route(path, self._pass)

    def _pass(self, route: Route) -> None:
        self.keys.append(route.request.headers["idempotency-key"])
        fault = self._faults.pop(0) if self._faults else None
        if fault is None:
            route.continue_()
        else:
            fault(route)


def restarting(route: Route) -> None:
    route.fulfill(status=503, headers={"Retry-After": "2"}, body="")


def answer_lost(route: Route) -> None:
    """The server does it, and nobody hears of it."""
    assert route.fetch().ok
    route.abort("connectionreset")


def test_an_order_during_a_restart_is_placed_once_and_without_another_tap(
    walkable_store: WalkableStore,
) -> None:
    with browser_page(width=390, height=844) as page:
        page.goto(f"{walkable_store.shop_url}/?door={quote(walkable_store.door_code)}")
        sign_in_by_mailed_code(page, walkable_store, "dora")
        save_card(page)
        entering = Line(page, "**/api/v1/visits", restarting, answer_lost)
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(page.get_by_role("status").filter(has_text=CALM["de"])).to_be_visible()
        assert fits_sideways(page)
        expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text=CALM["de"])).to_be_hidden()
        assert len(entering.keys) == 3
        assert len(set(entering.keys)) == 1
        comes_to(page, "abandoned")  # nobody opens the door; one visit was made, so she may enter again
        visits = page.request.get(f"{walkable_store.shop_url}/api/v1/visits").json()
        assert len(visits) == 1


def test_goods_are_booked_once_though_the_answer_was_lost_and_the_button_pressed_twice(
    walkable_store: WalkableStore,
) -> None:
    with browser_page(width=1280, height=800) as page:
        desk_sign_in(page, walkable_store)
        open_section(page, "Auffüllen")
        place = page.get_by_role("main").get_by_role("listitem").nth(1)
        place.get_by_text("Bestand").click()
        before = int(re.sub(r"\D", "", place.get_by_text("Bestand").first.inner_text()))
        place.get_by_label("Aufgefüllt").fill("3")
        booking = Line(page, "**/restocks", answer_lost, restarting)
        place.get_by_role("button", name="Einbuchen").dblclick()
        expect(page.get_by_role("status").filter(has_text=CALM["de"])).to_be_visible()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("status").filter(has_text=CALM["en"])).to_be_visible()
        expect(place).to_contain_text(str(before + 3))
        assert len(set(booking.keys)) == 1
        place.get_by_label("Put on shelf").fill("3")
        place.get_by_role("button", name="Book in").click()
        expect(place).to_contain_text(str(before + 6))
        assert len(set(booking.keys)) == 2  # another wish


@pytest.mark.parametrize("service", ["shop", "admin"])
def test_the_api_is_explained_without_anything_from_elsewhere(
    walkable_store: WalkableStore, service: str
) -> None:
    """Under the same content policy as every page; a script or style from elsewhere would be an error."""
    base = walkable_store.shop_url if service == "shop" else walkable_store.admin_url
    asked: list[str] = []
    with browser_page(width=1280, height=800) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{base}/docs")
        page.locator("[id$=me_api_v1_me_get] .opblock-summary-control").click()
        expect(page.get_by_text("sign_in_required").first).to_be_visible()
        assert all(url.startswith((base, "data:")) for url in asked)
