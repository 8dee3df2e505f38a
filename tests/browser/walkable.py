"""What the browser tests need of a running store, and a browser that watches for broken pages."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.programs import chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


class Actor(Protocol):
    """Moves people and goods in the simulated shop; the product only sees what its devices report."""

    def enter(self, person: str) -> None: ...

    def take(self, person: str, sku: str, n: int) -> None: ...

    def leave(self, person: str) -> None: ...


class WalkableStore(Protocol):
    shop_url: str
    admin_url: str
    mail_url: str
    stripe_url: str
    staff_email: str
    staff_password: str
    door_code: str
    actor: Actor

    def gtin(self, sku: str) -> str: ...

    def kill_service(self) -> None: ...


@contextmanager
def browser_page(*, width: int, height: int, more: Sequence[str] = ()) -> Iterator[Page]:
    """A German reader's page; fails at the end if a script broke or the content policy had to step in.
    `more`: of the browser's arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *more])
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="de-DE", reduced_motion="reduce"
            )
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            broken = broken_things(page)
            yield page
        finally:
            browser.close()
    assert broken == []


def broken_things(page: Page) -> list[str]:
    """Filled as it happens: scripts that broke, and where the content policy had to step in."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda message: broken.extend(_violations(message)))
    return broken


def fits_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def cents(shown: str) -> int:
    """The last amount in a text such as "Summe 1.234,56 €"."""
    amounts = re.findall(r"(\d[\d.]*),(\d\d)\s*(?:€|EUR)", shown)
    assert amounts, f"no amount in {shown!r}"
    euros, rest = amounts[-1]
    return int(euros.replace(".", "")) * 100 + int(rest)


def _violations(message: ConsoleMessage) -> list[str]:
    return [message.text] if "Content Security Policy" in message.text else []
