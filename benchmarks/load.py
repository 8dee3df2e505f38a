"""The phases of a run: one shopper at a time, then all at once, and what is read off meanwhile."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import books, processes
from benchmarks.processes import Usage
from benchmarks.shoppers import Shopper, Visited
from benchmarks.stage import Stage

IDLE_S = 3.0
RAMP_S = 4.0  # until each shopper is somewhere else in her visit
QUIET_S = 0.15  # between two people who come in alone
LONGEST_S = 60.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that only differences are taken of."""

    at: float
    usage: dict[str, Usage]
    around: dict[str, Usage]  # of what stands in for the world
    commits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`alone`: visits whose shopper came in while nobody else did anything; `together`: of the window."""

    idle: tuple[Reading, Reading]
    window: tuple[Reading, Reading]
    alone: list[Visited]
    together: list[Visited]
    cents: int  # paid in all visits of the run
    failed: list[str]  # why visits did not settle, in the whole run

    @property
    def seconds(self) -> float:
        return self.window[1].at - self.window[0].at


async def measure(stage: Stage, authorizations: list[str], *, seconds: float, visits: int | None) -> Measured:
    """Raises what went wrong while shoppers came in alone; later failures are counted."""
    pids, around = stage.product(), stage.around()

    def read() -> Reading:
        now, commits = time.perf_counter(), books.commits(stage.database)
        return Reading(now, processes.usage(pids), processes.usage(around), commits)

    with one_for_each_store(stage, authorizations) as shoppers:
        idle = (read(), await _after(IDLE_S, read))
        await come_in_alone(shoppers)
        alone = all_visits(shoppers)
        window = await _shop_together(shoppers, read, seconds=seconds, visits=visits)
        everything = all_visits(shoppers)
    together = [visit for visit in everything if window[0].at <= visit.settled < window[1].at]
    cents = sum(visit.cents for visit in everything)
    failed = [why for shopper in shoppers for why in shopper.failed]
    return Measured(idle=idle, window=window, alone=alone, together=together, cents=cents, failed=failed)


@contextmanager
def one_for_each_store(stage: Stage, authorizations: list[str]) -> Iterator[list[Shopper]]:
    shoppers = [
        Shopper(store, stage.port, authorization, stage.fleet, random.Random(number))
        for number, (store, authorization) in enumerate(zip(stage.stores, authorizations, strict=True))
    ]
    try:
        yield shoppers
    finally:
        for shopper in shoppers:
            shopper.close()


async def come_in_alone(shoppers: list[Shopper], before: Callable[[], object] | None = None) -> None:
    """One after the other until inside; they wait there, and go on together once the last has come in.

    `before`: done each time while nobody comes in.
    """
    everybody = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for shopper in shoppers:
            if before is not None:
                await asyncio.to_thread(before)
            inside = asyncio.Event()
            visit = group.create_task(shopper.visit(inside, everybody))
            await asyncio.wait(
                {visit, asyncio.create_task(inside.wait())}, return_when=asyncio.FIRST_COMPLETED
            )
            await asyncio.sleep(QUIET_S)
        everybody.set()


async def _shop_together(
    shoppers: list[Shopper], read: Callable[[], Reading], *, seconds: float, visits: int | None
) -> tuple[Reading, Reading]:
    closing = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for shopper in shoppers:
            group.create_task(shopper.visit_until(closing.is_set))
        first = await _after(RAMP_S, read)
        until = first.at + (LONGEST_S if visits else seconds)
        while time.perf_counter() < until and not (visits and _settled_since(shoppers, first.at) >= visits):
            await asyncio.sleep(POLL_S)
        last = read()
        closing.set()
    return first, last


def _settled_since(shoppers: list[Shopper], at: float) -> int:
    return sum(visit.settled >= at for visit in all_visits(shoppers))


def all_visits(shoppers: list[Shopper]) -> list[Visited]:
    return [visit for shopper in shoppers for visit in shopper.visited]


async def _after(seconds: float, read: Callable[[], Reading]) -> Reading:
    await asyncio.sleep(seconds)
    return read()
