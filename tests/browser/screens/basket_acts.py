"""What shoppers do with their live basket, for the scenes of the screen inside the store."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlmodel import Session

from shop.domain import basket, catalog
from shop.domain.visit_states import State
from tests.browser.screens.showroom import SOLD_OUT, Showroom, visitor
from tests.domain.visits_at import seen_now, visit_in
from tests.domain.world import CHEESE, COLA, MILK, PENCIL


def with_all_kinds_of_lines(tx: Session, room: Showroom) -> tuple[str, str]:
    """Sensed and corrected below it, scanned only, beside the shelves, scanned and sensed."""
    her = visitor(tx, room, "lines")
    visit = visit_in(tx, room.seen_by(her), State.SHOPPING)
    basket.correct(tx, visit, "cola", 1)
    for article in (MILK, PENCIL, CHEESE):
        basket.scan(tx, visit, article.gtin, 1)
    cheese = catalog.offer_by_sku(tx, visit.store_id, "cheese")
    basket.sensed(tx, visit, cheese, 1, seen_now() | {"count": 1, "grams": -210})
    return her, f"/visits/{visit.id}"


def ask_why(page: Page) -> None:
    page.locator(".line .choices button").first.click()
    page.locator(".why li").first.wait_for()


def doubt(page: Page) -> None:
    page.locator(".line .choices button").nth(1).click()
    page.locator("dialog .why li").first.wait_for()


def say_not_mine(page: Page) -> None:
    """Who said it stands where she can take it back."""
    doubt(page)
    page.get_by_role("dialog").get_by_role("button").first.click()
    page.get_by_role("dialog").wait_for(state="detached")
    expect(page.locator(".line .choices button").nth(1)).to_be_focused()
    expect(page.locator(".line .mark")).to_be_visible()


def miss(page: Page) -> None:
    page.locator(".missing > button").first.click()
    page.locator("#goods-search").wait_for()


def look_for(words: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        miss(page)
        hint = page.locator("#goods-found").inner_text()
        page.locator("#goods-search").fill(words)
        expect(page.locator("#goods-found")).not_to_have_text(hint)

    return act


def add_by_name(page: Page) -> None:
    look_for("milk")(page)
    page.locator(".choice[data-choice=milk] button").click()
    page.locator(".line[data-sku=milk]").wait_for()


def type_number(page: Page) -> None:
    miss(page)
    page.locator("#gtin").fill(COLA.gtin)
    page.locator("#gtin").press("Enter")
    page.locator(".added[data-added=cola]").wait_for()


def add_what_is_sold_out(page: Page) -> None:
    look_for("nr. 10")(page)
    page.locator(f".choice[data-choice={SOLD_OUT}] button").click()
    page.locator("[data-code=sold_out]").wait_for()
