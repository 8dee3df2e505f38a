"""One browser for each module of tests, and one showroom for all screens that a test worker looks at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.screens.showroom import Showroom, furnished, opened, publish_terms
from tests.browser.walkable import ARGUMENTS
from tests.domain.world import World
from tests.programs import chromium

FAKE_CAMERA = "--use-fake-device-for-media-stream"  # which shows a moving pattern to who may use it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for longer: beside Playwright's loop nobody else's runs, not even that of another Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, FAKE_CAMERA])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def room(sqlite_seeded: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showroom]:
    room = furnished(*sqlite_seeded, tmp_path_factory.mktemp("showroom"))
    publish_terms(room)
    with opened(room):
        yield room
