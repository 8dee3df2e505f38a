"""A phone's camera before a display at the door, in the whole shop; inside it reads what is on the goods."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shop.domain.door_codes import GOOD_FOR
from simulators.demo.settings import from_environment
from simulators.demo.stage import ASSORTMENT, Stage
from simulators.shopper import local_client, until
from tests.browser import camera
from tests.browser.conftest import Store, walkable
from tests.browser.test_a_visit_by_hand import comes_to, save_card, say_left, shown, sign_in_by_mailed_code
from tests.browser.walkable import WalkableStore, browser_page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    goods = json.loads(ASSORTMENT.read_text())
    goods["store"]["door_code_mode"] = "rotating"
    file = tmp_path / "goods.json"
    file.write_text(json.dumps(goods))
    stage = Stage(from_environment({"VISITS": "0", "SEED": "1"}), assortment=file)
    try:
        stage.set_up()
        yield stage
    finally:
        stage.strike()


@pytest.fixture
def store(stage: Stage) -> Iterator[Store]:
    with walkable(stage) as store:
        yield store


def on_display(stage: Stage) -> dict[str, Any]:
    with local_client(base_url=stage.display_url()) as eyes:
        until(lambda: eyes.get("/code").is_success, "a code on the display")
        told: dict[str, Any] = eyes.get("/code").json()
        return told


def scan(page: Page, film: Path, picture: camera.Picture, what: str) -> None:
    camera.film(film, picture)
    page.get_by_role("button", name=f"{what} mit der Kamera scannen").click()


def test_the_code_of_now_lets_in_and_a_film_of_an_earlier_one_does_not(
    stage: Stage, store: WalkableStore, tmp_path: Path
) -> None:
    film = tmp_path / "camera.y4m"
    earlier, taken = on_display(stage), time.monotonic()
    with browser_page(width=390, height=844, more=camera.fake_camera(film)) as page:
        page.goto(store.shop_url)
        sign_in_by_mailed_code(page, store, "anna")
        save_card(page)

        now = on_display(stage)
        scan(page, film, camera.qr(now["url"]), "Türcode")
        expect(page.locator("[name=door_code]")).to_have_value(now["code"])
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
        store.actor.enter("anna")
        comes_to(page, "shopping")

        scan(page, film, camera.ean13(store.gtin("cola-500")), "Ware")
        line = page.locator("[data-sku=cola-500]")
        expect(line).to_contain_text("Gescannt")
        line.get_by_role("button", name="weniger").click()
        store.actor.leave("anna")
        say_left(page)
        comes_to(page, "empty")

        page.wait_for_timeout(1000 * max(0.0, taken + GOOD_FOR.total_seconds() + 1 - time.monotonic()))
        page.get_by_role("button", name="Zurück zur Übersicht").click()
        scan(page, film, camera.qr(earlier["url"]), "Türcode")
        expect(page.locator("[name=door_code]")).to_have_value(earlier["code"])
        page.get_by_role("button", name="Tür entriegeln").click()
        refused = page.locator("[data-code=old_door_code]")
        expect(refused).to_contain_text("Dieser Code gilt nicht mehr.")
        expect(page.locator("[name=door_code]")).to_have_value("")

        camera.film(film, camera.qr(on_display(stage)["url"]))
        refused.get_by_role("button", name="Noch einmal scannen").click()
        expect(page.locator("[name=door_code]")).not_to_have_value("")
        page.get_by_role("button", name="Tür entriegeln").click()
        expect(shown(page, "Bitte die Tür jetzt öffnen.")).to_be_visible()
