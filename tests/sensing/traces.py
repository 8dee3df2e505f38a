"""Small synthetic plates for the tests, and the real traces where they are at hand."""

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Array = NDArray[np.float64]
Stream = tuple[Array, Array]

# Beside the project, not in it: part of it has no licence.
SHELF_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "shelf"
needs_shelf_data = pytest.mark.skipif(
    not SHELF_DATA.is_dir(),
    reason="the real shelf data are not in the project (no licence) and not beside it",
)


def plate(
    steps: Iterable[tuple[float, float]],
    *,
    seconds: float = 60.0,
    rate: float = 10.0,
    noise: float = 0.7,
    seed: int = 1,
) -> Stream:
    """A plate that changes by grams at seconds, each change over half a second with a push before it."""
    dice = np.random.default_rng(seed)
    at = np.arange(0.0, seconds, 1 / rate)
    grams = 5000.0 + dice.normal(0, noise, at.size)
    for moment, change in steps:
        grams += change * np.clip((at - moment) / 0.5, 0, 1)
        grams += np.where((at > moment - 0.6) & (at < moment), 150.0, 0.0)
    return at, grams


def readings(name: str) -> Stream:
    """One of the HX711 logs: seconds and grams."""
    with (SHELF_DATA / "hx711_coffee_pot" / name).open() as lines:
        rows = [(float(row[0]), float(row[1])) for row in csv.reader(lines)]
    return np.array([at for at, _ in rows]), np.array([grams for _, grams in rows])


def aim3s() -> dict[str, Stream]:
    """The AIM3S trace: five shelves, each the sum of twelve plates, at 60 readings a second."""
    with gzip.open(SHELF_DATA / "aim3s" / "trace_shelves_60hz.csv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    at = np.array([float(row["t_s"]) for row in rows])
    return {s: (at, np.array([float(row[f"shelf{s}_raw_g"]) for row in rows])) for s in "12345"}
