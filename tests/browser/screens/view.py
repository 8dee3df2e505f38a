"""What a scene is, and which screens and states the app's router says there are."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from sqlmodel import Session

from tests.browser.screens.showroom import Showroom
from tests.ui.api_types import NODE, ROOT

LIST = 'import { ROUTES } from "./shop/ui/routes.ts"; console.log(JSON.stringify(ROUTES));'


@dataclass(frozen=True)
class View:
    """A screen in one of its states; `more` names what is open on it."""

    screen: str
    state: str
    more: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.screen, self.state, self.more)))


@dataclass(frozen=True)
class Scene:
    """`prepare` sets up who looks, and returns her customer id, if any, and the address she opens."""

    prepare: Callable[[Session, Showroom], tuple[str | None, str]]
    act: Callable[[Page], object] = lambda page: None


def routed() -> set[View]:
    """What the router says there is."""
    listed = subprocess.run(
        [NODE, "--input-type=module", "--eval", LIST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    routes = json.loads(listed.stdout)
    return {View(screen, state) for screen, route in routes.items() for state in route["states"]}
