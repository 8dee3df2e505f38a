"""One whole store per test worker, without simulated shoppers: whoever tests walks it herself."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from simulators.demo.settings import from_environment
from simulators.demo.stage import Stage
from simulators.world_client import WorldClient
from tests.chaos.processes import pids


@dataclass(frozen=True)
class Actor:
    """A person's legs and hands in the simulated store."""

    world: WorldClient
    door: str

    def enter(self, person: str) -> None:
        self.world.enter(person, self.door)

    def take(self, person: str, sku: str, n: int = 1) -> None:
        self.world.take(person, sku, n)

    def put_back(self, person: str, sku: str, n: int = 1) -> None:
        self.world.put_back(person, sku, n)

    def leave(self, person: str) -> None:
        self.world.leave(person, self.door)


@dataclass(frozen=True)
class Store:
    shop_url: str
    admin_url: str
    mail_url: str
    stripe_url: str
    staff_email: str
    staff_password: str = field(repr=False)
    door_code: str
    actor: Actor
    gtins: dict[str, str] = field(repr=False)
    supervisor: int = field(repr=False)

    def gtin(self, sku: str) -> str:
        return self.gtins[sku]

    def kill_service(self) -> None:
        """As a crash would; the supervisor starts it again."""
        [serve] = pids(self.supervisor, "serve")
        os.kill(serve, signal.SIGKILL)


@contextmanager
def walkable(stage: Stage) -> Iterator[Store]:
    """A stage that is set up, as the tests see it."""
    with stage.world() as world:
        yield Store(
            shop_url=stage.at.shop_url,
            admin_url=stage.at.admin_url,
            mail_url=stage.at.mail_url,
            stripe_url=stage.at.stripe_url,
            staff_email=stage.seeded.staff_email,
            staff_password=stage.seeded.staff_password,
            door_code=stage.seeded.door_code,
            actor=Actor(world, stage.seeded.door),
            supervisor=stage.shop.child.pid,
            gtins={article["sku"]: article["gtins"][0] for article in stage.assortment["articles"]},
        )


@pytest.fixture(scope="session")
def walkable_store() -> Iterator[Store]:
    stage = Stage(from_environment({"VISITS": "0", "SEED": "1"}))
    try:
        stage.set_up()
        with walkable(stage) as store:
            yield store
    finally:
        stage.strike()
