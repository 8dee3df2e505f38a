"""Each check of a chaos run can fail, and only it: one thing at a time is wrong with a clean day."""

from dataclasses import replace
from typing import Any

import pytest

from simulators.demo.facts import Facts, Order, RanOn, Release, StockFact
from tests.chaos import audit
from tests.chaos.attacks import Attack
from tests.chaos.audit import CHECKS, Evidence, failures, trouble_of
from tests.chaos.causes import Fault, Trouble
from tests.chaos.nemesis import Kill
from tests.chaos.outboxes import Outbox
from tests.chaos.promises import Answer, Kept
from tests.demo.test_report import ANNA

ROW = replace(ANNA, visit="V1")
FACTS = Facts(
    ran_on=RanOn("sqlite", "embedded", "", 1),
    visits=[ROW],
    orders=[Order("C1", "V1", 1000)],
    releases=[Release("C1", 1200)],
    stock=[StockFact("milk", 5, 5, ("V1",))],
)
KILL = Kill(1000, "worker", "worker", 7, (("V1", "shopping"),), 400)
EVIDENCE = Evidence(
    facts=FACTS,
    at_rest=True,
    kills=[KILL],
    kills_wanted={"worker": 1},
    faults=[KILL.fault()],
    timeouts=5,
    timeouts_wanted=5,
    troubles=[],
    outboxes=[Outbox("contact", "E1", 2, 2)],
    stored={"contact": {("E1", 1), ("E1", 2)}},
    answers=[Answer(0, "anna", "POST", "/visits", None, {"id": "V1"})],
    kept=Kept({"V1": "settled"}, {}, {}, {}, {}),
    put_back=frozenset(),
    server_errors=[],
    attacks=[Attack("held back over a reboot", "rejected expired")],
    captures={"V1": 1},
)


def facts(**changed: Any) -> Facts:
    return replace(FACTS, **changed)


def row(**changed: Any) -> Facts:
    return facts(visits=[replace(ROW, **changed)])


UNEXPLAINED = Trouble("V1", "store-1", ("capture_took_too_long",), 900_000, 910_000)
TWICE = [Release("C1", 1200), Release("C1", 1300)]

# What is wrong -> the checks that must see it.
WRONGS: list[tuple[dict[str, Any], set[str]]] = [
    ({"at_rest": False}, {"came to rest"}),
    ({"facts": row(truth_cents=400)}, {"four sums equal"}),
    ({"facts": row(hold="open")}, {"no hold left open"}),
    ({"facts": row(stripe_captured_cents=600), "captures": {"V1": 2}}, {"four sums equal", "charged once"}),
    ({"facts": facts(stock=[StockFact("milk", 4, 5, ())])}, {"stock equals the shelves"}),
    ({"facts": facts(releases=[Release("C1", 9000)])}, {"no late unlock"}),
    ({"facts": facts(releases=[Release("C2", 1200)])}, {"door opened only when ordered"}),
    ({"facts": facts(releases=TWICE)}, {"commands run once"}),
    ({"troubles": [UNEXPLAINED]}, {"every trouble has an injected cause"}),
    ({"stored": {"contact": {("E1", 1)}}}, {"reports lost"}),
    ({"outboxes": [Outbox("contact", "E1", 2, 3)]}, {"all reports delivered"}),
    ({"kept": Kept({}, {}, {}, {}, {})}, {"acknowledged is kept"}),
    ({"server_errors": ["POST /visits"]}, {"no server error"}),
    ({"attacks": [Attack("retained by the broker", "done")]}, {"attacks were refused"}),
    ({"attacks": [Attack("retained by the broker", "silence")]}, {"attacks were refused"}),
    ({"deadlocks": ["ERROR:  deadlock detected"]}, {"no deadlock"}),
    ({"rushes": ["12 of 10 sold"]}, {"never oversold"}),
    ({"kills": []}, {"enough was killed"}),
    ({"kills": [replace(KILL, in_flight=())]}, {"enough was killed"}),
    ({"kills": [replace(KILL, back_ms=None)]}, {"enough was killed"}),
    ({"timeouts": 4}, {"Stripe timed out enough"}),
]


def test_a_clean_day_is_green() -> None:
    assert {name: problems for name, problems in failures(EVIDENCE).items() if problems} == {}


@pytest.mark.parametrize(("wrong", "seen_by"), WRONGS)
def test_one_wrong_is_seen_by_its_check_and_by_no_other(wrong: dict[str, Any], seen_by: set[str]) -> None:
    found = failures(replace(EVIDENCE, **wrong))
    assert {name for name, problems in found.items() if problems} == seen_by


def test_every_check_but_the_share_of_settled_has_a_wrong_of_its_own() -> None:
    assert set(CHECKS) == {name for _, seen_by in WRONGS for name in seen_by} | {"enough settled"}


@pytest.mark.parametrize(("settled", "of", "is_red"), [(45, 60, False), (44, 60, True), (6, 12, False)])
def test_three_of_four_must_settle_and_in_a_small_run_half(settled: int, of: int, is_red: bool) -> None:
    refused = replace(ROW, state="refused")
    found = audit.CHECKS["enough settled"](
        replace(EVIDENCE, facts=facts(visits=[ROW] * settled + [refused] * (of - settled)))
    )
    assert bool(found) is is_red


def test_a_visit_that_went_as_meant_needs_no_explanation() -> None:
    assert trouble_of(ROW, "store-1", 0, 1) is None
    assert trouble_of(replace(ROW, state="refused", expected="refused"), "store-1", 0, 1) is None


def test_a_reviewed_visit_and_one_that_did_not_settle_name_their_reasons() -> None:
    reviewed = trouble_of(replace(ROW, causes=("review", "unclear_pick")), "store-1", 0, 1)
    assert reviewed is not None
    assert reviewed.why == ("unclear_pick",)
    failed = trouble_of(replace(ROW, state="abandoned", reason="door_did_not_answer"), "store-1", 0, 1)
    assert failed is not None
    assert failed.why == ("door_did_not_answer",)


def test_a_kill_tells_who_died_and_who_was_there() -> None:
    assert "worker pid 7, back after 0.4 s; in flight: V1 shopping" in KILL.told()
    assert KILL.fault() == Fault("kill of worker (7)", "worker", 1000, 1400)
