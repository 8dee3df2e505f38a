"""The published recipe on traces written by hand: its windows, its rules, its blind spots."""

import numpy as np
import pytest

from benchmarks.shelves import recipe
from benchmarks.shelves.recipe import Shop
from tests.sensing_world.hand_made import GOODS, SHELF, move, scene


def _shop(**held: int) -> Shop:
    lanes = {good.sku: {(SHELF, plate) for plate in good.lane} for good in GOODS}
    shop = Shop({good.sku: (good.mean_g, good.sd_g) for good in GOODS}, lanes, {"cola": 6, "soap": 6})
    shop.held.update(held)
    return shop


@pytest.mark.parametrize("name", list(recipe.RECIPES))
def test_a_clean_pick_and_its_return_are_told_as_they_were(name: str) -> None:
    said = recipe.RECIPES[name](scene([move(), move(at=20.0, count=1)]))
    assert [each.lines for each in said] == [(("cola", -1),), (("cola", 1),)]
    assert [abs(each.t0 - at) < 1.5 for each, at in zip(said, (10, 20), strict=True)] == [True, True]
    assert said[0].grams[3] == pytest.approx(-500, abs=10)


@pytest.mark.parametrize("name", list(recipe.RECIPES))
def test_a_still_shelf_says_nothing(name: str) -> None:
    assert recipe.RECIPES[name](scene([])) == []


def test_only_mps_counts_units() -> None:
    two = scene([move(count=-2)])
    assert recipe.mps(two)[0].lines == (("cola", -2),)
    assert recipe.aim3s(two)[0].lines == (("cola", -1),)


def test_mps_splits_what_moves_on_plates_that_share_no_product() -> None:
    both = scene([move(), move("soap", at=10.2, plate=5)])
    assert sorted(each.lines for each in recipe.mps(both)) == [(("cola", -1),), (("soap", -1),)]
    assert len(recipe.aim3s(both)) == 1
    assert recipe.split(_shop(), SHELF, np.array([3, 4, 5])) == [[3, 4], [5]]


def test_mps_drops_what_is_far_too_light_and_takes_back_only_what_is_held() -> None:
    assert recipe.mps_product(_shop(), SHELF, {3: -150.0}) is None
    assert recipe.mps_product(_shop(), SHELF, {3: -480.0}) == ("cola", -1)
    assert recipe.mps_product(_shop(), SHELF, {3: 500.0}) is None
    assert recipe.mps_product(_shop(cola=1), SHELF, {5: 500.0}) == ("cola", 1)
    assert recipe.mps_product(_shop(cola=1), SHELF, {5: 300.0}) is None


def test_aim3s_weighs_place_and_weight_together() -> None:
    assert recipe.aim3s_product(_shop(), SHELF, {5: -120.5}) == ("soap", -1)
    assert recipe.place(_shop(), SHELF, "cola", {3: -375.0, 5: -125.0}) == 0.75


def test_runs_and_moving_means_are_what_their_names_say() -> None:
    assert recipe.runs(np.array([False, True, True, False, True])) == [(1, 2), (4, 4)]
    means, variance = recipe.moving(np.ones((12, 400)) * 7.0)
    assert means == pytest.approx(np.full((12, 400), 7.0))
    assert variance == pytest.approx(np.zeros(400), abs=1e-9)
