"""A phone whose clock is a day wrong shows the same words as one whose clock is right."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from shop.domain import clock
from shop.domain.payments import Payment
from shop.domain.visit_states import State
from tests.browser.screens.catalogue import SCENES
from tests.browser.screens.showroom import Showroom, phone, visitor
from tests.browser.screens.view import Scene, View
from tests.domain.visits_at import visit_in

pytestmark = [pytest.mark.browser, pytest.mark.long]

WRONG_BY_H = (-25, 25)  # on the day before and the day after
WRONG = """
const Right = Date;
globalThis.Date = class extends Right {
  constructor(...given) { super(...(given.length ? given : [Right.now() + %d])); }
  static now() { return Right.now() + %d; }
};
"""
# Where times stand: past visits, until when she is told of a free place, passkeys, devices, what a shelf saw.
WITH_TIMES = [
    View("home", "door"),
    View("home", "door", "waiting"),
    View("account", "shown"),
    View("visit", "settled", "contest"),
]


def set_clock(page: Page, hours: int) -> None:
    ms = hours * 3_600_000
    page.add_init_script(WRONG % (ms, ms))


def words(browser: Browser, room: Showroom, scene: Scene, her: str, address: str, hours: int) -> list[str]:
    """Line by line, each once: every phone is one more signed-in device."""
    with phone(browser, room, her, service_workers="block") as context:
        page = context.new_page()
        set_clock(page, hours)
        page.goto(room.url + address)
        page.locator("main[data-state]:not([data-state=loading])").wait_for()
        scene.act(page)
        page.wait_for_load_state("networkidle")
        return list(dict.fromkeys(page.locator("main").inner_text().splitlines()))


@pytest.mark.parametrize("view", WITH_TIMES, ids=str)
def test_times_are_right_or_not_shown(browser: Browser, room: Showroom, view: View) -> None:
    scene = SCENES[view]
    with room.database.transaction() as tx:
        her, address = scene.prepare(tx, room)
    assert her is not None
    right = words(browser, room, scene, her, address, 0)
    assert [words(browser, room, scene, her, address, hours) for hours in WRONG_BY_H] == [right, right]


def test_how_long_money_is_held_is_told_in_the_shops_time(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "held")
        visit = visit_in(tx, room.seen_by(her), State.SHOPPING)
        tx.get_one(Payment, visit.hold_id).capture_before = clock.now() + timedelta(hours=1)
        address = f"/visits/{visit.id}"
    scene = Scene(lambda _tx, _room: (her, address))
    right = words(browser, room, scene, her, address, 0)
    assert "reserviert" in " ".join(right)
    assert [words(browser, room, scene, her, address, hours) for hours in WRONG_BY_H] == [right, right]


def test_a_code_just_scanned_is_not_old_for_a_wrong_clock(browser: Browser, room: Showroom) -> None:
    with room.database.transaction() as tx:
        her = visitor(tx, room, "scan")
    with phone(browser, room, her, service_workers="block") as context:
        page = context.new_page()
        set_clock(page, 25)
        page.goto(f"{room.url}/?door=K7Q29MXD4TBB&live=1")
        expect(page.locator("[name=door_code]")).to_have_value("K7Q29MXD4TBB")
        page.evaluate("sessionStorage.setItem('live code since', String(Date.now() + 3_600_000))")
        page.reload()  # the clock was set right meanwhile: how long it took nobody knows
        expect(page.locator("[name=door_code]")).to_have_value("")
        expect(page.get_by_text("scannen Sie die Anzeige noch einmal")).to_be_visible()
