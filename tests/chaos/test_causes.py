"""Who is to blame: a fault explains a visit only at the right time and place, if it can do that at all."""

from dataclasses import replace

from tests.chaos.causes import AFTERMATH_MS, Fault, Trouble, explain

TROUBLE = Trouble("V1", "store-1", ("door_did_not_answer",), 100_000, 110_000)
KILL = Fault("kill of gateway (7)", "gateway", 104_000, 105_000)


def test_a_kill_during_the_visit_explains_it() -> None:
    assert explain(TROUBLE, [KILL]) == ["kill of gateway (7)"]


def test_the_aftermath_of_a_kill_counts_and_what_comes_later_does_not() -> None:
    before = replace(KILL, from_ms=90_000, to_ms=92_000)
    long_before = replace(KILL, from_ms=60_000, to_ms=99_000 - AFTERMATH_MS - 1)
    after = replace(KILL, from_ms=110_001, to_ms=111_000)
    assert explain(TROUBLE, [before]) != []
    assert explain(TROUBLE, [long_before, after]) == []


def test_a_fault_in_another_store_explains_nothing() -> None:
    assert explain(TROUBLE, [replace(KILL, kind="device", store="store-2")]) == []
    assert explain(TROUBLE, [replace(KILL, kind="device", store="store-1")]) != []


def test_a_fault_at_the_bank_explains_only_the_visit_it_was_about() -> None:
    slow = replace(TROUBLE, why=("hold_took_too_long",))
    assert explain(slow, [replace(KILL, kind="stripe", visit="V2")]) == []
    assert explain(slow, [replace(KILL, kind="stripe", visit="V1")]) != []


def test_a_fault_of_another_kind_explains_nothing() -> None:
    assert explain(TROUBLE, [replace(KILL, kind="serve")]) == []


def test_a_reason_nobody_foresaw_may_have_any_injected_cause_but_not_none() -> None:
    strange = replace(TROUBLE, why=("never_heard_of",))
    assert explain(strange, [replace(KILL, kind="serve")]) != []
    assert explain(strange, []) == []
