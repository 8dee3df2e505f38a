"""`python -m tests.chaos`: people shop in several stores while everything dies in turn; all is compared."""

import json
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from simulators.demo import report
from simulators.demo.crowd import Caretaker
from simulators.demo.processes import ProgramFailed
from simulators.demo.settings import BadSetting
from simulators.demo.stage import Stage
from simulators.demo.visit import Diary
from tests.chaos import attacks, audit, bank, hooked, mutants, settings, town
from tests.chaos.audit import Evidence
from tests.chaos.books import Books
from tests.chaos.causes import AFTERMATH_MS, explain
from tests.chaos.gathering import come_to_rest, gather
from tests.chaos.nemesis import Kill, Nemesis
from tests.chaos.people import Crowd
from tests.chaos.postgres import Server
from tests.chaos.promises import Promises
from tests.chaos.rush import rush
from tests.chaos.settings import ChaosSettings

Json = dict[str, Any]

LONGEST_RUN_S = 420.0

GREEN, RED, SURVIVED, UNUSABLE = 0, 1, 3, 2


def main(env: Mapping[str, str] = os.environ) -> int:
    """Exit status: 0 all checks hold, 1 red, 3 a mutant that no right check noticed."""
    try:
        wanted = settings.from_environment(env)
    except BadSetting as problem:
        say(f"chaos: {problem}")
        return UNUSABLE
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with ExitStack() as cleanup:
        server = start_server(wanted, cleanup)
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        switches = {hooked.STUTTER: "1"}
        if wanted.mutant:
            switches[mutants.HOOK] = wanted.mutant.name
        demo = wanted.demo(server.url if server else "sqlite")
        stage = town.first_store(demo, folder, hooked.environment(**switches, **wanted.shop))
        cleanup.callback(stage.strike)
        cleanup.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
        try:
            return Run(wanted, stage, server, folder).play()
        except (ProgramFailed, RuntimeError) as problem:
            say(f"chaos: {problem}")
            return RED


def start_server(wanted: ChaosSettings, cleanup: ExitStack) -> Server | None:
    if wanted.database == "sqlite":
        return None
    server = Server()
    cleanup.callback(server.close)
    server.start()
    return server


class Run:
    def __init__(self, wanted: ChaosSettings, stage: Stage, server: Server | None, folder: Path) -> None:
        self._wanted = wanted
        self._folder = folder
        self._stage = stage
        self._server = server
        self._promises = Promises()
        self._began = time.monotonic()

    def play(self) -> int:
        wanted = self._wanted
        named = f", mutant {wanted.mutant.name}: {wanted.mutant.takes_out}" if wanted.mutant else ""
        say(f"chaos: {wanted.visits} visits in {wanted.stores} stores, seed {wanted.seed}{named}")
        stages = town.open_town(self._stage, self._folder, wanted.stores)
        say(f"open after {self._seconds():.0f} s, {wanted.database}, broker {self._stage.broker}")
        bank.arm(self._stage, bank.plan(wanted.visits, wanted.seed))
        nemesis = Nemesis(stages, self._server, wanted.seed, say)
        plan = self._plan(nemesis)
        crowd = Crowd(stages, wanted.seed, self._promises, self._tell)
        caretaker = Caretaker(stages, crowd.diaries)
        receipts = self._stage.folder / "receipts"
        receipts.mkdir()
        crowd.come(wanted.visits, receipts)
        self._haunt(nemesis, crowd, plan)
        at_rest = come_to_rest(self._stage, stages)
        _await_aftermath(nemesis.kills)
        rushers, oversold = rush(
            stages[-1], self._promises, Books(self._stage.database_url).on_hand(), receipts
        )
        crowd.shoppers += rushers
        at_rest = at_rest and come_to_rest(self._stage, stages)
        tried = attacks.attempt(stages[0])
        for shopper in crowd.shoppers:
            shopper.look_again()
        caretaker.stop()
        evidence = gather(
            stages,
            seed=wanted.seed,
            shoppers=crowd.shoppers,
            promises=self._promises,
            causes=caretaker.causes,
            at_rest=at_rest,
            kills=nemesis.kills,
            kills_wanted=Counter(() if wanted.mutant else plan),
            timeouts_wanted=0 if wanted.mutant else min(5, wanted.visits // 2),
            attacks=tried,
            rushes=oversold,
            deadlocks=self._server.deadlocks() if self._server else (),
        )
        for shopper in crowd.shoppers:
            shopper.hang_up()
        return self._judge(evidence)

    def _plan(self, nemesis: Nemesis) -> list[str]:
        mutant = self._wanted.mutant
        return list(mutant.kills) if mutant else nemesis.plan(self._wanted.kills_each)

    def _haunt(self, nemesis: Nemesis, crowd: Crowd, plan: Sequence[str]) -> None:
        """Spread over the visits, however fast they go; what is started again starts in this thread."""
        left = list(plan)
        until = time.monotonic() + LONGEST_RUN_S
        while not crowd.is_over and time.monotonic() < until:
            struck = len(plan) - len(left)
            is_due = len(crowd.shoppers) * (len(plan) + 1) >= self._wanted.visits * (struck + 1)
            if left and is_due and nemesis.strike(left[0], lambda: crowd.is_over):
                left.pop(0)
            self._stage.check()
            time.sleep(0.05)

    def _judge(self, evidence: Evidence) -> int:
        found = audit.failures(evidence)
        red = [name for name, problems in found.items() if problems]
        self._print(evidence, found)
        self._write(evidence, found)
        mutant = self._wanted.mutant
        if mutant is None:
            return RED if red else GREEN
        caught = [name for name in mutant.caught_by if name in red]
        if not caught:
            say(f"mutant {mutant.name} was NOT caught by {' or '.join(mutant.caught_by)}")
            return SURVIVED
        say(f"mutant {mutant.name} was caught by: {', '.join(caught)}")
        return RED

    def _print(self, evidence: Evidence, found: Mapping[str, Sequence[str]]) -> None:
        states = Counter(row.state for row in evidence.facts.visits)
        killed = Counter(kill.target for kill in evidence.kills)
        say(f"\nvisits  {_counted(states)}; reviewed {sum(r.reviewed for r in evidence.facts.visits)}")
        say(f"kills   {_counted(killed)}; Stripe time-outs after the work {evidence.timeouts}")
        say(f"answers {len(evidence.answers)} kept, asked again {self._promises.tries['again']} times")
        for trouble in evidence.troubles:
            blamed = explain(trouble, evidence.faults)
            say(f"trouble {trouble.visit} {', '.join(trouble.why)}: {'; '.join(blamed) or 'UNEXPLAINED'}")
        for attack in evidence.attacks:
            say(f"attack  unlock {attack.name}: {attack.answer}")
        say("")
        for name, problems in found.items():
            say(f"{'red  ' if problems else 'ok   '} {name}")
            for problem in problems[:20]:
                say(f"        {problem}")
        red = sum(map(bool, found.values()))
        say(f"{red} of {len(found)} checks red, {self._seconds():.0f} s")

    def _write(self, evidence: Evidence, found: Mapping[str, Sequence[str]]) -> None:
        if self._wanted.report is None:
            return
        content = {
            "ok": not any(found.values()),
            "mutant": self._wanted.mutant.name if self._wanted.mutant else None,
            "seconds": round(self._seconds()),
            "checks": found,
            "kills": [kill.row() for kill in evidence.kills],
            "troubles": [
                {"visit": one.visit, "why": one.why, "causes": explain(one, evidence.faults)}
                for one in evidence.troubles
            ],
            "stripe_timeouts_after_work": evidence.timeouts,
            "attacks": {attack.name: attack.answer for attack in evidence.attacks},
            "answers": len(evidence.answers),
            "demo": report.build(evidence.facts),
        }
        self._wanted.report.write_text(json.dumps(content, indent=2) + "\n")

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _tell(self, diary: Diary) -> None:
        plan, seconds = diary.plan, self._seconds()
        note = diary.problem or diary.reason or ""
        say(f"{seconds:6.1f} s  {plan.party:<13} {plan.persona.name:<29} {diary.state:<10} {note}")


def _await_aftermath(kills: Sequence[Kill]) -> None:
    """Whoever comes now meets a shop that is whole again."""
    whole_ms = max((kill.fault().to_ms for kill in kills), default=0) + AFTERMATH_MS
    time.sleep(max(0.0, whole_ms / 1000 - time.time()))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    with _SAYING:
        print(text, flush=True)


_SAYING = threading.Lock()
