"""The simulated shelf behaves as real ones were measured to do (shelf-sensing design, section 4)."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from simulators.physics import delivery, goods, plates, reading, store
from simulators.physics.constants import PHYSICS_HZ, PLATES, Physics, vary
from simulators.physics.delivery import Faults
from simulators.physics.plates import Load, Push
from simulators.physics.store import Floats, PlateRow

PHYSICS = Physics()
STEP_G = -560.0  # the labelled bottle
STEP_AT, MIDDLE = 10.0, 5


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def row(rng: np.random.Generator) -> PlateRow:
    """A shelf without gain error, offset or drift: what is left is its mechanics."""
    drawn = store.draw("calibrated", PHYSICS, rng).rows["s2"]
    none = np.zeros(PLATES)
    return replace(drawn, gain=none + 1, offset_g=none, drift_g_per_min=none, noise=none + 1)


def _stepped(row: PlateRow, rng: np.random.Generator) -> Floats:
    load = Load("s2", STEP_AT, 0.2, np.eye(PLATES)[MIDDLE] * STEP_G)
    return plates.felt(row, PHYSICS, [load], [], [], 40, rng)


def _at(signal: Floats, second: float) -> Floats:
    """The mean of the half second before, which the ring has left."""
    tick = int(second * PHYSICS_HZ)
    mean: Floats = signal[:, tick - PHYSICS_HZ // 2 : tick].mean(axis=1)
    return mean


def test_a_still_plate_has_the_noise_of_the_real_logs(row: PlateRow, rng: np.random.Generator) -> None:
    """0.7 g at 10 SPS, 0.3 g in means of a second."""
    still = reading.with_noise(row, PHYSICS, np.zeros((PLATES, 6000)), 10, rng)
    assert still.std() == pytest.approx(0.70, abs=0.03)
    assert still.reshape(PLATES, -1, 10).mean(axis=2).std() == pytest.approx(0.30, abs=0.04)


def test_a_plate_read_at_80_sps_is_noisier_but_within_what_was_seen_at_60(
    row: PlateRow, rng: np.random.Generator
) -> None:
    still = reading.with_noise(row, PHYSICS, np.zeros((PLATES, 9000)), 80, rng)
    assert 0.8 < still.std() < 1.3


def test_goods_that_leave_change_the_plate_by_their_weight(row: PlateRow, rng: np.random.Generator) -> None:
    change = _at(_stepped(row, rng), 30) - _at(_stepped(row, rng), 9)
    assert change[MIDDLE] == pytest.approx(STEP_G, rel=0.001)


def test_neighbours_feel_about_one_percent_and_nobody_else_anything(
    row: PlateRow, rng: np.random.Generator
) -> None:
    share = (_at(_stepped(row, rng), 30) - _at(_stepped(row, rng), 9)) / STEP_G
    assert 0.008 <= share[MIDDLE - 1] <= 0.0155
    assert 0.008 <= share[MIDDLE + 1] <= 0.0155
    assert np.abs(np.delete(share, [MIDDLE - 1, MIDDLE, MIDDLE + 1])).max() < 1e-6


def test_the_overshoot_of_a_step_is_two_to_three_grams_and_gone_after_five_seconds(
    row: PlateRow, rng: np.random.Generator
) -> None:
    felt = _stepped(row, rng)
    late = _at(felt, 30)[MIDDLE]
    assert -3.2 < _at(felt, STEP_AT + 1.2)[MIDDLE] - late < -0.8
    assert abs(_at(felt, STEP_AT + 6)[MIDDLE] - late) < 0.2


def test_a_lean_leaves_grams_behind_for_a_second_and_nothing_after_five(
    row: PlateRow, rng: np.random.Generator
) -> None:
    """6 g at 0.3 s and 1.2 g at 1.6 s after 10.7 kg, as in the logs."""
    push = Push("s2", 5, 12, np.eye(PLATES)[MIDDLE] * 10_700)
    felt = plates.felt(row, PHYSICS, [], [push], [], 40, rng)[MIDDLE]
    after = felt[int(12 * PHYSICS_HZ) :]
    assert 2 < after[int(0.5 * PHYSICS_HZ) : int(0.9 * PHYSICS_HZ)].mean() < 7
    assert abs(after[int(6 * PHYSICS_HZ) : int(7 * PHYSICS_HZ)].mean()) < 0.5


@pytest.mark.parametrize(("sps", "settled_s"), [(10, 0.4), (20, 0.2), (80, 0.05)])
def test_the_converter_settles_after_four_conversions(sps: int, settled_s: float) -> None:
    cells: Floats = np.zeros((PLATES, 2 * PHYSICS_HZ))
    cells[:, PHYSICS_HZ:] = 1000
    before, after = reading.converted(cells, sps, np.array([1.0 - 1 / PHYSICS_HZ, 1.0 + settled_s])).T
    assert before == pytest.approx(0)
    assert after == pytest.approx(1000)
    halfway = reading.converted(cells, sps, np.array([1.0 + settled_s / 3]))
    assert (halfway < 999).all()


def test_somebody_walking_shakes_the_shelfs_sum_and_hardly_a_slow_mean_of_it(
    row: PlateRow, rng: np.random.Generator
) -> None:
    """8-24 g at 60 Hz, 0.8-1.7 g after 0.4 s."""
    total = plates.felt(row, PHYSICS, [], [], [(0, 60)], 60, rng).sum(axis=0)[PHYSICS_HZ:-PHYSICS_HZ]
    assert 8 <= total.std() <= 25
    low = np.convolve(total, np.full(32, 1 / 32), "valid")
    assert 0.6 <= low.std() <= 2


def test_one_reading_in_a_hundred_is_bad_and_never_two_in_a_row(rng: np.random.Generator) -> None:
    spoiled = reading.with_bad_readings(PHYSICS, np.zeros((PLATES, 20_000)), rng)
    bad = spoiled != 0
    assert bad.mean() == pytest.approx(0.009, abs=0.0007)
    assert not (bad[:, 1:] & bad[:, :-1]).any()
    assert np.abs(spoiled[bad]).min() >= 50
    assert np.abs(spoiled[bad]).max() <= 25_000


def test_readings_come_with_gaps_as_in_the_logs(rng: np.random.Generator) -> None:
    gaps = np.diff(delivery.times(PHYSICS, 3000, 10, rng))
    assert (gaps > 0.15).mean() == pytest.approx(0.023, abs=0.006)
    assert gaps.min() >= 0


def test_a_bad_link_loses_repeats_and_reorders_and_a_good_one_does_not(rng: np.random.Generator) -> None:
    at = delivery.times(PHYSICS, 300, 10, rng)
    assert list(delivery.delivered(PHYSICS, at, Faults(), rng)) == list(range(3000))
    bad = Faults(lost_share=0.1, repeated_share=0.1, late_share=0.3, late_s=2.0)
    order = delivery.delivered(PHYSICS, at, bad, rng)
    assert len(np.unique(order)) < 2900
    assert len(np.unique(order)) < len(order)
    assert (np.diff(order) < 0).any()


def test_nothing_arrives_without_power_and_a_dead_plate_never_changes(rng: np.random.Generator) -> None:
    at = delivery.times(PHYSICS, 60, 10, rng)
    alive = at[delivery.delivered(PHYSICS, at, Faults(cut=(20, 30)), rng)]
    assert not ((alive >= 20) & (alive < 30)).any()
    grams = delivery.with_dead_plates(rng.normal(size=(PLATES, 600)), Faults(dead=(3,)), rng)
    assert np.ptp(grams[2]) == 0
    assert np.ptp(grams[3]) > 0


def test_a_clock_steps_back_once_where_it_does(rng: np.random.Generator) -> None:
    at = delivery.times(PHYSICS, 60, 10, rng)
    sure = replace(PHYSICS, clock_step_share=1.0)
    assert (np.diff(delivery.stamped(sure, at, rng)) < -0.5).sum() == 1
    assert delivery.stamped(replace(sure, clock_step_share=0.0), at, rng) is at


def test_every_constant_of_the_physics_can_vary_by_half(rng: np.random.Generator) -> None:
    factors = []
    for _ in range(200):
        varied = vary(PHYSICS, rng)
        first = [np.min(getattr(varied, f.name)) / np.min(getattr(PHYSICS, f.name)) for f in fields(Physics)]
        factors.append(first)
    spread = np.array(factors)
    assert ((spread.min(axis=0) > 0.5) & (spread.min(axis=0) < 0.55)).all()
    assert ((spread.max(axis=0) < 1.5) & (spread.max(axis=0) > 1.45)).all()


def test_the_weights_of_one_per_plate_crowd_like_the_83_of_the_real_shop() -> None:
    """39 % have a neighbour within 1 g, 67 % within 3 g, 89 % within 10 g; 30-1572 g."""
    weights = goods.aifi_weights()
    gaps = np.diff(weights)
    nearest = np.minimum(np.append(np.inf, gaps), np.append(gaps, np.inf))
    assert (len(weights), round(weights[0]), round(weights[-1])) == (83, 30, 1572)
    for within, share in ((1, 0.39), (3, 0.67), (10, 0.89)):
        assert (nearest < within).mean() == pytest.approx(share, abs=0.07)


def test_goods_are_made_up_where_the_measured_ones_are_not_at_hand(tmp_path: Path) -> None:
    source, made = goods.assortment(tmp_path / "product_info.json")
    assert (source, made) == ("synthetic", goods.synthetic())


def test_goods_made_up_stand_as_the_measured_ones_do() -> None:
    made = goods.synthetic()
    assert len(made) == goods.SKUS
    for good in made:
        assert 1 <= len(good.lane) <= 5
        assert set(good.lane) <= set(range(1, PLATES + 1))
    spread = np.median([good.sd_g / good.mean_g for good in made])
    assert 0.008 < spread < 0.02
