"""`python -m simulators demo`: set the stage, let people shop, then compare every figure with its source."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any

from simulators.demo import report, settings, sources
from simulators.demo.crowd import Caretaker, Crowd
from simulators.demo.processes import ProgramFailed
from simulators.demo.settings import BadSetting, DemoSettings
from simulators.demo.stage import Stage
from simulators.demo.tamper import CannotTamper, tamper
from simulators.demo.visit import Diary

INTERRUPTED = 130


def main(env: Mapping[str, str] = os.environ) -> int:
    """Exit status: 0 when every check holds."""
    try:
        wanted = settings.from_environment(env)
    except BadSetting as problem:
        say(f"demo: {problem}")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    stage = Stage(wanted)
    if wanted.visits == 0:
        stage.pace = []  # who walks by hand takes her time
    try:
        return _play(stage, wanted)
    except KeyboardInterrupt:
        say("\nclosing the store")
        _CLOSING.set()  # whoever is still inside has no more to tell
        return 0 if not wanted.visits else INTERRUPTED
    except (ProgramFailed, CannotTamper) as problem:
        say(f"demo: {problem}")
        _write(wanted, {"failed": str(problem)})
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave programs behind
        stage.strike()


def _play(stage: Stage, wanted: DemoSettings) -> int:
    began = time.monotonic()
    say(f"Dorfladen Witzenhausen, seed {wanted.seed}: starting ...")
    stage.set_up()
    say(f"open after {time.monotonic() - began:.1f} s\n\n{_addresses(stage)}\n")
    if wanted.visits == 0:
        return _wait_for_guests(stage)
    crowd = Crowd(stage, wanted.seed, _tell)
    caretaker = Caretaker([stage], crowd.diaries)
    if wanted.visits is None:
        crowd.live()
    receipts = stage.folder / "receipts"
    receipts.mkdir()
    crowd.visit(wanted.visits or 0, receipts)
    caretaker.stop()
    return _audit(stage, wanted, crowd.diaries, caretaker.causes)


def _wait_for_guests(stage: Stage) -> int:
    say("nobody else comes: the store is yours until Ctrl-C")
    while True:
        stage.check()
        time.sleep(0.5)


def _audit(
    stage: Stage, wanted: DemoSettings, diaries: list[Diary], causes: Mapping[str, tuple[str, ...]]
) -> int:
    if wanted.sabotage:
        say(f"sabotage: {wanted.sabotage} of visit {tamper(wanted.sabotage, stage, diaries)}")
    facts = sources.gather([stage], wanted.seed, diaries, causes)
    found = report.build(facts)
    _write(wanted, found)
    summary = {name: value for name, value in found.items() if name != "per_visit"}
    say("\n" + json.dumps(summary, indent=2))
    problems = report.problems(facts)
    for problem in problems:
        say(problem)
    say(f"{len(problems)} problems" if problems else "every figure agrees with its source")
    return 1 if problems else 0


def _write(wanted: DemoSettings, found: dict[str, Any]) -> None:
    if wanted.report:
        wanted.report.write_text(json.dumps(found, indent=2) + "\n")


def _tell(diary: Diary) -> None:
    """One line per visit."""
    if _CLOSING.is_set():
        return
    plan = diary.plan
    paid = f"{diary.paid_cents / 100:.2f} EUR" if diary.paid_cents else ""
    after = f"settled after {diary.settle_ms / 1000:.1f} s" if diary.settle_ms is not None else ""
    note = diary.problem or after or diary.reason or ""
    say(f"{plan.number:>4}  {plan.party:<11} {plan.persona.name:<29} {diary.state:<10} {paid:>10}  {note}")


def _addresses(stage: Stage) -> str:
    at, seeded = stage.at, stage.seeded
    hands = f"{sys.executable} -m simulators hands {at.world_port}"
    shelf = stage.assortment["shelves"][0]["plates"][0]["sku"]
    gtin = next(a["gtins"][0] for a in stage.assortment["articles"] if a["sku"] == shelf)
    return f"""  shop    {at.shop_url}/?door={seeded.door_code}
  desk    {at.admin_url}/   {seeded.staff_email}   {seeded.staff_password}
  mails   {at.mail_url}/
  stripe  {at.stripe_url}/_sim/state

  Walk it yourself (VISITS=0 keeps others away): open the shop, sign in with any address (the code is among
  the mails), save the card
  4242 4242 4242 4242 (any later date, any code), unlock the door. Your hands are in a second terminal:
    {hands} enter me
    {hands} take me {shelf}        the shelf tells the page; pay there ({gtin} can be typed in, too)
    {hands} leave me        then say on the page that you have left"""


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    with _SAYING:
        print(text, flush=True)


_SAYING = threading.Lock()
_CLOSING = threading.Event()
