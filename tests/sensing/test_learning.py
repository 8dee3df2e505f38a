"""What a store learns about its weights, and what it says about its planogram and its stock."""

import numpy as np
import pytest

from shop.sensing.assortment import assort
from shop.sensing.episodes import Episode, Outcome
from shop.sensing.knowledge import CALIBRATED, Knowledge
from shop.sensing.linting import lint
from shop.sensing.nightly import differences
from shop.sensing.suspicions import Suspicions

PLATE = ("a", 1)


def test_the_gain_of_a_plate_is_learnt_from_products_that_weigh_right_elsewhere() -> None:
    known = Knowledge({f"sku{n}": (200.0 + 40 * n, 1.0) for n in range(5)})
    dice = np.random.default_rng(1)
    for i in range(60):
        sku = f"sku{i % 5}"
        plate, gain = (("a", i % 3), (1.04, 1.0, 0.99)[i % 3])
        weight = known.units[sku].catalogue_g * gain + dice.normal(0, 1.2)
        known.learn(sku, -1, {plate: -weight}, 1.0)
    gains = [known.gain(("a", n)).mean for n in range(3)]
    assert gains[0] - gains[1] == pytest.approx(0.04, abs=0.008)
    assert gains[2] - gains[1] == pytest.approx(-0.01, abs=0.008)


def test_a_wrong_catalogue_weight_is_learnt_and_reported() -> None:
    known = Knowledge({"jam": (300.0, 2.0), "tea": (120.0, 1.0)}, CALIBRATED)
    for n in range(24):
        known.learn("jam", -1, {("a", n % 4): -324.0}, 1.0)
        known.learn("tea", -1, {("a", n % 4): -120.0}, 1.0)
    assert known.units["jam"].mean_g == pytest.approx(324, rel=0.02)
    (finding,) = Suspicions().findings(known)
    assert (finding.sku, finding.picks) == ("jam", 24)
    assert finding.measured_g == pytest.approx(324, rel=0.02)


def test_a_grossly_wrong_weight_is_found_among_unknown_changes() -> None:
    known, suspicions = Knowledge({"juice": (41.0, 1.0)}), Suspicions()
    goods = assort({"juice": {PLATE}}, None)
    for n in range(5):
        suspicions.note(Episode(n, n, "a", Outcome.UNKNOWN, (), 1.0, grams={1: -538.0 - n}), goods)
    (finding,) = suspicions.findings(known)
    assert (finding.sku, finding.measured_g) == ("juice", 540.0)


def test_the_spread_of_units_is_learnt() -> None:
    known, dice = Knowledge({"loaf": (500.0, 2.0)}), np.random.default_rng(2)
    for _ in range(200):
        known.learn("loaf", -1, {PLATE: -500 - dice.normal(0, 12)}, 1.0)
    assert known.units["loaf"].sd_g == pytest.approx(12, rel=0.25)


def test_one_absurd_pick_teaches_little() -> None:
    known = Knowledge({"loaf": (500.0, 2.0)})
    for grams in [500.0] * 10 + [700.0]:
        known.learn("loaf", -1, {PLATE: -grams}, 1.0)
    assert known.units["loaf"].mean_g == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize("entry", [(float("nan"), 1.0), (0.0, 1.0), (-5.0, 1.0), (float("inf"), 1.0)])
def test_an_impossible_weight_is_left_out_and_linted(entry: tuple[float, float]) -> None:
    assert Knowledge({"x": entry}).units == {}
    assert [w.kind for w in lint({"x": {PLATE}}, {"x": entry})] == ["no_weight"]


def test_neighbours_that_weigh_alike_are_linted_and_distant_ones_not() -> None:
    planogram = {"red": {("a", 1)}, "white": {("a", 2)}, "rose": {("a", 9)}, "feather": {("b", 1)}}
    catalogue = {"red": (750.0, 3.0), "white": (752.0, 3.0), "rose": (751.0, 3.0), "feather": (4.0, 0.1)}
    assert [(w.kind, w.skus) for w in lint(planogram, catalogue)] == [
        ("too_light", ("feather",)),
        ("alike", ("red", "white")),
    ]


def test_a_missing_unit_is_found_at_night_and_a_few_grams_are_not() -> None:
    planogram = {"cola": {("a", 1), ("a", 2)}, "tea": {("a", 3)}}
    catalogue, stock = {"cola": (355.0, 2.0), "tea": (120.0, 1.0)}, {"cola": 4, "tea": 5}
    assert differences({("a", 1): 700.0, ("a", 2): 735.0, ("a", 3): 590.0}, planogram, catalogue, stock) == []
    (found,) = differences({("a", 1): 355.0, ("a", 2): 720.0, ("a", 3): 595.0}, planogram, catalogue, stock)
    assert (found.skus, found.units) == (("cola",), -1)
