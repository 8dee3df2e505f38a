"""At the desk somebody writes the imprint; a stranger reads it in the app."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from admin.app import create_app
from shop.db import Database
from tests.api.rigs import settings
from tests.api.serving import served
from tests.browser.screens.showroom import furnished, opened
from tests.browser.walkable import browser_page
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.world import World

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_what_is_published_at_the_desk_is_read_in_the_app(
    sqlite_seeded: tuple[Path, World], tmp_path: Path
) -> None:
    room = furnished(*sqlite_seeded, tmp_path)
    desk = create_app(settings(tmp_path), Database(room.database.url))
    with opened(room), served(desk) as port, browser_page(width=390, height=844) as page:
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_label("E-Mail-Adresse").fill(DESK_EMAIL)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        page.get_by_role("link", name="Seiten").click()
        imprint = page.get_by_role("article", name="Impressum")
        expect(imprint).to_contain_text("Noch nicht geschrieben.")
        imprint.get_by_label("Deutsch").fill("# Wer wir sind\n\nDorfladen eG")
        imprint.get_by_label("English").fill("# Who we are\n\nDorfladen eG")
        imprint.get_by_role("button", name="Veröffentlichen").click()
        expect(imprint).to_contain_text("Fassung 1 vom")

        page.goto(room.url)
        page.get_by_role("link", name="Impressum").click()
        expect(page.get_by_role("heading", name="Wer wir sind")).to_be_visible()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Who we are")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Who we are")).to_be_visible()
