"""An answer that was long on its way does not hide what the stream has told since."""

import time

import pytest
from playwright.sync_api import Browser, Route, expect

from shop.domain import lifecycle, visits
from shop.domain.visit_states import Event, State
from tests.browser.screens.showroom import Showroom, phone, visitor
from tests.domain.visits_at import visit_in

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_the_open_door_is_not_hidden_by_an_older_look_at_the_visit(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "late")
        visit_id = visit_in(tx, room.seen_by(her), State.ADMITTED).id

    def late(route: Route) -> None:
        """The lock opens while the answer is under way; the stream says so at once."""
        answer = route.fetch()
        with room.database.transaction() as tx:
            lifecycle.advance(tx, visits.locked(tx, visit_id), Event.UNLOCKED)
        time.sleep(2)
        route.fulfill(response=answer)

    with phone(browser, room, her, service_workers="block") as context:
        page = context.new_page()
        page.route(f"**/api/v1/visits/{visit_id}", late)
        with page.expect_response(f"**/api/v1/visits/{visit_id}") as looked:
            page.goto(f"{room.url}/visits/{visit_id}")
        assert looked.value.json()["state"] == "admitted"
        page.wait_for_timeout(300)
        expect(page.locator("main")).to_have_attribute("data-state", "unlocked")
