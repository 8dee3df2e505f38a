"""The settled-change detector on made-up streams with the noise of real cells."""

import random
from collections.abc import Iterable

import pytest

from devices.edge.scale import Settled, SettleDetector, Unsettled, tolerance_for

NOISE_G = 0.7


def detector() -> SettleDetector:
    return SettleDetector(tolerance_g=2.0, trigger_g=6.0)


def noisy(level: float, seconds: float, seed: int = 1, noise: float = NOISE_G) -> list[float]:
    dice = random.Random(seed)
    return [level + dice.gauss(0, noise) for _ in range(round(seconds * 10))]


def run(stream: Iterable[float], plate: SettleDetector | None = None) -> list[Settled | Unsettled]:
    plate = plate or detector()
    found = (plate.feed(100 * tick, grams) for tick, grams in enumerate(stream))
    return [change for change in found if change is not None]


def test_the_level_at_power_on_is_not_a_change() -> None:
    assert run(noisy(5000, 10)) == []


def test_what_was_taken_during_a_power_cut_is_told_after_it() -> None:
    reborn = SettleDetector(tolerance_g=2.0, trigger_g=6.0, level=5000)
    (change,) = run(noisy(4460, 3), reborn)
    assert isinstance(change, Settled)
    assert change.after - change.before == pytest.approx(-540, abs=1)
    assert run(noisy(5000, 3), SettleDetector(tolerance_g=2.0, trigger_g=6.0, level=5001)) == []


def test_taking_one_item_is_one_change_of_its_weight() -> None:
    (change,) = run(noisy(5000, 3) + noisy(4460, 3))
    assert isinstance(change, Settled)
    assert change.after - change.before == pytest.approx(-540, abs=1)
    assert change.t0 == pytest.approx(3000, abs=200)
    assert change.t1 - change.t0 <= 800
    assert 0 <= change.variance < 4


def test_a_push_before_the_pick_does_not_spoil_it() -> None:
    (change,) = run(noisy(5000, 3) + noisy(5400, 1, noise=80) + noisy(4460, 3))
    assert isinstance(change, Settled)
    assert change.after - change.before == pytest.approx(-540, abs=1)


def test_a_touch_returns_to_the_same_weight_and_is_reported() -> None:
    (change,) = run(noisy(5000, 3) + noisy(5300, 1, noise=80) + noisy(5000, 3))
    assert isinstance(change, Settled)
    assert change.after - change.before == pytest.approx(0, abs=1)


def test_single_wild_readings_are_no_change() -> None:
    stream = noisy(5000, 60)
    for index in range(20, len(stream), 37):
        stream[index] += 17_250 if index % 2 else -300
    assert run(stream) == []


def test_an_hour_of_drift_and_noise_is_no_change() -> None:
    dice = random.Random(5)
    drifting = [level + 0.3 / 600 * tick for tick, level in enumerate(noisy(5000, 3600))]
    wild = [g + dice.uniform(-3000, 3000) if dice.random() < 0.009 else g for g in drifting]
    assert run(wild) == []


def test_negative_weights_are_weights() -> None:
    (change,) = run(noisy(100, 3) + noisy(-440, 3))
    assert isinstance(change, Settled)
    assert change.after == pytest.approx(-440, abs=1)


def test_a_plate_that_never_comes_to_rest_is_reported_once() -> None:
    found = run(noisy(5000, 3) + noisy(5300, 60, noise=80))
    assert [type(change) for change in found] == [Unsettled]


def test_after_all_the_noise_the_sum_of_changes_is_what_was_taken() -> None:
    level, stream = 5000.0, noisy(5000, 2)
    for pick in range(8):
        stream += noisy(level + 250, 0.4, seed=pick, noise=60)
        level -= 540
        stream += noisy(level, 1.5, seed=100 + pick)
    total = sum(c.after - c.before for c in run(stream) if isinstance(c, Settled))
    assert total == pytest.approx(-8 * 540, abs=3)


@pytest.mark.parametrize(("unit_g", "tolerance_g"), [(1, 2.0), (20, 6.0), (1000, 8.0)])
def test_the_tolerance_follows_the_lightest_unit(unit_g: float, tolerance_g: float) -> None:
    assert tolerance_for(unit_g) == tolerance_g
