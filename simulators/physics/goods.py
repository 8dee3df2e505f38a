"""What stands on the shelves: the measured AIM3S goods where their file is at hand, else goods like them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.physics.constants import PLATES

MEASURED = Path(__file__).parents[2] / ".." / "shared" / "data" / "shelf" / "aim3s" / "product_info.json"
SKUS = 33  # of the experiment whose accuracy is published (section 2, AIM3S)
SHELVES = 5
UNIT_SD = 0.013  # of the mean, median within one SKU (section 4 [M], 291 units)
UNIT_SD_SPREAD = 0.75  # log sd: quartiles 0.7 and 2.9 % (section 4 [M])
ONE_UNIT_SD_G = 2.1  # where one unit was weighed, a bottle of 799 g: the median of its class (section 4 [M])
LEAST_UNIT_SD = 0.001  # of the mean, where two weighed units happened to agree
AIFI_SKUS = 83
AIFI_GRAMS = (30.0, 1572.0)  # section 3 [M]
AIFI_TWINS = 0.12  # share made another's near twin: about 39 % have a neighbour within 1 g (section 4 [M])


@dataclass(frozen=True, slots=True)
class Good:
    """`lane`: neighbouring plates of one shelf, counted from 1."""

    sku: str
    mean_g: float
    sd_g: float
    shelf: str
    lane: tuple[int, ...]


def assortment(file: Path = MEASURED) -> tuple[str, list[Good]]:
    """The 33 goods on 5 x 12 plates, and which they are: "aim3s" or "synthetic"."""
    return ("aim3s", measured(file)) if file.exists() else ("synthetic", synthetic())


def measured(file: Path) -> list[Good]:
    goods = []
    for product in json.loads(file.read_text())["products"][:SKUS]:
        weights, (place, *_) = np.array(product["weights"]), product["arrangement"]
        mean = float(weights.mean())
        sd = float(weights.std(ddof=1)) if len(weights) > 1 else ONE_UNIT_SD_G
        lane = tuple(sorted(place["plate_ids"]))
        goods.append(
            Good(f"g{product['id']:02}", mean, max(sd, LEAST_UNIT_SD * mean), f"s{place['shelf_id']}", lane)
        )
    return goods


def synthetic() -> list[Good]:
    """The published spread, 15-1100 g: each shelf of one weight class, overlapping lanes of 1-5 plates."""
    rng = np.random.default_rng(2019)
    widths = {"s1": (2, 2, 2, 2, 2, 2, 1, 2, 2), "s2": (2, 3, 2, 2, 2, 2, 1, 1, 1),
              "s3": (3, 4, 4, 2), "s4": (5, 3, 3), "s5": (2, 2, 2, 2, 2, 3, 2, 2)}  # fmt: skip
    middle = {"s1": 850.0, "s2": 330.0, "s3": 260.0, "s4": 440.0, "s5": 175.0}
    goods: list[Good] = []
    for shelf, lanes in widths.items():
        starts = np.linspace(2, PLATES - lanes[-1], len(lanes)).round().astype(int)
        for start, width in zip(starts, lanes, strict=True):
            mean = float(np.clip(middle[shelf] * np.exp(rng.normal(0, 0.35)), 15, 1150))
            lane = tuple(range(int(start), int(start) + width))
            goods.append(Good(f"g{len(goods) + 1:02}", mean, _unit_sd(rng, mean), shelf, lane))
    return goods


def one_per_plate() -> list[Good]:
    """60 goods, each alone on its plate, with weights spread like the 83 of AiFi's shop."""
    rng = np.random.default_rng(2020)
    weights = rng.permutation(aifi_weights())[: SHELVES * PLATES]
    places = [(f"s{shelf}", plate) for shelf in range(1, SHELVES + 1) for plate in range(1, PLATES + 1)]
    return [
        Good(f"a{number:02}", float(grams), _unit_sd(rng, float(grams)), shelf, (plate,))
        for number, (grams, (shelf, plate)) in enumerate(zip(weights, places, strict=True), 1)
    ]


def aifi_weights() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """83 gross weights with the published range and crowding; the list itself carries no licence."""
    rng = np.random.default_rng(83)
    twins = round(AIFI_TWINS * AIFI_SKUS)
    low, high = np.log(AIFI_GRAMS)
    alone = np.exp(np.clip(rng.normal(5.4, 1.0, AIFI_SKUS - twins), low, high))
    alone[:2] = AIFI_GRAMS
    return np.sort(np.append(alone, rng.choice(alone[2:], twins, replace=False) + rng.uniform(-1, 1, twins)))


def _unit_sd(rng: np.random.Generator, mean: float) -> float:
    return float(np.clip(UNIT_SD * np.exp(rng.normal(0, UNIT_SD_SPREAD)), LEAST_UNIT_SD, 0.08)) * mean
