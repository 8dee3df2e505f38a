"""One plate's stream: whatever the network and the cell do to it, its changes stay the same."""

from collections.abc import Sized

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.sensing.episodes import Change
from shop.sensing.plates import Plate, State
from tests.sensing.traces import Stream, plate

ANY = st.floats(allow_nan=True, allow_infinity=True, width=32)


def changes(stream: Stream) -> list[Change]:
    return Plate().read(zip(stream[0].tolist(), stream[1].tolist(), strict=True))


def grams(stream: Stream) -> list[float]:
    return [change.grams for change in changes(stream)]


@pytest.mark.parametrize("rate", [10, 20, 60, 80])
def test_a_pick_and_a_return_are_two_changes_at_any_rate(rate: float) -> None:
    assert grams(plate([(20, -355), (40, 355)], rate=rate)) == pytest.approx([-355, 355], abs=1.5)


def test_single_bad_readings_change_nothing() -> None:
    at, values = plate([(20, -355)])
    dice = np.random.default_rng(3)
    bad = dice.random(at.size) < 0.01
    values[bad] += dice.uniform(-25_000, 25_000, bad.sum())
    assert grams((at, values)) == pytest.approx([-355], abs=2)


def test_drift_is_no_change() -> None:
    at, values = plate([], seconds=1200)
    assert grams((at, values + 0.01 * at)) == []


def test_a_slow_removal_is_one_change() -> None:
    at, values = plate([])
    values -= 300 * np.clip((at - 20) / 5, 0, 1)
    assert grams((at, values)) == pytest.approx([-300], abs=3)


def test_a_push_alone_is_no_change() -> None:
    at, values = plate([])
    values[(at > 20) & (at < 24)] += 800 + 300 * np.sin(np.arange(values[(at > 20) & (at < 24)].size))
    assert grams((at, values)) == []


def test_batches_told_twice_or_in_another_order_change_nothing() -> None:
    at, values = plate([(20, -355), (40, -120)])
    order = np.arange(at.size).reshape(-1, 5)
    for i in range(2, len(order) - 1, 3):
        order[[i, i + 1]] = order[[i + 1, i]]
    mixed = np.concatenate([np.concatenate([row, order[i // 2]]) for i, row in enumerate(order)])
    straight, jumbled = changes((at, values)), changes((at[mixed], values[mixed]))
    assert [c.grams for c in jumbled] == pytest.approx([c.grams for c in straight], abs=0.01)
    assert [c.t1 for c in jumbled] == pytest.approx([c.t1 for c in straight])


@pytest.mark.parametrize("jump", [-1.1, -600.0, 600.0, 1e9])
def test_a_clock_that_jumps_loses_no_change(jump: float) -> None:
    at, values = plate([(20, -355), (45, -120)])
    assert grams((np.where(at > 30, at + jump, at), values)) == pytest.approx([-355, -120], abs=2)


def test_what_happens_while_the_plate_is_away_is_one_blind_change() -> None:
    at, values = plate([(20, -355)])
    here = (at < 19) | (at > 26)
    (change,) = changes((at[here], values[here]))
    assert change.blind
    assert change.grams == pytest.approx(-355, abs=2)
    assert change.t0 <= 19


def test_states_have_names() -> None:
    silent, fresh, dead = Plate(), Plate(), Plate()
    fresh.read((t / 10, 5.0 + (t % 3) / 10) for t in range(100))
    dead.read((t / 10, 6067.4) for t in range(1000))
    assert silent.state(10.0) is State.BLIND
    assert fresh.state(9.9) is State.CALM
    assert fresh.state(12.0) is State.BLIND
    assert dead.state(99.9) is State.CONSTANT
    dead.read((100 + t / 10, 6067.4 + 500 * (t % 2)) for t in range(20))
    assert dead.state(101.9) is State.MOVING


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), max_size=200))
def test_no_readings_raise(readings: list[tuple[float, float]]) -> None:
    for change in Plate().read(readings):
        assert np.isfinite([change.t0, change.t1, change.grams, change.variance]).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 599), max_size=60), st.sampled_from([float("nan"), float("inf"), -1e30]))
def test_nonsense_between_good_readings_changes_nothing(places: list[int], nonsense: float) -> None:
    at, values = plate([(20, -355)])
    rows = list(zip(at.tolist(), values.tolist(), strict=True))
    for place in sorted(places, reverse=True):
        rows.insert(place, (rows[place][0], nonsense))
    assert [c.grams for c in Plate().read(rows)] == pytest.approx(grams((at, values)))


def test_memory_does_not_grow_with_time() -> None:
    watched = Plate()
    watched.read(zip(*(a.tolist() for a in plate([(20, -355)], seconds=60)), strict=True))
    before = held(watched)
    watched.read((60 + t / 10, 5000.0 - 355 + (t % 7) / 5 + 100 * (t % 600 == 0)) for t in range(36_000))
    assert held(watched) <= before + 40


def held(watched: Plate) -> int:
    """Readings a plate holds in all its windows."""
    order = watched._order
    windows: list[Sized] = [watched._window, watched._raw, watched._block, order._held, order._past]
    return sum(len(window) for window in windows)
