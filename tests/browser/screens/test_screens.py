"""Each screen in each state, German and English: complete, calm, readable aloud and by keyboard alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.screens import audits
from tests.browser.screens.catalogue import SCENES
from tests.browser.screens.showroom import Showroom, phone
from tests.browser.screens.view import View, routed
from tests.browser.walkable import broken_things, fits_sideways

SIZES = {320: 640, 390: 844, 1280: 800}
SWITCH = "document.querySelector('header button[lang=en]').click()"  # works under a dialog, too


def test_every_screen_and_state_of_the_router_has_a_scene() -> None:
    shown = {View(view.screen, view.state) for view in SCENES}
    assert shown == routed()


@pytest.fixture
def page(browser: Browser, room: Showroom, view: View) -> Iterator[Page]:
    """The scene, as its visitor sees it on a phone."""
    scene = SCENES[view]
    with room.database.transaction() as tx:
        who, address = scene.prepare(tx, room)
    context = phone(browser, room, who, service_workers="block")
    page = context.new_page()
    broken = broken_things(page)
    page.goto(room.url + address)
    scene.act(page)
    page.locator(f"main[data-screen={view.screen}][data-state={view.state}]").wait_for()
    yield page
    context.close()
    assert broken == []


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("view", SCENES, ids=str)
def test_a_screen_is_whole(page: Page, view: View, tmp_path: Path) -> None:
    assert audits.by_axe(page) == []
    assert audits.unreachable_by_keyboard(page) == []
    page.emulate_media(color_scheme="dark")
    assert audits.by_axe(page, only="color-contrast") == []
    page.emulate_media(color_scheme="light")
    fits_and_is_pictured(page, view, "de", tmp_path)
    page.evaluate(SWITCH)
    page.locator("html[lang=en]").wait_for()
    assert audits.by_axe(page) == []
    fits_and_is_pictured(page, view, "en", tmp_path)


def fits_and_is_pictured(page: Page, view: View, language: str, folder: Path) -> None:
    pictures = Path(os.environ.get("PICTURES", folder)) / language
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        picture = pictures / str(width) / f"{view}.png"
        page.screenshot(path=picture, full_page=not page.locator("dialog:modal").count())
        assert fits_sideways(page), f"{language}: {width} pixels are too few"
        assert audits.overlapping(page) == [], f"{language} at {width} pixels"
