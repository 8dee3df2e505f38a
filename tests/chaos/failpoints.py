"""`python -m tests.chaos failpoints`: a process dies at every point around a commit or a call, one by one."""

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.demo import sources
from simulators.demo.crowd import Caretaker
from simulators.demo.processes import ProgramFailed
from simulators.demo.settings import BadSetting
from simulators.demo.stage import Stage
from simulators.demo.turns import Queue
from simulators.demo.visit import Diary
from tests.chaos import audit, hooked, points, scenarios, settings, town
from tests.chaos.books import Books
from tests.chaos.causes import Fault
from tests.chaos.gathering import come_to_rest, gather
from tests.chaos.people import StubbornShopper
from tests.chaos.points import Board, Task
from tests.chaos.postgres import Server
from tests.chaos.promises import Promises
from tests.chaos.run import GREEN, RED, UNUSABLE, interrupt, say, start_server
from tests.chaos.scenarios import AT_HOME, STAY_OUTSIDE, Leaver

LANES = 6  # stores, so that a point that makes its visit wait holds up nobody else
TRIES = 10  # of a point that its visit did not pass: deaths in other lanes end visits early
TRY_FOR_S = 60.0  # at least: after several deaths the supervisor lets a process wait
STRAGGLERS_S = 3.0  # timers and mails after the end of a visit
ROUND_S = 75.0  # what belongs to no visit comes round once a minute
BACK_MS = 10_000

# What an audit of single visits can say; how many settle is not the question here.
NOT_ASKED = ("enough settled", "enough was killed", "Stripe timed out enough", "attacks were refused")


@dataclass(frozen=True, slots=True)
class Outcome:
    point: str
    scenario: str
    visit: str | None
    state: str
    hit: Mapping[str, Any] | None
    tries: int
    problem: str | None = None

    def told(self) -> str:
        died = "NEVER HIT" if self.hit is None else f"pid {self.hit['pid']}"
        problem = f" ({self.problem[:100]})" if self.problem else ""
        return f"{self.point:<70} {died:<11} {self.scenario}: {self.state}{problem}"


def main(env: Mapping[str, str] = os.environ) -> int:
    """N=all, or so many quick ones, drawn by SEED; POINT=... for names with these words."""
    try:
        wanted = settings.from_environment({**env, "N": "60"})
        sample, words = _sample(env.get("N", "") or "all"), env.get("POINT", "")
    except BadSetting as problem:
        say(f"failpoints: {problem}")
        return UNUSABLE
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with ExitStack() as cleanup:
        server = start_server(wanted, cleanup)
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="points-")))
        board = Board(folder / "board")
        switches = hooked.environment(**{hooked.FAILPOINTS: str(board.folder)}, **wanted.shop)
        stage = town.first_store(wanted.demo(server.url if server else "sqlite"), folder, switches)
        cleanup.callback(stage.strike)
        cleanup.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
        try:
            return Walk(stage, server, folder, board, wanted.seed, sample, words).play(wanted.report)
        except (ProgramFailed, RuntimeError) as problem:
            say(f"failpoints: {problem}")
            return RED


def _sample(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise BadSetting(f"N must be all or a number of points, not {text!r}")
    return int(text)


class Walk:
    def __init__(
        self,
        stage: Stage,
        server: Server | None,
        folder: Path,
        board: Board,
        seed: int,
        sample: int | None,
        words: str,
    ) -> None:
        self._stage, self._server, self._folder = stage, server, folder
        self._board = board
        self._seed, self._sample, self._words = seed, sample, words
        self._promises = Promises()
        self._shoppers: list[StubbornShopper] = []
        self._diaries: list[Diary] = []
        self._outcomes: list[Outcome] = []
        self._number = 0
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def play(self, report: Path | None) -> int:
        lanes = LANES if self._sample is None else min(LANES, 3)
        stages = town.open_town(self._stage, self._folder, lanes)
        (self._stage.folder / "receipts").mkdir()
        caretaker = Caretaker(stages, self._diaries)
        say(f"open after {self._seconds():.0f} s, {lanes} stores")
        found = self._tasks(stages)
        say(f"{len(found)} points to die at, found after {self._seconds():.0f} s")
        self._die_everywhere(stages, deque(found))
        at_rest = come_to_rest(self._stage, stages)
        for shopper in self._shoppers:
            shopper.look_again()
        caretaker.stop()
        evidence = gather(
            stages,
            seed=self._seed,
            shoppers=[one for one in self._shoppers if not isinstance(one, STAY_OUTSIDE)],
            promises=self._promises,
            causes=caretaker.causes,
            deaths=self._deaths(),
            deadlocks=self._server.deadlocks() if self._server else (),
            at_rest=at_rest,
        )
        for shopper in self._shoppers:
            shopper.hang_up()
        return self._judge(audit.failures(evidence), report)

    def _tasks(self, stages: Sequence[Stage]) -> list[Task]:
        """Every scenario once, alone, without a death; what it passed is what it will be tried with."""
        passed_by: dict[str, list[str]] = {}
        queue = Queue()
        for scenario in scenarios.SCENARIOS if self._sample is None else scenarios.QUICK:
            self._board.record()
            self._visit(scenario, stages[0], queue)
            time.sleep(STRAGGLERS_S / 2)
            passed_by[scenario] = self._board.recorded()
        found = [task for task in points.tasks(passed_by) if self._words in task.point]
        if self._sample is None:
            return found
        found = [task for task in found if not points.comes_round(task.point)]  # a sample is not to wait
        chosen = set(random.Random(self._seed).sample(found, min(self._sample, len(found))))
        return [task for task in found if task in chosen]

    def _die_everywhere(self, stages: Sequence[Stage], left: deque[Task]) -> None:
        lanes = [threading.Thread(target=self._lane, args=(stage, left), daemon=True) for stage in stages]
        for lane in lanes:
            lane.start()
        while any(lane.is_alive() for lane in lanes):
            self._stage.check()
            time.sleep(0.2)

    def _lane(self, stage: Stage, left: deque[Task]) -> None:
        queue = Queue()
        while True:
            try:
                task = left.popleft()
            except IndexError:
                return
            outcome = self._die_at(task, stage, queue)
            self._outcomes.append(outcome)
            say(f"{self._seconds():6.1f} s  {outcome.told()}")

    def _die_at(self, task: Task, stage: Stage, queue: Queue) -> Outcome:
        self._board.arm(task.point)
        hit, tries = None, 0
        enough = time.monotonic() + TRY_FOR_S
        while hit is None and (tries < TRIES or time.monotonic() < enough):
            scenario = task.scenarios[tries % len(task.scenarios)]
            diary = self._visit(scenario, stage, queue)
            hit = self._await_hit(task.point, STRAGGLERS_S)
            tries += 1
        if points.comes_round(task.point):
            hit = hit or self._await_hit(task.point, ROUND_S)
        self._board.disarm(task.point)
        return Outcome(task.point, scenario, diary.visit, diary.state, hit, tries, diary.problem)

    def _await_hit(self, point: str, within_s: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + within_s
        while (hit := self._board.hit(point)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        return hit

    def _visit(self, scenario: str, stage: Stage, queue: Queue) -> Diary:
        turn = queue.next(beside=False)
        with self._lock:
            self._number += 1
            number = self._number
            receipts = self._stage.folder / "receipts"
            shopper = scenarios.shopper(scenario, stage, number, self._promises, turn, receipts)
            self._shoppers.append(shopper)
            self._diaries.append(shopper.diary)
        try:
            shopper.run()
        except Exception as problem:  # a lane must not end; who stays away is seen at the end
            shopper.diary.problem = f"{type(problem).__name__}: {problem}"
        finally:
            turn.over()  # also of who never went to the door: the next one would wait for her
        return shopper.diary

    def _deaths(self) -> list[Fault]:
        return [
            Fault(one.point, one.hit["process"], one.hit["at_ms"], one.hit["at_ms"] + BACK_MS)
            for one in self._outcomes
            if one.hit is not None
        ]

    def _judge(self, found: dict[str, list[str]], report: Path | None) -> int:
        found = {name: problems for name, problems in found.items() if name not in NOT_ASKED}
        newcomers = [one.diary for one in self._shoppers if isinstance(one, STAY_OUTSIDE)]
        found["everybody could sign up"] = [
            f"{diary.plan.party}: {diary.problem}" for diary in newcomers if diary.state != AT_HOME
        ]
        found["who left is forgotten"] = self._remembered()
        found["every armed point was hit"] = [one.point for one in self._outcomes if one.hit is None]
        for name, problems in found.items():
            say(f"{'red  ' if problems else 'ok   '} {name}")
            for problem in problems[:20]:
                say(f"        {problem}")
        red = sum(map(bool, found.values()))
        say(f"{len(self._outcomes)} points, {red} of {len(found)} checks red, {self._seconds():.0f} s")
        if report is not None:
            rows = [
                {"point": one.point, "scenario": one.scenario, "state": one.state, "hit": one.hit}
                for one in self._outcomes
            ]
            report.write_text(json.dumps({"ok": not red, "checks": found, "points": rows}, indent=2) + "\n")
        return RED if red else GREEN

    def _remembered(self) -> list[str]:
        left = {f"{one.diary.plan.party}@example.org" for one in self._shoppers if isinstance(one, Leaver)}
        by_us = Books(self._stage.database_url).customers()
        at_stripe = sources.stripe_customers(self._stage.at.stripe_url, self._stage.stripe_key)
        return [f"{email} is still known to us" for email in sorted(left & by_us)] + [
            f"{email} is still known to Stripe" for email in sorted(left & at_stripe)
        ]

    def _seconds(self) -> float:
        return time.monotonic() - self._began
