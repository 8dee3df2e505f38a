"""Scenes: the same from the same seed, and each scenario does what its name says."""

from collections import Counter

import numpy as np
import pytest

from simulators.physics.scenarios import POOLED, SCENARIOS
from simulators.physics.scene import make
from simulators.physics.truth import Scene

SEEDS = range(1, 7)


def _scenes(name: str) -> list[Scene]:
    return [make(name, "hard", seed, fine=False) for seed in SEEDS]


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_a_seed_makes_the_same_scene_again_and_another_seed_another(name: str) -> None:
    one, again, other = (make(name, "calibrated", seed, fine=False) for seed in (3, 3, 4))
    assert one.moves == again.moves
    assert one.scans == again.scans
    for plate, (seconds, grams) in one.readings.items():
        assert np.array_equal(seconds, again.readings[plate][0])
        assert np.array_equal(grams, again.readings[plate][1])
    assert set(one.readings) != set(other.readings) or any(
        not np.array_equal(one.readings[plate][1], other.readings[plate][1]) for plate in one.readings
    )


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_what_the_plates_say_at_the_end_is_what_was_moved(name: str) -> None:
    """A shelf's last readings against its first, within the gain errors of the hard world."""
    for scene in _scenes(name):
        for shelf in {shelf for shelf, _ in scene.readings}:
            moved = [grams for m in scene.moves if m.shelf == shelf for grams in m.grams.values()]
            told = [grams for (where, _), (_, grams) in scene.readings.items() if where == shelf]
            change = sum(float(np.median(grams[-15:]) - np.median(grams[:15])) for grams in told)
            if name != "dead_plate":
                error = 20 + 0.1 * sum(map(abs, moved))
                assert change == pytest.approx(sum(moved), abs=error), (scene.seed, shelf)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("single", {-1}),
        ("put_back", {-1, 1}),
        ("several_apart", {-1}),
        ("several_together", {-2, -3}),
        ("touches", set()),
    ],
)
def test_the_truth_has_the_counts_of_its_scenario(name: str, counts: set[int]) -> None:
    for scene in _scenes(name):
        assert {move.count for move in scene.moves} <= counts
        assert bool(scene.moves) == bool(counts)


def test_several_apart_leave_within_a_second_of_each_other() -> None:
    for scene in _scenes("several_apart"):
        lifts = [move.at for move in scene.moves]
        assert len({move.sku for move in scene.moves}) == 1
        assert all(0.2 < gap < 1.2 for gap in np.diff(lifts))


def test_a_swap_puts_one_back_while_its_neighbour_leaves() -> None:
    for scene in _scenes("swap"):
        first, back, taken = scene.moves
        assert (first.sku, first.count, back.sku, back.count, taken.count) == (back.sku, -1, back.sku, 1, -1)
        assert taken.sku != back.sku
        assert taken.shelf == back.shelf
        assert scene.basket("anna") == {taken.sku: 1}


def test_goods_left_elsewhere_are_bought_by_the_next_from_there() -> None:
    for scene in _scenes("put_elsewhere_then_bought"):
        taken, left, bought = scene.moves
        lane = {plate for shelf, plate in scene.store.planogram[taken.sku] if shelf == left.shelf}
        assert not lane & {plate for plate, grams in left.grams.items() if grams > 4}
        assert {plate: -grams for plate, grams in bought.grams.items()} == left.grams
        assert [scene.basket(visit.shopper) for visit in scene.visits] == [{}, {taken.sku: 1}]
        assert scene.visits[0].leaves < scene.visits[1].enters


def test_equal_weights_share_lane_and_weight() -> None:
    for scene in _scenes("equal_weights"):
        good = scene.store.goods[scene.moves[0].sku]
        twins = [
            g
            for g in scene.store.goods.values()
            if (g.lane, g.shelf, g.mean_g) == (good.lane, good.shelf, good.mean_g)
        ]
        assert len(twins) == 2
        assert len({scene.store.catalogue[twin.sku] for twin in twins}) == 1


@pytest.mark.long
def test_some_units_of_the_hard_world_stand_off_their_lane_and_none_of_the_calibrated() -> None:
    strays = {}
    for world in ("calibrated", "hard"):
        scenes = [make("single", world, seed, fine=False) for seed in range(1, 120)]
        lanes = [set(scene.store.goods[scene.moves[0].sku].lane) for scene in scenes]
        strays[world] = sum(
            not lane >= scene.moves[0].grams.keys() for lane, scene in zip(lanes, scenes, strict=True)
        )
    assert strays["calibrated"] == 0
    assert 1 <= strays["hard"] <= 14


@pytest.mark.long
def test_about_three_in_a_hundred_goods_are_not_scanned_and_of_the_forgetful_ten() -> None:
    taken = scanned = forgetful = 0
    for seed in range(1, 150):
        scene = make("rapid", "one-per-plate", seed, fine=False)
        baskets = [scene.basket(visit.shopper) for visit in scene.visits]
        taken += sum(sum(basket.values()) for basket in baskets)
        scanned += sum(scan.count for scan in scene.scans)
        forgetful += sum(scan.count for scan in scene.forgetful_scans)
    assert 0.94 < scanned / taken < 1.0
    assert 0.84 < forgetful / taken < 0.96


def test_half_of_the_moves_touch_one_plate_and_most_others_two() -> None:
    """44 % of the real events moved two plates (section 4)."""
    plates = Counter(
        sum(
            abs(grams) > 4 for grams in make("single", "calibrated", seed, fine=False).moves[0].grams.values()
        )
        for seed in range(1, 120)
    )
    assert 0.3 < plates[2] / 119 < 0.55
    assert plates[1] + plates[2] > 105


def test_the_hard_world_errs_in_gain_and_catalogue_and_the_calibrated_one_does_not() -> None:
    for world, gain, wrong in (("calibrated", 0.004, 0.0), ("hard", 0.04, 0.015)):
        stores = [make("single", world, seed, fine=False).store for seed in range(1, 40)]  # type: ignore[arg-type]
        gains = np.concatenate([row.gain for store in stores for row in store.rows.values()])
        assert gains.std() == pytest.approx(gain, rel=0.1)
        told = [s.catalogue[sku][0] / good.mean_g - 1 for s in stores for sku, good in s.goods.items()]
        assert np.median(np.abs(told)) == pytest.approx(0.7 * wrong, rel=0.2)


def test_the_scenarios_that_are_pooled_are_played() -> None:
    assert set(POOLED) < set(SCENARIOS)
