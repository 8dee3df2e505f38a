"""Closed-loop load: each shopper visits her store again and again, following each visit live."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.calls import CallRefused, Json, Line

PATIENCE_S = 30.0
AFTER_FAILURE_S = 1.0
STREAM_ENDS_S = 15.0
FINAL = frozenset({"settled", "empty", "abandoned", "refused"})  # the stream ends after one of these
ENDED = FINAL | {"in_review", "payment_due"}


class WentWrong(Exception):
    """A visit did not go as every visit of this load must."""


@dataclass(frozen=True, slots=True)
class Visited:
    """Times by time.perf_counter()."""

    id: str
    asked: float
    inside: float
    left: float
    settled: float
    cents: int


@dataclass(slots=True)
class Shopper:
    """Takes one thing that the shelf sees, scans it and another, pays, goes."""

    store: Json
    port: int
    authorization: str
    fleet: Connection
    dice: random.Random
    visited: list[Visited] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._calls = Line(self.port, self.authorization)
        self._live = Line(self.port, self.authorization)

    _calls: Line = field(init=False)
    _live: Line = field(init=False)

    async def visit(self, inside: asyncio.Event | None = None, go_on: asyncio.Event | None = None) -> None:
        """Sets `inside` once she is and waits there for `go_on`; raises WentWrong, CallRefused."""
        plate = self.dice.randrange(len(self.store["weighed"]))
        self.fleet.send(("expect", self.store["slug"], plate))
        asked = time.perf_counter()
        visit = (await self._calls.ask("POST", "/api/v1/visits", {"door_code": self.store["door_code"]}))[
            "id"
        ]
        screen = Screen(self._live, visit)
        try:
            await screen.shows(lambda seen: seen["state"] == "shopping")
            entered = time.perf_counter()
            if inside is not None:
                inside.set()
            if go_on is not None:
                await go_on.wait()
            await screen.shows(lambda seen: any(line["sensed"] for line in seen["lines"]))
            for gtin in (self.store["weighed"][plate], self.dice.choice(self.store["loose"])):
                await self._calls.ask("POST", f"/api/v1/visits/{visit}/scans", {"gtin": gtin})
            await self._calls.ask("POST", f"/api/v1/visits/{visit}/pay")
            self.fleet.send(("leave", self.store["slug"]))
            left = time.perf_counter()
            await self._calls.ask("POST", f"/api/v1/visits/{visit}/leave")
            shown = await screen.shows(lambda seen: seen["state"] in ENDED)
            settled = time.perf_counter()
        finally:
            problem = await screen.close()
            if problem is not None:
                self.failed.append(problem)
        if shown["state"] != "settled" or len(shown["lines"]) != 2 or shown["open_cents"]:
            raise WentWrong(f"ended {shown['state']} with {len(shown['lines'])} lines")
        self.visited.append(Visited(visit, asked, entered, left, settled, shown["paid_cents"]))

    async def visit_until(self, enough: Callable[[], bool]) -> None:
        """A visit that goes wrong is kept with its reason and is not among `visited`."""
        while not enough():
            try:
                await self.visit()
            except (WentWrong, CallRefused, TimeoutError, asyncio.IncompleteReadError, OSError) as problem:
                self.failed.append(str(problem)[:160] or "waited too long")
                await asyncio.sleep(AFTER_FAILURE_S)

    def close(self) -> None:
        self._calls.close()
        self._live.close()


class Screen:
    """The newest picture of one visit."""

    def __init__(self, line: Line, visit: str) -> None:
        self._line = line
        self._path = f"/api/v1/visits/{visit}/events"
        self._shown: Json | None = None
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._follow())

    async def shows(self, wanted: Callable[[Json], bool]) -> Json:
        """The first picture that is so; an ended visit that is not so will never be."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            while True:
                if self._shown is not None and wanted(self._shown):
                    return self._shown
                if self._task.done() or (self._shown is not None and self._shown["state"] in ENDED):
                    raise WentWrong(f"the screen stays at {_said(self._shown)}")
                await self._changed.wait()

    async def close(self) -> str | None:
        """What is wrong with the stream: it ends by itself once the visit is over and the hold is free."""
        shown, problem = self._shown, None
        if shown is not None and shown["state"] in FINAL:
            _, endless = await asyncio.wait({self._task}, timeout=STREAM_ENDS_S)
            problem = f"the stream goes on after {_said(self._shown)}" if endless else None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return problem

    async def _follow(self) -> None:
        try:
            async for seen in self._line.follow(self._path):
                async with self._changed:
                    self._shown = seen
                    self._changed.notify_all()
        finally:
            async with self._changed:
                self._changed.notify_all()


def _said(shown: Json | None) -> Any:
    """State, code of the reason if there is one, and what became of the hold."""
    if shown is None:
        return None
    return shown["state"], shown["reason"] and shown["reason"]["code"], shown["hold"]["status"]
