"""Short visits that between them pass every point: how each goes, and how it is meant to end."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx

from simulators.demo.personas import DECLINED_CARD, GOOD_CARDS, ORDINARY, SECURE_CARD, Persona, Plan, Take
from simulators.demo.stage import Stage
from simulators.demo.turns import Turn
from simulators.demo.visit import OVER
from simulators.shopper import Refused
from tests.chaos.lines import cut_line
from tests.chaos.people import LATE, Latecomer, StubbornShopper
from tests.chaos.promises import Promises

AT_HOME = "at home"
BORN_WITHIN_S = 2.5
CLERK_S = 30.0


class Newcomer(StubbornShopper):
    """Signs up, saves a card and stays at home."""

    def _visit(self) -> None:
        self.diary.state = AT_HOME


class Leaver(StubbornShopper):
    """Takes back her card, then her whole account."""

    def _visit(self) -> None:
        [card] = self._phone.ask("GET", "/payment-methods")
        self._phone.ask("DELETE", f"/payment-methods/{card['id']}")
        try:
            self._phone.ask("POST", "/account/erase", {"email": self._phone.email})
        except Refused as refused:
            if (
                refused.code != "sign_in_required"
            ):  # it is done: her session went with it, not only the answer
                raise
        self.diary.state = AT_HOME


class Technician(StubbornShopper):
    """Pulls a device's plug at the broker: it is born again."""

    def run(self) -> None:
        contact = next(device for device, kind in self._stage.seeded.devices.items() if kind == "contact")
        cut_line(self._stage, contact)
        time.sleep(BORN_WITHIN_S)
        self.diary.state = AT_HOME


class Clerk(StubbornShopper):
    """Not shopping at all: signs in at the desk and writes down that the way out was tried."""

    def run(self) -> None:
        deadline = time.monotonic() + CLERK_S
        while self.diary.state != AT_HOME and time.monotonic() < deadline:
            with suppress(httpx.HTTPError), self._stage.desk() as desk:
                desk.record_exit_test(self.store, self._stage.seeded.door)
                self.diary.state = AT_HOME


class Canceller(StubbornShopper):
    """Thinks better of it while her bank asks her."""

    def _let_in(self) -> bool:
        self._wait("the bank's question", {"authenticating", *OVER})
        self._phone.ask("POST", f"/visits/{self._id}/cancel")
        return False


class Helpless(StubbornShopper):
    """Calls for help from inside, then shops on."""

    def _shop(self) -> None:
        self._phone.ask("POST", f"/visits/{self._id}/help", {"kind": "question", "text": ""})
        super()._shop()


STAY_OUTSIDE = (Newcomer, Leaver, Technician, Clerk)


@dataclass(frozen=True, slots=True)
class Scenario:
    persona: Persona
    who: type[StubbornShopper] = StubbornShopper
    card: str = GOOD_CARDS[0]


# The cheapest first: a point is tried in the first one that passes it.
SCENARIOS: Mapping[str, Scenario] = {
    "desk": Scenario(replace(ORDINARY, ends=AT_HOME), Clerk),
    "line cut": Scenario(replace(ORDINARY, ends=AT_HOME), Technician),
    "sign-up": Scenario(replace(ORDINARY, ends=AT_HOME), Newcomer),
    "account erased": Scenario(replace(ORDINARY, ends=AT_HOME), Leaver),
    "declined": Scenario(Persona("declined card", "refused"), card=DECLINED_CARD),
    "cancelled": Scenario(Persona("cancels", "abandoned"), Canceller, SECURE_CARD),
    "door not opened": Scenario(Persona("does not open the door", "abandoned", opens_door=False)),
    "settled, with a call for help": Scenario(ORDINARY, Helpless),
    "objection": Scenario(Persona("objects to a line", contests=True)),
    "seen leaving": Scenario(Persona("phone died", says_goodbye=False)),
    "payment due": Scenario(LATE, Latecomer),
    "review": Scenario(Persona("disputes the shelf", disputes=True)),
}

# Together they take a third of the time of all, and pass most of the points.
QUICK = [name for name in SCENARIOS if name not in ("seen leaving", "payment due", "review")]


def shopper(
    name: str, stage: Stage, number: int, promises: Promises, turn: Turn, receipts: Any
) -> StubbornShopper:
    """Not yet on her way; call `run`."""
    scenario = SCENARIOS[name]
    articles = stage.assortment["articles"]
    first, second = (articles[(number + step) % len(articles)]["sku"] for step in (0, 3))
    goods = (Take(first, 2 if scenario.persona.disputes else 1, True), Take(second, 1, True))
    plan = Plan(
        number=number,
        name="guest",
        persona=scenario.persona,
        card=scenario.card,
        language="en",
        basket=goods if scenario.persona.takes_goods else (),
    )
    gtins = {article["sku"]: article["gtins"][0] for article in articles}
    return scenario.who(stage, plan, turn, gtins, receipts, seed=number, promises=promises)
