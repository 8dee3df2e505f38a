"""What real shelves did, told by the detector: the AIM3S trace and the HX711 logs."""

import json

import pytest

from shop.sensing import Outcome, replay
from tests.sensing.traces import SHELF_DATA, Stream, aim3s, needs_shelf_data, readings

pytestmark = needs_shelf_data

# The authors' ground truth (shelf, seconds within the motion, grams), then the three put-backs after it.
AIM3S = [
    ("5", 9.0, -395.5), ("4", 27.0, -465.5), ("2", 36.5, -325.8), ("2", 43.0, -410.0), ("1", 50.5, -703.8),
    ("1", 84.0, 706.0), ("2", 88.0, 411.0), ("2", 90.5, 325.5),
]  # fmt: skip
WITHIN_G = 8.0


def catalogue() -> tuple[dict[str, set[tuple[str, int]]], dict[str, tuple[float, float]]]:
    """Every product of the five shelves on its shelf's one plate: the trace is the sum of twelve."""
    places: dict[str, set[tuple[str, int]]] = {}
    weights: dict[str, tuple[float, float]] = {}
    for product in json.loads((SHELF_DATA / "aim3s" / "product_info.json").read_text())["products"]:
        shelves = {(str(place["shelf_id"]), 1) for place in product["arrangement"]}
        if product["weights"]:
            places[str(product["id"])] = shelves
            weights[str(product["id"])] = (sum(product["weights"]) / len(product["weights"]), 2.0)
    return places, weights


@pytest.mark.parametrize("known", [True, False], ids=["with their products", "without any product"])
def test_all_eight_events_of_the_aim3s_trace_are_seen_and_nothing_else(known: bool) -> None:
    planogram, weights = catalogue() if known else ({}, {})
    plates = {(shelf, 1): stream for shelf, stream in aim3s().items()}
    found = [e for e in replay(plates, planogram, weights) if e.outcome is not Outcome.TOUCH]
    assert len(found) == len(AIM3S)
    for episode, (shelf, at, grams) in zip(sorted(found, key=lambda e: e.t1), AIM3S, strict=True):
        assert episode.shelf == shelf
        assert episode.t0 - 2 <= at <= episode.t1 + 1
        assert sum(episode.grams.values()) == pytest.approx(grams, abs=WITHIN_G)


def events(stream: Stream) -> list[float]:
    episodes = replay({("kitchen", 1): stream}, {}, {})
    return [sum(e.grams.values()) for e in episodes if e.outcome is not Outcome.TOUCH]


@pytest.mark.parametrize("name", ["save_1576677425.258.csv"])
def test_a_quiet_log_with_bad_readings_has_no_event(name: str) -> None:
    assert events(readings(name)) == []


def test_the_fill_log_has_its_five_changes() -> None:
    """A pot is put down, lifted, put down again, and poured from twice under pushes of 14 kg."""
    grams = events(readings("test_fill.csv"))
    assert grams == pytest.approx([3138, -3138, 3138, -161, -175], abs=3)


def test_the_same_minutes_as_they_were_logged_have_the_two_pours() -> None:
    assert events(readings("save_1576678474.837.csv")) == pytest.approx([-161, -175], abs=3)


def test_a_night_at_one_reading_in_half_a_minute_is_blind_not_wrong() -> None:
    assert events(readings("2019-10-30_coffee_data.csv")) == []
