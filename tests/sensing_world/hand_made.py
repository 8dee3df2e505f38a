"""Scenes and episodes written by hand: two goods on one quiet shelf."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulators.physics import store
from simulators.physics.constants import PHYSICS_HZ, PLATES, Physics
from simulators.physics.goods import Good
from simulators.physics.store import Floats, Store
from simulators.physics.truth import Move, Scan, Scene, Visit

SHELF = "s1"
GOODS = [Good("cola", 500.0, 2.0, SHELF, (3, 4)), Good("soap", 120.0, 1.0, SHELF, (5,))]


@dataclass(frozen=True)
class Told:
    """An episode."""

    lines: tuple[tuple[str, int], ...]
    t0: float = 9.5
    t1: float = 10.5
    shelf: str = SHELF
    outcome: str = "decided"
    posterior: float = 0.99
    grams: dict[int, float] = field(default_factory=lambda: {3: -500.0})
    at: float = 12.0


def move(sku: str = "cola", count: int = -1, at: float = 10.0, plate: int = 3, shopper: str = "anna") -> Move:
    weight = next(good.mean_g for good in GOODS if good.sku == sku)
    return Move(
        begin=at - 1, at=at, end=at + 1, shelf=SHELF, grams={plate: weight * count}, sku=sku, count=count,
        shopper=shopper,
    )  # fmt: skip


def scene(
    moves: Sequence[Move], scans: Sequence[Scan] = (), visits: Sequence[Visit] = (Visit("anna", 4.0, 30.0),)
) -> Scene:
    drawn = Store(
        source="by hand",
        goods={good.sku: good for good in GOODS},
        width={good.sku: 0.5 for good in GOODS},
        catalogue={good.sku: (good.mean_g, good.sd_g) for good in GOODS},
        stray_share=0.0,
        rows={SHELF: store.draw("calibrated", Physics(), np.random.default_rng(1)).rows[SHELF]},
    )
    return Scene(
        name="single", world="calibrated", seed=1, physics=Physics(), store=drawn, visits=list(visits),
        moves=list(moves), scans=list(scans), forgetful_scans=list(scans), stock={"cola": 6, "soap": 6},
        readings={}, fine={SHELF: (np.arange(30 * PHYSICS_HZ) / PHYSICS_HZ, trace(moves))},
    )  # fmt: skip


def trace(moves: Sequence[Move]) -> Floats:
    """80 Hz, a hand's 300 g in the half second before each move and then a clean step."""
    time = np.arange(30 * PHYSICS_HZ) / PHYSICS_HZ
    grams = np.random.default_rng(2).normal(0, 0.5, (PLATES, len(time)))
    for each in moves:
        for plate, change in each.grams.items():
            grams[plate - 1] += change * (time >= each.at)
            grams[plate - 1] += 300 * ((time >= each.at - 0.5) & (time < each.at))
    return grams
