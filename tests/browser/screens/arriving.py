"""Scenes of who is new: signing up at a display, agreeing to terms, being offered a passkey."""

from collections.abc import Callable

from playwright.sync_api import Page
from sqlmodel import Session, col, select

from shop.domain import ids
from shop.domain.jobs import Job
from tests.browser.screens.showroom import Showroom, customer, newcomer, visitor
from tests.browser.screens.view import Scene, View


def _nobody(_tx: Session, _room: Showroom) -> tuple[None, str]:
    return None, "/"


def _without_card(tx: Session, room: Showroom) -> tuple[str, str]:
    return customer(tx, room, "new"), "/"


def _asked_to_agree(tx: Session, room: Showroom) -> tuple[str, str]:
    return newcomer(tx, room, "agree"), "/"


def _signing_in_by_code() -> Scene:
    """A passkey is offered to who has just signed in without one."""
    email, databases = f"passkey-{ids.new().lower()}@example.org", []

    def prepare(tx: Session, room: Showroom) -> tuple[None, str]:
        databases.append(room.database)
        return None, "/"

    def act(page: Page) -> None:
        page.locator("[name=email]").fill(email)
        page.locator("button[type=submit]").click()
        page.locator("[name=code]").wait_for()
        with databases[-1].reading() as tx:
            mails = tx.exec(select(Job).where(Job.kind == "mail_code").order_by(col(Job.id).desc()))
            code = next(job.payload["code"] for job in mails if job.payload["to"] == email)
        page.locator("[name=code]").fill(code)
        page.locator("button[type=submit]").click()
        page.locator("#passkey-offer").wait_for()

    return Scene(prepare, act)


def _ask_for_code(page: Page) -> None:
    page.locator("[name=email]").fill("anna@example.org")
    page.locator("button[type=submit]").click()


def _from_the_display(prepare: Callable[[Session, Showroom], tuple[str | None, str]]) -> Scene:
    """She has scanned a code that changes."""

    def with_code(tx: Session, room: Showroom) -> tuple[str | None, str]:
        return prepare(tx, room)[0], "/?door=K7Q29MXD4TBB&live=1"

    return Scene(with_code, lambda page: page.locator("main .note").first.wait_for())


def _too_long_ago(page: Page) -> None:
    """What she had to do first took longer than a code lasts."""
    page.evaluate("sessionStorage.setItem('live code since', String(Date.now() - 60_000))")
    page.reload()
    page.locator("form .note[role=status]").wait_for()


def _with_display_code(tx: Session, room: Showroom) -> tuple[str, str]:
    return visitor(tx, room, "slow"), "/?door=K7Q29MXD4TBB&live=1"


SCENES: dict[View, Scene] = {
    View("sign_in", "email"): Scene(_nobody),
    View("sign_in", "code"): Scene(_nobody, _ask_for_code),
    View("home", "no_card"): Scene(_without_card),
    View("sign_in", "email", "at_the_display"): _from_the_display(_nobody),
    View("home", "no_card", "at_the_display"): _from_the_display(_without_card),
    View("home", "door", "scan_again"): Scene(_with_display_code, _too_long_ago),
    View("home", "no_card", "agree"): Scene(
        _asked_to_agree, lambda page: page.locator("#agreement").wait_for()
    ),
    View("home", "no_card", "passkey"): _signing_in_by_code(),
}
