"""Whatever comes in, nothing raises and nothing is claimed that cannot be."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.sensing import Episode, Outcome, replay
from shop.sensing.assortment import net
from tests.sensing.traces import Stream, plate

PLANOGRAM = {"cola": {("a", 1), ("a", 2)}, "water": {("a", 2)}, "tea": {("a", 3)}}
CATALOGUE = {"cola": (355.0, 2.0), "water": (538.0, 3.0), "tea": (120.0, 1.0)}
STEPS = st.lists(
    st.tuples(
        st.integers(1, 3), st.floats(3, 50), st.sampled_from([-538.0, -355, -240, -120, 120, 355, 183, 710])
    ),
    max_size=5,
)
STOCK = st.fixed_dictionaries({sku: st.integers(0, 2) for sku in CATALOGUE})
ANY = st.floats(allow_nan=True, allow_infinity=True)


def streams(steps: list[tuple[int, float, float]]) -> dict[tuple[str, int], Stream]:
    return {("a", n): plate([(at, g) for p, at, g in steps if p == n], seed=n) for n in (1, 2, 3)}


def claims(episodes: list[Episode]) -> dict[str, int]:
    return net(line for e in episodes if e.outcome is Outcome.DECIDED for line in e.lines)


@settings(max_examples=25, deadline=None)
@given(STEPS, STOCK)
def test_never_more_than_the_stock_leaves_and_never_more_than_was_taken_comes_back(
    steps: list[tuple[int, float, float]], stock: dict[str, int]
) -> None:
    episodes = replay(streams(steps), PLANOGRAM, CATALOGUE, stock=stock, doors=[(0.0, 1)])
    for last, episode in enumerate(episodes, 1):
        for sku, taken in claims(episodes[:last]).items():
            assert taken <= stock[sku]
        for sku, count in episode.lines:
            assert count <= sum(possible(e, sku) for e in episodes if e is not episode and e.t0 <= episode.t1)


def possible(episode: Episode, sku: str) -> int:
    """The most units of a product that an episode may have taken."""
    return max(net(lines).get(sku, 0) for lines, _ in episode.hypotheses)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.lists(st.tuples(st.integers(1, 3), st.integers(0, 599), ANY), max_size=30))
def test_no_value_anywhere_raises(
    steps: list[tuple[int, float, float]], broken: list[tuple[int, int, float]]
) -> None:
    plates = streams(steps)
    for n, place, value in broken:
        plates["a", n][place % 2][place] = value
    for episode in replay(plates, PLANOGRAM, CATALOGUE):
        assert np.isfinite([episode.t0, episode.t1, episode.at, episode.posterior]).all()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["cola", "water", "tea", "ghost"]), st.tuples(ANY, ANY)))
def test_no_catalogue_raises(catalogue: dict[str, tuple[float, float]]) -> None:
    replay(streams([(1, 10, -355), (3, 20, -120)]), PLANOGRAM | {"nowhere": set()}, catalogue)


@pytest.mark.parametrize(
    "stream",
    [
        ([], []),
        ([1.0], [2.0]),
        ([float("nan")] * 50, [1.0] * 50),
        (np.arange(50) / 10, [float("nan")] * 50),
        (np.arange(50) / 10, np.full(50, 6067.4)),
        (np.zeros(50), np.arange(50)),
        (np.arange(50)[::-1] / 10, np.arange(50)),
        (np.arange(50) / 10, np.arange(20)),
    ],
)
def test_a_broken_plate_says_nothing_and_stops_no_other(stream: Stream) -> None:
    plates = streams([(3, 20, -120)]) | {("a", 2): stream}
    assert [(e.outcome, e.lines) for e in replay(plates, PLANOGRAM, CATALOGUE)] == [
        (Outcome.DECIDED, (("tea", -1),))
    ]


def test_a_clock_hours_ahead_stops_no_other_plate() -> None:
    plates = streams([(3, 20, -120), (1, 30, -355)])
    plates["a", 1] = (plates["a", 1][0] + 86_400, plates["a", 1][1])
    assert [e.lines for e in replay(plates, PLANOGRAM, CATALOGUE)] == [(("tea", -1),), (("cola", -1),)]


def test_equal_weights_on_one_plate_are_never_decided() -> None:
    planogram = {"red": {("a", 3)}, "white": {("a", 3)}}
    (episode,) = replay(streams([(3, 20, -120)]), planogram, {"red": (120.0, 1.0), "white": (120.0, 1.0)})
    assert episode.outcome is Outcome.AMBIGUOUS
    assert {lines for lines, p in episode.hypotheses if p > 0.1} == {(("red", -1),), (("white", -1),)}


def test_a_scan_settles_equal_weights() -> None:
    planogram = {"red": {("a", 3)}, "white": {("a", 3)}}
    catalogue = {"red": (120.0, 1.0), "white": (120.0, 1.0)}
    (episode,) = replay(streams([(3, 20, -120)]), planogram, catalogue, scans=[(25.0, "white", 1)])
    assert (episode.outcome, episode.lines) == (Outcome.DECIDED, (("white", -1),))


def test_a_plate_that_never_calms_down_holds_no_neighbour_up() -> None:
    plates = streams([(3, 20, -120)])
    at, grams = plates["a", 2]
    plates["a", 2] = at, grams + np.where(at > 19.5, 400 * np.sin(7 * at), 0.0)
    (episode,) = replay(plates, PLANOGRAM, CATALOGUE)
    assert (episode.outcome, episode.lines) == (Outcome.DECIDED, (("tea", -1),))
    assert episode.at < 30


def test_doors_may_be_bare_seconds_and_nonsense_among_them_is_passed_over() -> None:
    steps = [(3, 20.0, -120.0), (3, 40.0, 120.0)]
    told = [
        [
            e.lines
            for e in replay(streams(steps), PLANOGRAM, CATALOGUE, doors=doors, scans=[(float("nan"), "x", 1)])
        ]
        for doors in ([(1.0, 1), (float("nan"), 1), (55.0, -1)], [1.0, 55.0])
    ]
    assert told[0] == told[1] == [(("tea", -1),), (("tea", 1),)]


def test_importing_sensing_loads_no_numpy() -> None:
    code = "import sys, shop.sensing, shop.sensing.units; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
