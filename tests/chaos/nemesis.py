"""Kills what the shop stands on, one at a time and only while somebody's visit is on its way."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulators.demo.stage import Stage
from tests.chaos import outboxes, processes
from tests.chaos.books import Away, Books
from tests.chaos.causes import Fault
from tests.chaos.postgres import Server

TARGETS = ("worker", "gateway", "serve", "broker", "device")
# Where a visit stands when the death of this one hurts most.
AIMS = {
    "worker": ("requested", "settling"),
    "gateway": ("unlocked", "shopping"),
    "serve": ("requested", "shopping"),
    "broker": ("admitted", "unlocked", "shopping"),
    "device": ("admitted", "unlocked", "shopping"),
    "database": ("requested", "admitted", "shopping", "settling"),
}
AIMING_S = {"gateway": 8.0}  # so long for the right moment, then any will do
AIMING_OTHERS_S = 2.0
LOOKS_EVERY_S = 0.02
AWAY_S = (0.3, 1.2)  # a device without power, a database before somebody starts it again
BACK_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Kill:
    at_ms: int
    target: str
    what: str
    pid: int
    in_flight: tuple[tuple[str, str], ...]  # visit and state, a moment before
    back_ms: int | None
    store: str | None = None

    def fault(self) -> Fault:
        to_ms = self.at_ms + (self.back_ms or round(BACK_WITHIN_S * 1000))
        return Fault(f"kill of {self.what} ({self.pid})", self.target, self.at_ms, to_ms, self.store)

    def told(self) -> str:
        visits = ", ".join(f"{visit} {state}" for visit, state in self.in_flight)
        back = "not back" if self.back_ms is None else f"back after {self.back_ms / 1000:.1f} s"
        at = time.strftime("%H:%M:%S", time.localtime(self.at_ms / 1000))
        return f"{at}.{self.at_ms % 1000:03} kill {self.what} pid {self.pid}, {back}; in flight: {visits}"

    def row(self) -> dict[str, Any]:
        return asdict(self)


class Nemesis:
    """Acts in the main thread: what it starts again lives as long as that thread."""

    def __init__(
        self, stages: Sequence[Stage], server: Server | None, seed: int, tell: Callable[[str], None]
    ) -> None:
        self.kills: list[Kill] = []
        self._stages = {stage.seeded.store: stage for stage in stages}
        self._supervisor = stages[0].shop.child.pid
        self._books = Books(stages[0].database_url)
        self._server = server
        self.dice = random.Random(seed)
        self._tell = tell

    def plan(self, each: int) -> list[str]:
        """Every target so often, in any order."""
        targets = (*TARGETS, "database") if self._server is not None else TARGETS
        wanted = [target for target in targets for _ in range(each)]
        self.dice.shuffle(wanted)
        return wanted

    def strike(self, target: str, is_over: Callable[[], bool]) -> bool:
        """False when nobody is in the shop any more."""
        in_flight = self._aim(target, is_over)
        if not in_flight:
            return False
        match target:
            case "device":
                kill = self._cut_power(in_flight)
            case "database":
                kill = self._stop_database(in_flight)
            case _:
                kill = self._kill(target, in_flight)
        self.kills.append(kill)
        self._tell(kill.told())
        return True

    def _aim(self, target: str, is_over: Callable[[], bool]) -> list[tuple[str, str, str]]:
        wanted = self.dice.choice(AIMS[target])
        deadline = time.monotonic() + AIMING_S.get(target, AIMING_OTHERS_S)
        stored = self._acknowledged()
        while not is_over():
            try:
                in_flight = self._books.in_flight()
            except Away:
                in_flight = []
            hit = any(state == wanted for _, state, _ in in_flight)
            if target == "gateway":  # hurts most when it has just promised that a report is stored
                before, stored = stored, self._acknowledged()
                hit = stored > before
            if in_flight and (hit or time.monotonic() > deadline):
                return in_flight
            time.sleep(LOOKS_EVERY_S)
        return []

    def _acknowledged(self) -> int:
        """How many reports the devices were told are stored."""
        folders = [stage.folder / "hardware" for stage in self._stages.values()]
        return sum(box.acknowledged for folder in folders for box in outboxes.read(folder))

    def _kill(self, target: str, in_flight: list[tuple[str, str, str]]) -> Kill:
        before = processes.pids(self._supervisor, target)
        pid = self.dice.choice(before)
        began = _now_ms()
        os.kill(pid, signal.SIGKILL)
        back = self._until(lambda: self._is_back(target, before))
        return Kill(began, target, target, pid, _shown(in_flight), back and back - began)

    def _is_back(self, target: str, before: Sequence[int]) -> bool:
        now = processes.pids(self._supervisor, target)
        return len(now) >= len(before) and not set(now) <= set(before)

    def _cut_power(self, in_flight: list[tuple[str, str, str]]) -> Kill:
        """Of a device in a store where somebody is."""
        visit, state, store = self.dice.choice(in_flight)
        stage = self._stages[store]
        device = self.dice.choice(sorted(stage.devices))
        began = _now_ms()
        pid = stage.cut_power(device)
        time.sleep(self.dice.uniform(*AWAY_S))
        stage.power_up(device)
        seen = _shown([(visit, state, store), *(one for one in in_flight if one[0] != visit)])
        return Kill(began, "device", device, pid, seen, _now_ms() - began, store)

    def _stop_database(self, in_flight: list[tuple[str, str, str]]) -> Kill:
        assert self._server is not None  # only then it is a target
        began = _now_ms()
        pid = self._server.stop_at_once()
        time.sleep(self.dice.uniform(*AWAY_S))
        self._server.start()
        return Kill(began, "database", "database", pid, _shown(in_flight), _now_ms() - began)

    def _until(self, holds: Callable[[], bool]) -> int | None:
        deadline = time.monotonic() + BACK_WITHIN_S
        while time.monotonic() < deadline:
            if holds():
                return _now_ms()
            time.sleep(LOOKS_EVERY_S)
        return None


def _shown(in_flight: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((visit, state) for visit, state, _ in in_flight)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
