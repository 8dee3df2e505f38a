"""A phone's camera in a real browser: what it reads, what it does not, what is said when there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shop.domain import catalog
from shop.domain.catalog import ProductGtin
from shop.domain.visit_states import State
from tests.browser import camera
from tests.browser.camera import Picture
from tests.browser.screens.showroom import Showroom, comes_true, phone, visitor
from tests.browser.walkable import ARGUMENTS, broken_things
from tests.domain.visits_at import visit_in
from tests.programs import chromium

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(120)]

GTIN = "4006381333931"
CODE = "K7Q29MXD4TBA"
# Every camera that was ever opened, so that a test can ask whether it is off.
RECORD = """
window.opened = [];
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await real(wanted);
  opened.push(...stream.getTracks());
  return stream;
};
"""
LIVE = "opened.filter((track) => track.readyState === 'live').length"
# As cameras of phones have it, and the fake one has not.
LIGHT = """() => {
  MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
  MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { window.light = advanced[0].torch; };
}"""
LOOK_AWAY = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass(frozen=True)
class Phones:
    """Each with a camera that looks at one thing."""

    browser: Browser
    room: Showroom
    film: Path

    @contextmanager
    def at_the_door(self, sees: Picture, *, allowed: bool = True) -> Iterator[Page]:
        with self.room.database.transaction() as tx:
            her = visitor(tx, self.room, "door")
        with self._phone(sees, her, "/", allowed=allowed) as page:
            yield page

    @contextmanager
    def inside(self, sees: Picture) -> Iterator[Page]:
        with self.room.database.transaction() as tx:
            her = visitor(tx, self.room, "inside")
            visit = visit_in(tx, self.room.seen_by(her), State.SHOPPING)
        with self._phone(sees, her, f"/visits/{visit.id}") as page:
            yield page

    @contextmanager
    def _phone(self, sees: Picture, her: str, address: str, *, allowed: bool = True) -> Iterator[Page]:
        camera.film(self.film, sees)
        browser = self.browser.browser_type.launch(
            executable_path=chromium(), args=[*ARGUMENTS, *camera.fake_camera(self.film, allowed=allowed)]
        )
        try:
            page = phone(browser, self.room, her).new_page()
            broken = broken_things(page)
            page.add_init_script(RECORD)
            page.goto(self.room.url + address)
            yield page
        finally:
            browser.close()
        assert broken == []


@pytest.fixture
def phones(browser: Browser, room: Showroom, tmp_path: Path) -> Phones:
    return Phones(browser, room, tmp_path / "camera.y4m")


@pytest.fixture(scope="module")
def barcode(room: Showroom) -> str:
    """Of the pencils, which no shelf weighs."""
    operator, pencil = room.world.operator_id, room.world.products["pencil"]
    with room.database.transaction() as tx:
        tx.add(ProductGtin(operator_id=operator, gtin=catalog.gtin14(GTIN), product_id=pencil))
    return GTIN


def scan(page: Page, what: str = "Türcode") -> None:
    page.get_by_role("button", name=f"{what} mit der Kamera scannen").click()


def door_url(room: Showroom) -> str:
    return f"{room.url}/?store=witzenhausen&door={CODE}"


def test_a_door_code_is_read_and_the_camera_is_off_again(phones: Phones) -> None:
    with phones.at_the_door(camera.qr(door_url(phones.room))) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert page.evaluate("performance.getEntriesByType('resource').every(e => !/scanner/.test(e.name))")
        scan(page)
        expect(page.locator("[name=door_code]")).to_have_value(CODE)
        expect(page.get_by_role("button", name="Tür entriegeln")).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="Türcode gelesen.")).to_have_count(1)
        expect(page.locator("video")).to_have_count(0)
        assert page.evaluate("opened.length") == 1
        comes_true(page, f"{LIVE} === 0")
        assert any(url.endswith(".wasm") for url in asked)
        assert {url for url in asked if not url.startswith(f"{phones.room.url}/")} == set()


@pytest.mark.parametrize("says", ["https://shop.example.com/?door=K7Q29MXD4TBA", "WIFI:S:guest;P:secret;;"])
def test_a_foreign_code_is_named_as_such(phones: Phones, says: str) -> None:
    with phones.at_the_door(camera.qr(says)) as page:
        scan(page)
        expect(page.locator("[data-code=foreign]")).to_contain_text("kein Code von uns")
        expect(page.locator("[name=door_code]")).to_have_value("")
        expect(page.locator("video")).to_be_visible()


def test_goods_before_the_camera_count_once(phones: Phones, barcode: str) -> None:
    with phones.inside(camera.ean13(barcode)) as page:
        count = page.locator("[data-sku=pencil] .count")
        scan(page, "Ware")
        expect(count).to_have_text("1")
        page.wait_for_timeout(2_500)
        expect(count).to_have_text("1")
        page.get_by_role("button", name="Kamera schließen").click()
        comes_true(page, f"{LIVE} === 0")
        scan(page, "Ware")
        expect(count).to_have_text("2")


def test_a_refused_camera_leaves_typing_and_a_photo(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing(), allowed=False) as page:
        scan(page)
        note = page.locator("[data-code=refused]")
        expect(note).to_contain_text("nicht erlaubt")
        expect(note).to_contain_text("Tippen Sie die Zeichen ein oder nehmen Sie ein Foto.")
        photo = page.get_by_label("Oder ein Foto davon nehmen")
        photo.set_input_files(
            {"name": "wall.png", "mimeType": "image/png", "buffer": camera.photo(camera.nothing())}
        )
        expect(page.locator("[data-code=photo_nothing]")).to_be_visible()
        photo.set_input_files({"name": "song.png", "mimeType": "image/png", "buffer": b"no picture"})
        expect(page.locator("[data-code=photo_nothing]")).to_be_visible()
        seen = camera.photo(camera.qr(door_url(phones.room)))
        photo.set_input_files({"name": "door.png", "mimeType": "image/png", "buffer": seen})
        expect(page.locator("[name=door_code]")).to_have_value(CODE)


def test_a_phone_without_a_camera_is_told_so(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing()) as page:
        page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        scan(page)
        expect(page.locator("[data-code=no_camera]")).to_contain_text("keine Kamera")


def test_a_scanner_that_cannot_be_loaded_is_told_so(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing()) as page:
        page.context.route("**/*.wasm", lambda route: route.abort())
        scan(page)
        expect(page.locator("[data-code=no_reader]")).to_contain_text("Tippen Sie")
        comes_true(page, f"{LIVE} === 0")


def test_after_a_while_without_a_code_it_says_what_helps(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing()) as page:
        scan(page)
        expect(page.get_by_role("status").filter(has_text="Nichts erkannt?")).to_be_visible(timeout=12_000)


def test_the_camera_rests_while_nobody_looks_at_the_page(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing()) as page:
        scan(page)
        expect(page.locator("video")).to_be_visible()
        page.evaluate(LOOK_AWAY, True)
        comes_true(page, f"{LIVE} === 0")
        page.evaluate(LOOK_AWAY, False)
        comes_true(page, f"{LIVE} === 1")
        page.get_by_role("link", name="Hilfe", exact=True).click()
        expect(page.locator("main")).to_have_attribute("data-screen", "help")
        comes_true(page, f"{LIVE} === 0")


def test_the_cameras_light_can_be_switched(phones: Phones) -> None:
    with phones.at_the_door(camera.nothing()) as page:
        page.evaluate(LIGHT)
        scan(page)
        light = page.get_by_role("button", name="Licht")
        expect(light).to_have_attribute("aria-pressed", "false")
        light.click()
        expect(light).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("window.light") is True
        light.click()
        expect(light).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("window.light") is False
