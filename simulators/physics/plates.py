"""From loads and hands to what each load cell feels at 80 Hz: ring, cross-talk, creep, drift, footsteps."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simulators.physics.constants import PHYSICS_HZ, PLATES, Physics, Range
from simulators.physics.store import Floats, PlateRow

MEMORY_S = 8.0  # ring and overshoot are over by then; creep goes on as the settled part of the response
EDGE_S = 0.15  # a hand comes and goes no faster than this
SHARED = 0.7  # of the shaking is common to the plates of a shelf: it hangs on one rack [S]


@dataclass(frozen=True, slots=True)
class Load:
    """Goods put down or lifted off between `begin` and `begin + ramp_s`; grams by plate."""

    shelf: str
    begin: float
    ramp_s: float
    grams: Floats


@dataclass(frozen=True, slots=True)
class Push:
    """A hand, an elbow: force that comes and goes; grams by plate."""

    shelf: str
    begin: float
    end: float
    grams: Floats


def felt(
    row: PlateRow,
    physics: Physics,
    loads: Iterable[Load],
    pushes: Iterable[Push],
    spells: Iterable[tuple[float, float]],
    seconds: float,
    rng: np.random.Generator,
) -> Floats:
    """Grams by plate and 1/80 s, without electronics; `spells` are when somebody moves nearby."""
    time = np.arange(int(seconds * PHYSICS_HZ)) / PHYSICS_HZ
    goods, hands = np.zeros((2, PLATES, len(time)))
    for load in loads:
        goods += np.outer(load.grams, np.clip((time - load.begin) / load.ramp_s, 0, 1))
    for push in pushes:
        hands += np.outer(push.grams, _hand(physics, time, push, rng))
    spread = np.eye(PLATES) + row.cross_talk.T
    answer = _answer(row, physics, spread @ goods, spread @ hands)
    answer += _shaking(physics, spells, time, rng)
    answer += np.outer(row.drift_g_per_min, time / 60)
    return answer * row.gain[:, None] + row.offset_g[:, None]


def _hand(physics: Physics, time: Floats, push: Push, rng: np.random.Generator) -> Floats:
    """A smooth bump that is never still."""
    edge = min(EDGE_S, (push.end - push.begin) / 3)
    rise = np.clip(np.minimum(time - push.begin, push.end - time) / edge, 0, 1)
    tremor = np.zeros(len(time))
    for hz, phase in zip(rng.uniform(*physics.tremor_hz, 2), rng.uniform(0, 2 * np.pi, 2), strict=True):
        tremor += np.sin(2 * np.pi * hz * time + phase)  # two of them have unit variance
    shape: Floats = rise * rise * (3 - 2 * rise) * np.maximum(1 + physics.tremor * tremor, 0)
    return shape


def _answer(row: PlateRow, physics: Physics, goods: Floats, hands: Floats) -> Floats:
    """An oscillator with creep; goods overshoot and relax, a hand is felt a while after."""
    lag = np.arange(int(MEMORY_S * PHYSICS_HZ)) / PHYSICS_HZ
    turn, decay = 2 * np.pi * row.ring_hz[:, None], row.ring_damping[:, None]
    slope, damped = decay / np.sqrt(1 - decay**2), turn * np.sqrt(1 - decay**2)
    ring = np.exp(-decay * turn * lag) * (np.cos(damped * lag) + slope * np.sin(damped * lag))
    over = row.overshoot[:, None] * np.exp(-lag / row.overshoot_s[:, None])
    under = -row.push_lag[:, None] * np.exp(-lag / row.push_lag_s[:, None])
    settled = goods + hands + _creep(physics, goods + hands)
    return (
        settled
        + _convolved(np.diff(goods, axis=1, prepend=0), over - ring)
        + (_convolved(np.diff(hands, axis=1, prepend=0), under - ring))
    )


def _creep(physics: Physics, force: Floats) -> Floats:
    """A first-order lag of the force, in quarter seconds: it is far slower than that."""
    block = PHYSICS_HZ // 4
    coarse = force[:, ::block]
    share = 1 - np.exp(-0.25 / physics.creep_s)
    weights = share * (1 - share) ** np.arange(coarse.shape[1])
    lagged = _convolved(coarse, np.broadcast_to(weights, coarse.shape))
    return physics.creep * np.repeat(lagged, block, axis=1)[:, : force.shape[1]]


def _shaking(
    physics: Physics, spells: Iterable[tuple[float, float]], time: Floats, rng: np.random.Generator
) -> Floats:
    """Steps and movement nearby, in the two bands; the sum over the shelf has the stated sd."""
    size, sway = np.zeros((2, len(time)))
    for begin, end in spells:
        inside = np.clip(np.minimum(time - begin, end - time) / 0.3, 0, 1)
        size = np.maximum(size, inside * rng.uniform(*physics.walking_g))
        sway = np.maximum(sway, inside * rng.uniform(*physics.sway_g))
    if not size.any():
        return np.zeros((PLATES, len(time)))
    raw = rng.normal(size=(PLATES + 1, len(time)))
    shaking = size * _banded(raw, (physics.walking_low_hz, physics.walking_high_hz))
    shaking += sway * _banded(raw, (physics.sway_hz,))
    own, common = np.sqrt((1 - SHARED) / PLATES), np.sqrt(SHARED) / PLATES
    by_plate: Floats = own * shaking[1:] + common * shaking[:1]
    return by_plate


def _banded(white: Floats, bands: tuple[Range, ...]) -> Floats:
    """Unit-variance noise with its energy in these bands."""
    hz = np.fft.rfftfreq(white.shape[1], 1 / PHYSICS_HZ)
    kept = np.any([(hz >= low) & (hz <= high) for low, high in bands], axis=0)
    noise: Floats = np.fft.irfft(np.fft.rfft(white, axis=1) * kept, white.shape[1], axis=1)
    return noise / max(float(noise.std()), 1e-9)


def _convolved(signal: Floats, kernel: Floats) -> Floats:
    """Causal convolution along time, each plate with its own kernel."""
    length = 1 << int(np.ceil(np.log2(signal.shape[1] + kernel.shape[1])))
    product = np.fft.rfft(signal, length, axis=1) * np.fft.rfft(kernel, length, axis=1)
    result: Floats = np.fft.irfft(product, length, axis=1)[:, : signal.shape[1]]
    return result
