"""Each figure of the sensing benchmark on truth and episodes written by hand: right, and each way wrong."""

from dataclasses import replace

import pytest

from benchmarks.shelves import intervals, tally
from benchmarks.shelves.matching import match
from benchmarks.shelves.ours import believed, by_visit, listed
from benchmarks.shelves.tally import Tally
from simulators.physics.truth import Scan, Visit
from tests.sensing_world.hand_made import Told, move, scene

PICKED = Told((("cola", -1),))


def _figures(*tallies: Tally) -> dict[str, float]:
    return {name: figure[0] for name, figure in intervals.figures(tallies).items()}


def _of(*episodes: Told) -> dict[str, float]:
    return _figures(tally.of_episodes(scene([move()]), episodes))


def test_a_pick_told_as_it_was_is_recalled_exact_decided_and_no_false_claim() -> None:
    figures = _of(PICKED)
    assert [figures[name] for name in ("event_recall", "episode_exact", "decided_share")] == [1, 1, 1]
    assert figures["right_when_decided"] == 1
    assert figures["false_claims_per_100"] == figures["wrong_decided_per_100"] == 0
    assert figures["latency_median_s"] == 2.0


@pytest.mark.parametrize(
    "lines", [(("soap", -1),), (("cola", -2),), (("cola", 1),), (), (("cola", -1), ("soap", -1))]
)
def test_another_sku_count_or_sign_is_not_exact(lines: tuple[tuple[str, int], ...]) -> None:
    figures = _of(replace(PICKED, lines=lines))
    assert figures["episode_exact"] == figures["right_when_decided"] == 0
    assert figures["event_recall"] == 1
    assert figures["wrong_decided_per_100"] == 100


def test_an_ambiguous_episode_counts_for_exactness_but_not_as_decided() -> None:
    figures = _of(replace(PICKED, outcome="ambiguous"))
    assert figures["episode_exact"] == 1
    assert figures["decided_share"] == 0
    assert "right_when_decided" not in figures


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"shelf": "s2"},
        {"t0": 12.5, "t1": 14.0},
        {"t0": 5.0, "t1": 8.5},
        {"grams": {4: -500.0}},
        {"grams": {3: -3.0}},
    ],
)
def test_an_episode_on_another_shelf_plate_or_time_misses_the_move_and_is_a_false_claim(
    elsewhere: dict[str, object],
) -> None:
    figures = _of(replace(PICKED, **elsewhere))  # type: ignore[arg-type]
    assert figures["event_recall"] == figures["episode_exact"] == 0
    assert figures["false_claims_per_100"] == figures["false_decided_per_100"] == 100


def test_a_touch_that_stands_for_a_move_does_not_recall_it_and_one_for_none_is_no_claim() -> None:
    touch = Told((), outcome="touch")
    assert _of(touch)["event_recall"] == 0
    assert _figures(tally.of_episodes(scene([]), [touch]))["false_claims_per_100"] == 0


def test_a_move_told_twice_is_one_false_claim() -> None:
    figures = _of(PICKED, replace(PICKED, t0=10.6, t1=11.0))
    assert figures["episode_exact"] == 1
    assert figures["false_claims_per_100"] == 100


def test_moves_told_in_one_episode_are_right_together_and_wrong_together() -> None:
    both = scene([move(), move("soap", at=10.3, plate=5)])
    told = Told((("soap", -1), ("cola", -1)), grams={3: -500.0, 5: -120.0})
    assert [len(each.moves) for each in match(both, [told])] == [2]
    assert _figures(tally.of_episodes(both, [told]))["episode_exact"] == 1
    assert _figures(tally.of_episodes(both, [replace(told, lines=(("cola", -1),))]))["episode_exact"] == 0


def test_a_move_without_power_is_matched_when_the_power_is_back() -> None:
    late = replace(PICKED, t0=19.5, t1=20.5)
    dark = replace(scene([move()]), cuts={"s1": (9.8, 20.0)})
    assert _figures(tally.of_episodes(dark, [late]))["event_recall"] == 1
    assert _of(late)["event_recall"] == 0


@pytest.mark.parametrize(
    ("claimed", "f1", "exact"),
    [
        ({"cola": 2}, 1.0, 1),
        ({"cola": 1}, 2 / 3, 0),
        ({"cola": 2, "soap": 2}, 2 / 3, 0),
        ({"soap": 2}, 0.0, 0),
    ],
)
def test_item_f1_and_basket_count_units(claimed: dict[str, int], f1: float, exact: int) -> None:
    found = Tally("single")
    found.counts["visits"] = 1
    tally.add_basket(found, {"cola": 2}, claimed)
    assert _figures(found)["item_f1"] == pytest.approx(f1)
    assert _figures(found)["basket_exact"] == exact


def test_a_forgotten_scan_is_found_missed_or_falsely_flagged() -> None:
    def figures(unscanned: dict[str, int]) -> tuple[float, float]:
        found = Tally("single")
        tally.add_forgotten(found, {"cola": 2, "soap": 1}, {"cola": 2}, unscanned)
        shown = _figures(found)
        return shown["forgotten_found"], shown["falsely_flagged"]

    assert figures({"soap": 1}) == (1, 0)
    assert figures({}) == (0, 0)
    assert figures({"cola": 1}) == (0, 1)
    assert figures({"soap": 2}) == (1, 1)


def test_the_calibration_error_is_the_gap_between_what_is_believed_and_what_is_so() -> None:
    sure, half = (
        Tally("single", claims=[(0.95, True)] * 19 + [(0.95, False)]),
        Tally("single", claims=[(0.55, False)] * 20),
    )
    assert _figures(sure)["calibration_error"] == pytest.approx(0, abs=1e-9)
    assert _figures(half)["calibration_error"] == pytest.approx(0.55)
    assert _figures(sure, half)["calibration_error"] == pytest.approx(0.275)
    assert [each["claims"] for each in intervals.calibration([sure, half])] == [20, 20]


def test_an_interval_holds_its_figure_and_narrows_with_more_scenes() -> None:
    def width(scenes: int) -> float:
        right, wrong = (
            tally.of_episodes(scene([move()]), [replace(PICKED, lines=((s, -1),))]) for s in ("cola", "soap")
        )
        figure, low, high = intervals.figures([right] * (3 * scenes) + [wrong] * scenes)["episode_exact"]
        assert figure == 0.75
        assert low <= figure <= high
        return high - low

    assert 0 < width(100) < width(10)


def test_visits_that_overlap_are_judged_as_one_and_others_apart() -> None:
    together = [Visit("anna", 4, 30), Visit("ben", 20, 40), Visit("cora", 41, 50)]
    moves = [
        move(),
        move("soap", shopper="ben"),
        move(at=45, shopper="cora"),
        move(at=46, count=1, shopper="cora"),
    ]
    made = scene(moves, visits=together)
    assert [sorted(who) for who, _, _ in tally.groups(made)] == [["anna", "ben"], ["cora"]]
    assert [tally.basket(made, who) for who, _, _ in tally.groups(made)] == [{"cola": 1, "soap": 1}, {}]


def test_scans_and_episodes_sum_up_to_what_was_bought() -> None:
    scans = [Scan(1, "cola", 2, "anna"), Scan(2, "cola", -1, "anna"), Scan(3, "soap", 1, "ben")]
    assert listed(scans, {"anna"}) == {"cola": 1}
    back = replace(PICKED, lines=(("cola", 1),), t0=20.0)
    later = replace(PICKED, t0=40.0)
    made = scene([], visits=[Visit("anna", 4, 30)])
    [(mine, who)] = by_visit(made, [PICKED, replace(PICKED, lines=(("cola", -2),)), back, later])
    assert who == {"anna"}
    assert believed(mine) == {"cola": 2}
