"""A night: nobody comes, the room cools and warms, plates wander; made at the reading rate, as it is slow."""

import numpy as np

from simulators.physics import delivery, reading
from simulators.physics.constants import PLATES
from simulators.physics.delivery import Faults
from simulators.physics.scene import Shop
from simulators.physics.store import Floats
from simulators.physics.truth import Plate

DAY_S = 86_400.0
WANDER_S = 1200.0  # time constant of the drift in a room
WANDER_STEP_S = 10.0


def night(
    shop: Shop, shelf: str, hours: float, rng: np.random.Generator, *, sps: int = 10
) -> dict[Plate, tuple[Floats, Floats]]:
    """Readings of one shelf in order of arrival, bad ones and gaps among them."""
    row, physics = shop.store.rows[shelf], shop.physics
    at = delivery.times(physics, hours * 3600, sps, rng)
    swing = rng.uniform(*physics.night_swing_g, (PLATES, 1)) * rng.choice([-0.5, 0.5], (PLATES, 1))
    grams = row.offset_g[:, None] + swing * np.sin(2 * np.pi * (at / DAY_S + rng.random()))
    grams += _wander(row.drift_g_per_min, hours * 3600, at, rng)
    grams = reading.with_noise(row, physics, grams, sps, rng)
    grams = reading.with_bad_readings(physics, grams, rng)
    order = delivery.delivered(physics, at, Faults(), rng)
    written = delivery.stamped(physics, at, rng)
    return {(shelf, plate + 1): (written[order], grams[plate, order]) for plate in range(PLATES)}


def _wander(g_per_min: Floats, seconds: float, at: Floats, rng: np.random.Generator) -> Floats:
    """A drift that keeps its speed for minutes and turns back in the long run."""
    steps = int(seconds / WANDER_STEP_S) + 2
    keep = 1 - WANDER_STEP_S / WANDER_S
    speed = np.zeros((PLATES, steps))
    place = np.zeros((PLATES, steps))
    for step in range(1, steps):
        speed[:, step] = keep * speed[:, step - 1] + np.sqrt(1 - keep**2) * rng.normal(size=PLATES)
        moved = np.abs(g_per_min) / 60 * WANDER_STEP_S * speed[:, step]
        place[:, step] = keep * place[:, step - 1] + moved
    grid = np.arange(steps) * WANDER_STEP_S
    return np.stack([np.interp(at, grid, each) for each in place])
