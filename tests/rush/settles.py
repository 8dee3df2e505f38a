"""`make settles N=2000 DB=sqlite|postgresql`: whole visits whose every request is sent two to five times.

And once before that by somebody who hangs up before the answer, and once more after it. Webhooks come one to
three times, in any order. Then every payment is compared, cent by cent, with what Stripe wrote down.
"""

import asyncio
import os
import random
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from shop.db import Database
from shop.domain import lifecycle, stock, visits
from shop.domain.catalog import Facing
from shop.domain.fleet import Device, Door
from shop.domain.jobs import Job, Status
from shop.domain.statements import Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from tests.domain.world import World, seed
from tests.rush import webhooks
from tests.rush.calls import Answer, Call, Line
from tests.rush.compare import compared
from tests.rush.house import STRIPE_KEY, House, opened, report, wanted
from tests.rush.people import Person, person

APIS, WORKERS = 2, 2
LANES = 24  # shoppers at once, each with a door of her own
PATIENCE_S = 120.0
MOST_AT_ONCE = 5
POLL_S = 0.05
# How she pays: at once, only when asked for it, or with a rest above the hold by a charge of its own.
WAYS = ("at once",) * 6 + ("later",) * 2 + ("above the hold",) * 2

_STATE = Statement(select(Visit.state).where(Visit.id == bindparam("visit")))
_WAITING = Statement(
    select(Job.id).where(
        Job.queue == "worker",
        or_(col(Job.status) == Status.READY, col(Job.status) == Status.RUNNING),
        or_(*(col(Job.kind) == kind for kind in ("capture", "charge", "release_hold", "payment_news"))),
    )
)


@dataclass
class Lane:
    """One shopper with a connection for each of the requests she sends at once."""

    house: House
    door_code: str
    shopper: Person
    dice: random.Random
    told: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        ports = [self.house.ports[n % len(self.house.ports)] for n in range(MOST_AT_ONCE)]
        self._lines = [Line(port, self.shopper.token) for port in ports]

    async def visit(self, way: str) -> str:
        """Its id, once it is settled."""
        entered = await self._say("POST", "/visits", {"door_code": self.door_code}, named=True)
        visit_id = next(str(answer.body["id"]) for answer in entered if answer.status == 202)
        await self._until(visit_id, State.ADMITTED)
        with self.house.database.transaction() as tx:  # the door's part
            lifecycle.advance(tx, visits.locked(tx, visit_id), Event.DOOR_OPENED)
        at = f"/visits/{visit_id}"
        quantity = 60 if way == "above the hold" else self.dice.randint(1, 9)
        await self._say("PUT", f"{at}/lines/cola", {"quantity": quantity})
        await self._say("PUT", f"{at}/lines/milk", {"quantity": self.dice.randint(1, 9)})
        if way != "later":
            await self._say("POST", f"{at}/pay")
        await self._say("POST", f"{at}/leave")
        if way != "at once":
            await self._until(visit_id, State.PAYMENT_DUE)
            await self._say("POST", f"{at}/pay")
        await self._until(visit_id, State.SETTLED)
        return visit_id

    async def _say(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, named: bool = False
    ) -> list[Answer]:
        """Lost once, then several times at once, then once more; half of it with an idempotency key."""
        key = secrets.token_hex(16) if named or self.dice.random() < 0.5 else None
        call = Call(method, f"/api/v1{path}", body, key)
        await self.dice.choice(self._lines).ask_and_hang_up(call)
        times = self.dice.randint(2, MOST_AT_ONCE)
        answers = await asyncio.gather(*(line.ask(call) for line in self._lines[:times]))
        answers.append(await self.dice.choice(self._lines).ask(call))
        self.told.update(f"{method} {answer.status} {answer.code}".strip() for answer in answers)
        self.told["requests"] += len(answers) + 1
        return answers

    async def _until(self, visit_id: str, state: State) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (now := self.house.database.look(_STATE, visit=visit_id)[0].state) != state:
            if time.monotonic() > deadline or now == State.IN_REVIEW:
                raise TimeoutError(f"visit {visit_id} is {now}, not {state}")
            await asyncio.sleep(POLL_S)

    def close(self) -> None:
        for line in self._lines:
            line.close()


def seeded(tx: Session) -> tuple[World, list[str]]:
    """The village shop with a door for each lane; their codes."""
    world = seed(tx)
    for facing_id in world.facings.values():
        stock.receive(tx, tx.get_one(Facing, facing_id), 1_000_000)
    front = tx.get_one(Door, world.door_id)
    codes = [f"DOOR-{number:03}" for number in range(LANES)]
    for number, code in enumerate(codes):
        door = Door(**front.model_dump(exclude={"id", "name", "code"}), name=f"door-{number}", code=code)
        tx.add(door)
        tx.flush()
        lock = Device(**world.scope(), id=f"lock-of-{number}", kind="lock", door_id=door.id)
        lock.online, lock.egress = True, "mechanical"
        tx.add(lock)
    store = tx.get_one(Store, world.store_id)
    store.max_inside = LANES
    tx.add(store)
    return world, codes


def known_to_stripe(url: str) -> tuple[str, str]:
    """A customer with a card there; their names."""
    with httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {STRIPE_KEY}"}, trust_env=False
    ) as ask:
        customer = ask.post("/v1/customers").raise_for_status().json()["id"]
        attach = ask.post("/v1/payment_methods/pm_card_visa/attach", data={"customer": customer})
        return customer, attach.raise_for_status().json()["id"]


async def settled(house: House, lanes: list[Lane], number: int, seed_: int) -> list[str]:
    """Visits that did not end as they should, in words."""
    left = iter(range(number))
    dice = random.Random(seed_)
    problems: list[str] = []

    async def walk(lane: Lane) -> None:
        for _ in left:
            try:
                await lane.visit(dice.choice(WAYS))
            except (TimeoutError, StopIteration) as error:
                problems.append(str(error) or type(error).__name__)
                return

    ended = asyncio.Event()
    news = asyncio.create_task(webhooks.deliver(house, ended, dice))
    await asyncio.gather(*map(walk, lanes))
    ended.set()
    lanes[0].told.update(await news)
    deadline = time.monotonic() + PATIENCE_S
    while house.database.look(_WAITING) and time.monotonic() < deadline:
        await asyncio.sleep(POLL_S)
    return problems


def run(number: int, kind: str, seed_: int) -> dict[str, Any]:
    began = time.monotonic()
    with opened(kind, apis=APIS, workers=WORKERS, operator="witzenhausen") as house:
        database: Database = house.database
        cards = [known_to_stripe(house.stripe_url) for _ in range(LANES)]
        with database.transaction() as tx:
            world, codes = seeded(tx)
            people = [
                person(tx, world, f"shopper-{n}", customer=customer, card=card)
                for n, (customer, card) in enumerate(cards)
            ]
        lanes = [
            Lane(house, code, shopper, random.Random(f"{seed_} {code}"))
            for code, shopper in zip(codes, people, strict=True)
        ]
        problems = asyncio.run(settled(house, lanes, number, seed_))
        told = sum((lane.told for lane in lanes), Counter[str]())
        with database.reading() as tx:
            found = compared(tx, house.movements())
    problems += found.pop("broken")
    problems += [f"{count} times {what}" for what, count in told.items() if " 5" in what]
    if found["settled"] != number:
        problems.append(f"{found['settled']} of {number} visits are settled")
    return {
        "database": kind,
        "visits": number,
        "seed": seed_,
        **found,
        "answers": dict(sorted(told.items())),
        "took_s": round(time.monotonic() - began, 1),
        "broken": problems,
    }


if __name__ == "__main__":
    sys.exit(report(run(*wanted(2000), int(os.environ.get("SEED", "1")))))
