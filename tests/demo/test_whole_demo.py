"""The whole demo once: real processes agree on every figure, and each corrupted fact is found and named."""

from contextlib import suppress
from pathlib import Path

import pytest

from simulators.demo import report, sources
from simulators.demo.crowd import Caretaker, Crowd
from simulators.demo.settings import FACTS, from_environment
from simulators.demo.stage import Stage
from simulators.demo.tamper import tamper

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

NAMED_AS = {
    "ledger": "charged_cents",
    "stripe": "stripe_captured_cents",
    "receipt": "receipts_cents",
    "stock": "stock_mismatches",
    "truth": "truth_cents",
    "unlock": "double_unlocks",
}


def test_four_visits_agree_with_every_source_and_no_corruption_goes_unnoticed() -> None:
    stage = Stage(from_environment({"VISITS": "4", "SEED": "3", "BROKER": "embedded"}))
    try:
        stage.set_up()
        crowd = Crowd(stage, seed=3, told=lambda _diary: None)
        caretaker = Caretaker([stage], crowd.diaries)
        receipts = stage.folder / "receipts"
        receipts.mkdir()
        crowd.visit(4, receipts)
        caretaker.stop()

        facts = sources.gather([stage], 3, crowd.diaries, caretaker.causes)
        assert report.problems(facts) == []
        assert report.build(facts)["settled"] >= 3

        paid = [diary for diary in crowd.diaries if diary.paid_cents]
        corrupted = [(fact, paid[place % len(paid)]) for place, fact in enumerate(FACTS)]
        expected = {(tamper(fact, stage, [diary]), NAMED_AS[fact]) for fact, diary in corrupted}
        problems = report.problems(sources.gather([stage], 3, crowd.diaries, caretaker.causes))
        for visit, figure in expected:
            assert any(visit in problem and figure in problem for problem in problems), (figure, problems)
        assert len(running_in(stage.folder)) > 10
    finally:
        stage.strike()
    assert running_in(stage.folder) == []
    assert not stage.folder.exists()


def running_in(folder: Path) -> list[str]:
    """Process ids whose environment or arguments name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if str(folder).encode() in told:
                found.append(process.name)
    return found
