"""At the desk: a refund that a bank refused is sent again or recorded as paid, a door code is switched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from admin.app import create_app
from shop.db import Database
from shop.domain import basket, refunds
from shop.domain.fleet import Device
from shop.domain.ports import RefundState
from shop.domain.refunds import Refund
from tests.api.rigs import settings
from tests.api.serving import served
from tests.browser.screens import audits
from tests.browser.screens.showroom import Showroom, furnished, visitor
from tests.browser.test_a_visit_by_hand import open_section
from tests.browser.walkable import browser_page, fits_sideways
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.visits_at import settled
from tests.domain.world import World

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def room(sqlite_seeded: tuple[Path, World], tmp_path: Path) -> Showroom:
    return furnished(*sqlite_seeded, tmp_path)


@pytest.fixture
def desk(room: Showroom, tmp_path: Path) -> Iterator[Page]:
    app = create_app(settings(tmp_path), Database(room.database.url))
    with served(app) as port, browser_page(width=320, height=640) as page:
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_label("E-Mail-Adresse").fill(DESK_EMAIL)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        yield page


def refused_twice(room: Showroom) -> None:
    with room.database.transaction() as tx:
        visit = settled(tx, room.seen_by(visitor(tx, room, "owed")))
        [line] = basket.lines_of(tx, visit.id)
        for number in range(2):
            refunds.give_back(tx, visit, line, 1, reason="not_mine", by="staff:1")
            row = refunds.of_visit(tx, visit.id)[-1]
            why = "lost_or_stolen_card"
            refunds.told(tx, RefundState("failed", f"re_{number}", row.id, why=why))


def test_money_that_is_owed_is_sent_again_or_recorded_as_paid(desk: Page, room: Showroom) -> None:
    refused_twice(room)
    open_section(desk, "Beanstandungen")
    owed = desk.locator("[data-refund]")
    expect(owed).to_have_count(2)
    expect(owed.first).to_contain_text("lost_or_stolen_card")
    assert audits.by_axe(desk) == []
    assert fits_sideways(desk)
    owed.first.get_by_role("button", name="Noch einmal auf die Karte").click()
    expect(owed).to_have_count(1)
    owed.get_by_label("Auf anderem Weg bezahlt").fill("Bar an der Kasse, Quittung 17.")
    owed.get_by_role("button", name="Als bezahlt eintragen").click()
    expect(desk.get_by_role("main").get_by_text("sind als bezahlt eingetragen.")).to_be_visible()
    expect(owed).to_have_count(0)
    with room.database.reading() as tx:
        assert sorted(tx.exec(select(Refund.status)).all()) == ["by_hand", "requested", "retried"]


def test_a_door_is_switched_to_its_display_once_that_answers(desk: Page, room: Showroom) -> None:
    open_section(desk, "Geräte")
    codes = desk.get_by_role("region", name="Türcode")
    expect(codes).to_contain_text("Aufkleber (gilt jetzt)")
    codes.get_by_role("button", name="Anzeige anlegen").click()
    expect(codes.get_by_role("status")).to_contain_text("devices credentials witzenhausen-display")
    codes.get_by_role("button", name="Umstellen auf: Anzeige").click()
    expect(codes.locator("[data-code=display_not_ready]")).to_be_visible()
    with room.database.transaction() as tx:
        tx.get_one(Device, "witzenhausen-display").online = True
    codes.get_by_role("button", name="Umstellen auf: Anzeige").click()
    expect(codes).to_contain_text("Anzeige (gilt jetzt)")
    assert audits.by_axe(desk) == []
    assert fits_sideways(desk)
