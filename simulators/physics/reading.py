"""What the converter makes of a cell: HX711-like filter and rate, noise, steps of the scale, bad readings."""

import numpy as np

from simulators.physics.constants import PHYSICS_HZ, PLATES, Physics
from simulators.physics.store import Floats, PlateRow

CONVERSIONS = 4  # to settle: 400 ms at 10 SPS, 50 ms at 80 (section 4, datasheet [P])
LSB_G = 0.241  # section 4 [M block]
REFERENCE_SPS = 10  # at which noise_white_g was measured
NOISE_GROWTH = np.log(90 / 50) / np.log(80 / 10)  # 50 nV at 10 SPS, 90 at 80 (section 4, datasheet [P])


def kernel(sps: int) -> Floats:
    """Four moving means in a row: settled after four conversions, causal."""
    mean = np.full(PHYSICS_HZ // sps, sps / PHYSICS_HZ) if sps < PHYSICS_HZ else np.array([0.5, 0.5])
    made = np.ones(1)
    for _ in range(CONVERSIONS if sps < PHYSICS_HZ else CONVERSIONS - 1):
        made = np.convolve(made, mean)
    return made


def converted(cells: Floats, sps: int, at: Floats) -> Floats:
    """The filtered signal at the given seconds, between the ticks of the physics."""
    taps = kernel(sps)
    held = np.concatenate([np.repeat(cells[:, :1], len(taps) - 1, axis=1), cells], axis=1)
    smooth = np.zeros_like(cells)
    for lag, tap in enumerate(taps):
        smooth += tap * held[:, len(taps) - 1 - lag : held.shape[1] - lag]
    ticks = at * PHYSICS_HZ
    low = np.clip(np.floor(ticks).astype(int), 0, cells.shape[1] - 2)
    share = np.clip(ticks - low, 0, 1)
    taken: Floats = smooth[:, low] * (1 - share) + smooth[:, low + 1] * share
    return taken


def with_noise(row: PlateRow, physics: Physics, grams: Floats, sps: int, rng: np.random.Generator) -> Floats:
    """White noise that grows with the rate, and a slow part that does not; in steps of the scale."""
    white = physics.noise_white_g * (sps / REFERENCE_SPS) ** NOISE_GROWTH * rng.normal(size=grams.shape)
    noise = row.noise[:, None] * (white + slow_noise(physics, grams.shape[1], sps, rng))
    stepped: Floats = np.round((grams + noise) / LSB_G) * LSB_G
    return stepped


def slow_noise(physics: Physics, count: int, sps: int, rng: np.random.Generator) -> Floats:
    """First-order noise, made by one convolution."""
    keep = np.exp(-1 / (sps * physics.noise_slow_s))
    taps = keep ** np.arange(max(int(np.ceil(np.log(1e-3) / np.log(keep))), 1))
    white = rng.normal(size=(PLATES, count + len(taps)))
    length = 1 << int(np.ceil(np.log2(white.shape[1] + len(taps))))
    drawn = np.fft.irfft(np.fft.rfft(white, length, axis=1) * np.fft.rfft(taps, length), length, axis=1)
    part: Floats = drawn[:, len(taps) : len(taps) + count]
    return float(physics.noise_slow_g * np.sqrt(1 - keep**2)) * part


def with_bad_readings(physics: Physics, grams: Floats, rng: np.random.Generator) -> Floats:
    """Isolated wrong values of either sign, as bit-banged reads give them."""
    few, many = physics.bad_share
    bad = rng.random(grams.shape) < rng.uniform(few, many, (PLATES, 1))
    bad[:, 1:] &= ~bad[:, :-1]  # one sample long
    count = int(bad.sum())
    low, high = np.log(physics.bad_g)
    size = np.exp(rng.uniform(low, high, count)) * rng.choice([-1.0, 1.0], count)
    spoiled = grams.copy()
    spoiled[bad] += size
    return spoiled
