"""The demo's audit looks at every figure: one wrong fact, and it names the visit and the figure."""

from dataclasses import replace

import pytest

from simulators.demo import report
from simulators.demo.facts import Facts, Order, RanOn, ReceiptFigures, Release, StockFact, VisitFacts

ANNA = VisitFacts(
    visit="01ANNA",
    party="anna-1",
    persona="ordinary",
    state="settled",
    expected="settled",
    reason=None,
    causes=(),
    truth_cents=300,
    charged_cents=300,
    stripe_captured_cents=300,
    receipt=ReceiptFigures(300, 300),
    page=ReceiptFigures(300, 300),
    hold="captured",
    settle_ms=1600,
)
EMPTY = replace(
    ANNA,
    visit="01BEN",
    party="ben-2",
    state="empty",
    expected="empty",
    truth_cents=0,
    charged_cents=0,
    stripe_captured_cents=0,
    receipt=ReceiptFigures(),
    page=ReceiptFigures(),
    hold="released",
    settle_ms=None,
)
ALL_WELL = Facts(
    ran_on=RanOn(db="sqlite", broker="embedded", commit="abc", seed=7),
    visits=[ANNA, EMPTY],
    orders=[Order("U1", "01ANNA", 10_000), Order("U2", "01BEN", 20_000)],
    releases=[Release("U1", 10_150), Release("U2", 20_900)],
    stock=[StockFact("milk", 9, 9, ("01ANNA",)), StockFact("bread", 5, 5, ())],
)


def with_anna(**changed: object) -> Facts:
    return replace(ALL_WELL, visits=[replace(ANNA, **changed), EMPTY])  # type: ignore[arg-type]


def test_nothing_is_reported_when_every_source_agrees() -> None:
    assert report.problems(ALL_WELL) == []


def test_what_was_given_back_is_taken_off_every_figure() -> None:
    back = ReceiptFigures(124, 124)
    net = {"truth_cents": 176, "charged_cents": 176, "stripe_captured_cents": 176}
    facts = with_anna(**net, correction=back, correction_page=back, refunded_cents=124)
    assert report.problems(facts) == []
    assert report.build(facts)["refunded_cents"] == 124


@pytest.mark.parametrize(
    ("figure", "facts"),
    [
        ("charged_cents", with_anna(charged_cents=307)),
        ("stripe_captured_cents", with_anna(stripe_captured_cents=293)),
        ("truth_cents", with_anna(truth_cents=459)),
        ("receipts_cents", with_anna(receipt=ReceiptFigures(300, 400))),
        ("receipts_cents", with_anna(page=ReceiptFigures(299, 299))),
        ("receipts_cents", with_anna(receipt=ReceiptFigures(310, 300), page=ReceiptFigures(310, 300))),
        ("receipts_cents", with_anna(correction=ReceiptFigures(124, 124))),
        ("holds_open", with_anna(hold="open")),
        ("state", with_anna(state="shopping", expected="shopping")),
        ("stock_mismatches", replace(ALL_WELL, stock=[StockFact("milk", 9, 10, ("01ANNA",))])),
        ("double_unlocks", replace(ALL_WELL, releases=[*ALL_WELL.releases, Release("U1", 11_000)])),
        ("late_unlocks", replace(ALL_WELL, releases=[Release("U1", 13_001)])),
    ],
)
def test_a_wrong_figure_is_named_with_its_visit(figure: str, facts: Facts) -> None:
    problems = report.problems(facts)
    assert problems
    assert all(problem.startswith("visit 01ANNA") and figure in problem for problem in problems)


def test_only_the_figure_that_differs_is_blamed() -> None:
    (problem,) = report.problems(with_anna(charged_cents=307))
    assert "charged_cents is 307, the others say 300" in problem
    assert "truth_cents" not in problem


def test_all_figures_are_told_when_two_stand_against_two() -> None:
    facts = with_anna(charged_cents=307, stripe_captured_cents=307)
    (problem,) = report.problems(facts)
    assert all(f"{figure} is" in problem for figure in ("truth_cents", "charged_cents", "receipts_cents"))


@pytest.mark.parametrize("state", ["empty", "refused", "abandoned"])
def test_a_visit_without_a_sale_costs_nothing(state: str) -> None:
    nothing = replace(EMPTY, state=state, expected=state)
    assert report.problems(replace(ALL_WELL, visits=[nothing])) == []
    charged = replace(nothing, stripe_captured_cents=50)
    (problem,) = report.problems(replace(ALL_WELL, visits=[charged]))
    assert "stripe_captured_cents is 50, expected 0" in problem


def test_a_visit_that_waits_for_a_person_names_its_cause_and_may_hold_the_card() -> None:
    waiting = replace(
        EMPTY, state="in_review", expected="in_review", truth_cents=300, hold="open", causes=("unclear_pick",)
    )
    assert report.problems(replace(ALL_WELL, visits=[waiting])) == []
    (problem,) = report.problems(replace(ALL_WELL, visits=[replace(waiting, causes=())]))
    assert "causes" in problem


def test_what_is_due_is_neither_charged_nor_captured_nor_shown_as_paid() -> None:
    due = replace(
        EMPTY,
        state="payment_due",
        expected="payment_due",
        reason="left_unpaid",
        truth_cents=300,
        receipt=ReceiptFigures(300, 0),
        page=ReceiptFigures(300, 0),
    )
    assert report.problems(replace(ALL_WELL, visits=[due])) == []
    (problem,) = report.problems(replace(ALL_WELL, visits=[replace(due, charged_cents=300)]))
    assert "charged_cents is 300" in problem


def test_a_release_nobody_ordered_is_late_by_definition() -> None:
    found = report.problems(replace(ALL_WELL, releases=[*ALL_WELL.releases, Release("U9", 30_000)]))
    assert found == ["visit unknown, unlock U9: late_unlocks, nobody ordered this release"]


def test_two_orders_for_one_visit_may_not_both_be_carried_out() -> None:
    facts = replace(
        ALL_WELL,
        orders=[*ALL_WELL.orders, Order("U3", "01ANNA", 12_000)],
        releases=[*ALL_WELL.releases, Release("U3", 12_100)],
    )
    (problem,) = report.problems(facts)
    assert "visit 01ANNA" in problem
    assert "double_unlocks" in problem


def test_money_of_a_visit_nobody_made_is_found() -> None:
    facts = replace(ALL_WELL, strangers={"01GHOST": "charged_cents, 120 booked"})
    assert report.problems(facts) == ["visit 01GHOST: charged_cents, 120 booked"]


def test_twenty_of_twenty_five_must_settle_without_review() -> None:
    twenty = [replace(ANNA, visit=f"01A{number}") for number in range(20)]
    five = [replace(EMPTY, visit=f"01E{number}") for number in range(5)]
    assert report.problems(replace(ALL_WELL, visits=[*twenty, *five])) == []
    reviewed = replace(ANNA, visit="01REVIEWED", causes=("unclear_pick",))
    (problem,) = report.problems(replace(ALL_WELL, visits=[*twenty[1:], reviewed, *five]))
    assert problem.startswith("settled: 19 of 25")


def test_one_in_five_may_end_otherwise_than_planned_but_not_more() -> None:
    shut_out = replace(EMPTY, visit="01OUT", state="abandoned", expected="settled")
    others = [replace(ANNA, visit=f"01A{number}") for number in range(4)]
    assert report.problems(replace(ALL_WELL, visits=[shut_out, *others])) == []
    (problem,) = report.problems(replace(ALL_WELL, visits=[shut_out, *others[1:]]))
    assert "visit 01OUT" in problem
    assert "abandoned, expected settled" in problem


def test_the_report_counts_sums_and_times() -> None:
    found = report.build(ALL_WELL)
    assert found["visits"] == 2
    states = ("settled", "empty", "in_review", "refused", "abandoned", "payment_due")
    assert found["visits"] == sum(found[state] for state in states)
    assert found["truth_cents"] == found["charged_cents"] == 300
    assert found["stripe_captured_cents"] == found["receipts_cents"] == 300
    assert found["unlocks"] == 2
    assert found["unlock_ms"] == {"p50": 150, "p95": 900}
    assert found["settle_ms"] == {"p50": 1600, "p95": 1600}
    assert [row["visit"] for row in found["per_visit"]] == ["01ANNA", "01BEN"]


def test_without_a_single_visit_there_are_no_times() -> None:
    nothing = replace(ALL_WELL, visits=[], orders=[], releases=[], stock=[])
    assert report.build(nothing)["unlock_ms"] == {"p50": None, "p95": None}
    assert report.problems(nothing) == []
