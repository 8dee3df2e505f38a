"""From the converter to the listener: clocks that jump, readings late, twice or never, dead plates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.physics.constants import Physics
from simulators.physics.store import Floats

BATCH = 4  # readings in one message at 10 SPS
DEAD_G = (6067.4, 16_500.0, -3200.0)  # a dead channel's value, section 4 [M block, plots]


@dataclass(frozen=True, slots=True)
class Faults:
    """What else goes wrong with a shelf's stream in this scene."""

    dead: tuple[int, ...] = ()  # plates, from 1
    cut: tuple[float, float] | None = None  # seconds without power
    lost_share: float = 0.0  # of batches
    repeated_share: float = 0.0
    late_share: float = 0.0
    late_s: float = 0.0  # up to


def times(physics: Physics, seconds: float, sps: int, rng: np.random.Generator) -> Floats:
    """True seconds of the readings: jittered, some of them a period late."""
    count = int(seconds * sps)
    at = (np.arange(count) + 0.5) / sps + rng.normal(0, physics.jitter / sps, count)
    late = rng.random(count) < physics.gap_share
    at[late] += rng.uniform(0.5, 0.9, int(late.sum())) / sps
    return np.maximum.accumulate(np.clip(at, 0, seconds))


def stamped(physics: Physics, at: Floats, rng: np.random.Generator) -> Floats:
    """The seconds the device writes: its clock may step back once."""
    if rng.random() >= physics.clock_step_share:
        return at
    stepped: Floats = at - physics.clock_step_s * (at > rng.uniform(at[0], at[-1]))
    return stepped


def delivered(
    physics: Physics, at: Floats, faults: Faults, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Which readings arrive, in order of arrival: an index into them that may repeat and leave out."""
    count = len(at)
    batch = np.arange(count) // BATCH
    batches = int(batch[-1]) + 1
    delay = rng.uniform(0, physics.batch_late_s, batches)
    late = rng.random(batches) < faults.late_share
    delay[late] += rng.uniform(0, faults.late_s, int(late.sum()))
    kept = rng.random(batches) >= faults.lost_share
    again = np.flatnonzero(rng.random(batches) < faults.repeated_share)
    order = np.concatenate([np.arange(batches)[kept], again])
    due = at[np.minimum((order + 1) * BATCH, count) - 1] + delay[order]
    due[len(due) - len(again) :] += rng.uniform(0, max(faults.late_s, 1.0), len(again))
    order = order[np.argsort(due, kind="stable")]
    index = (order[:, None] * BATCH + np.arange(BATCH)).ravel()
    index = index[index < count]
    if faults.cut is not None:
        begin, end = faults.cut
        index = index[(at[index] < begin) | (at[index] >= end)]
    return index


def with_dead_plates(grams: Floats, faults: Faults, rng: np.random.Generator) -> Floats:
    if not faults.dead:
        return grams
    spoiled = grams.copy()
    for plate in faults.dead:
        spoiled[plate - 1] = rng.choice(DEAD_G)
    return spoiled
