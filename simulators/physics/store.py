"""One simulated store: its goods and lanes, the errors of its plates and of what its catalogue says."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulators.physics.constants import PLATES, Physics
from simulators.physics.goods import Good, assortment, one_per_plate

Floats = npt.NDArray[np.float64]
World = Literal["calibrated", "hard", "one-per-plate"]
WORLDS: tuple[World, ...] = ("calibrated", "hard", "one-per-plate")

# The hard world of section 5, spike results [S]
HARD_GAIN_SD = 0.04
HARD_MEAN_SD = 0.015  # of the catalogue's mean, every SKU
HARD_WRONG_SHARE, HARD_WRONG = 0.05, 0.08  # these SKUs are off by this much
HARD_STRAY_SHARE = 0.05  # units that stand one plate off their lane

WIDTH = (0.5, 0.95)  # of a unit, in plates of 4 inches
WIDE = 0.6  # of its lane, for goods with lanes of three plates and more (44 % of moves touch two plates [M])
OFFSET_G = 3000.0  # an untared plate may say anything; only differences mean something (section 4 [M])


@dataclass(frozen=True, slots=True)
class PlateRow:
    """The plates of one shelf; arrays by plate."""

    gain: Floats
    offset_g: Floats
    noise: Floats  # factor on the physics' noise
    cross_talk: Floats  # matrix: what a load on one plate puts on the others
    ring_hz: Floats
    ring_damping: Floats
    overshoot: Floats
    overshoot_s: Floats
    push_lag: Floats
    push_lag_s: Floats
    drift_g_per_min: Floats


@dataclass(frozen=True, slots=True)
class Store:
    """`catalogue` is what the shop believes (mean, sd in g); `goods` is what is so."""

    source: str
    goods: dict[str, Good]
    width: dict[str, float]
    catalogue: dict[str, tuple[float, float]]
    stray_share: float
    rows: dict[str, PlateRow]

    @property
    def planogram(self) -> dict[str, set[tuple[str, int]]]:
        return {sku: {(good.shelf, plate) for plate in good.lane} for sku, good in self.goods.items()}


@cache
def _goods(world: World) -> tuple[str, list[Good]]:
    return ("aifi spread", one_per_plate()) if world == "one-per-plate" else assortment()


def physics_of(world: World, physics: Physics) -> Physics:
    return replace(physics, gain_sd=HARD_GAIN_SD) if world == "hard" else physics


def draw(world: World, physics: Physics, rng: np.random.Generator) -> Store:
    source, goods = _goods(world)
    catalogue = {good.sku: (good.mean_g, good.sd_g) for good in goods}
    if world == "hard":
        catalogue = {sku: (mean * _mistake(rng), sd) for sku, (mean, sd) in catalogue.items()}
    return Store(
        source=source,
        goods={good.sku: good for good in goods},
        width={good.sku: _width(good, rng) for good in goods},
        catalogue=catalogue,
        stray_share=HARD_STRAY_SHARE if world == "hard" else 0.0,
        rows={shelf: _row(physics, rng) for shelf in sorted({good.shelf for good in goods})},
    )


def _mistake(rng: np.random.Generator) -> float:
    if rng.random() < HARD_WRONG_SHARE:
        return 1 + HARD_WRONG * float(rng.choice([-1, 1]))
    return 1 + float(rng.normal(0, HARD_MEAN_SD))


def _width(good: Good, rng: np.random.Generator) -> float:
    low, high = WIDTH
    return float(rng.uniform(low, max(high, WIDE * len(good.lane)) if len(good.lane) > 2 else high))


def _row(physics: Physics, rng: np.random.Generator) -> PlateRow:
    def each(low: float, high: float) -> Floats:
        return rng.uniform(low, high, PLATES)

    talk = np.zeros((PLATES, PLATES))
    for plate in range(PLATES - 1):
        talk[plate, plate + 1], talk[plate + 1, plate] = rng.uniform(*physics.cross_talk, 2)
    return PlateRow(
        gain=rng.normal(1, physics.gain_sd, PLATES),
        offset_g=rng.uniform(-OFFSET_G, OFFSET_G, PLATES),
        noise=np.exp(rng.normal(0, physics.noise_spread, PLATES)),
        cross_talk=talk,
        ring_hz=each(*physics.ring_hz),
        ring_damping=each(*physics.ring_damping),
        overshoot=each(*physics.overshoot),
        overshoot_s=each(*physics.overshoot_s),
        push_lag=each(*physics.push_lag),
        push_lag_s=each(*physics.push_lag_s),
        drift_g_per_min=each(*physics.drift_g_per_min) * rng.choice([-1.0, 1.0], PLATES),
    )
