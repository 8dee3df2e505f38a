"""Where units may have stood: every placement of a product's units is a normal distribution over the plates.

A unit stands whole on one plate, or bridges two: then the share on each is anything between none and all
(mean a half, variance a twelfth), or lies over three, most of it on the middle one. Its weight scatters by
the unit's spread, all units of a product by one common error. Sums of normals are normal, so products add up
by adding means and covariances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, pairwise
from math import factorial, log, prod

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A unit stands on one, two or three plates about so often (labelled picks: 119, 105 and 13 of 237).
STANDS = (0.50, 0.44, 0.06)
# Variance of the share of a bridging unit on one of its plates: anything between none and all.
SHARE_VAR = 1 / 12
# Over three plates: share on each outer one, and its variance.
OUTER = 0.2
OUTER_VAR = 0.01
# More units, or more ways to place them, are placed roughly: all on one plate, or spread over all.
FEW_UNITS = 4
FEW_WAYS = 100


@dataclass(frozen=True, slots=True)
class Placements:
    """Alternatives, one a row: grams by plate (mean, covariance), log prior."""

    mean: Array
    covariance: Array
    prior: Array

    def __add__(self, other: "Placements") -> "Placements":
        """Every placement of the one with every placement of the other."""
        plates = self.mean.shape[1]
        mean = self.mean[:, None] + other.mean[None]
        covariance = self.covariance[:, None] + other.covariance[None]
        prior = self.prior[:, None] + other.prior[None]
        return Placements(mean.reshape(-1, plates), covariance.reshape(-1, plates, plates), prior.reshape(-1))


def place(
    plates: Sequence[int], here: Sequence[int], width: int, count: int, unit_g: float, unit_sd: float
) -> Placements:
    """Placements of `count` units (signed) on `here`, positions in `plates`; `width`: plates of the lane."""
    runs = tuple(
        run
        for size in range(1, len(STANDS) + 1)
        for run in zip(*(here[i:] for i in range(size)), strict=False)
        if plates[run[-1]] - plates[run[0]] == size - 1
    )
    shares, shapes, squares, prior = _ways(len(plates), runs, abs(count), width)
    sign = 1.0 if count > 0 else -1.0
    return Placements(sign * unit_g * shares, unit_g**2 * shapes + unit_sd**2 * squares, prior)


@lru_cache(maxsize=4096)
def _ways(
    plates: int, runs: tuple[tuple[int, ...], ...], units: int, width: int
) -> tuple[Array, Array, Array, Array]:
    """For one gram a unit: means, covariances of shares, squares for the unit's spread, log priors."""
    ones = [_spot(plates, run) for run in runs]
    chances = [STANDS[len(run) - 1] / max(1, width - len(run) + 1) for run in runs]
    combos = list(combinations_with_replacement(range(len(ones)), units)) if units <= FEW_UNITS else []
    if not combos or len(combos) > FEW_WAYS:
        return _roughly(plates, [run[0] for run in runs if len(run) == 1], units, width)
    shares = np.array([sum(ones[k][0] for k in combo) for combo in combos])
    shapes = np.array([sum(ones[k][1] for k in combo) for combo in combos])
    squares = np.array([sum(np.outer(ones[k][0], ones[k][0]) for k in combo) for combo in combos])
    prior = np.array([_chance(combo, chances) for combo in combos])
    return shares, shapes, squares, prior


def _chance(combo: tuple[int, ...], chances: list[float]) -> float:
    orders = factorial(len(combo)) / prod(factorial(combo.count(k)) for k in set(combo))
    return log(orders) + sum(log(chances[k]) for k in combo)


def _spot(plates: int, on: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and covariance of the shares of a unit that stands on these plates."""
    share, shape = np.zeros(plates), np.zeros((plates, plates))
    share[list(on)] = ((1.0,), (0.5, 0.5), (OUTER, 1 - 2 * OUTER, OUTER))[len(on) - 1]
    for one, other in pairwise(on):
        away = np.zeros(plates)
        away[one], away[other] = 1.0, -1.0
        shape += (SHARE_VAR if len(on) == 2 else OUTER_VAR) * np.outer(away, away)
    return share, shape


def _roughly(plates: int, here: Sequence[int], units: int, width: int) -> tuple[Array, Array, Array, Array]:
    """Many units: all on one plate, or spread over all of them anyhow."""
    spots = [_spot(plates, (i,)) for i in here]
    even = np.zeros(plates)
    even[list(here)] = 1 / len(here)
    spread = SHARE_VAR * 4 * (np.diag(even) - np.outer(even, even))
    shares = units * np.array([share for share, _ in spots] + [even])
    shapes = units**2 * np.array([shape for _, shape in spots] + [spread])
    squares = np.array([np.outer(s, s) / units for s in shares])
    prior = np.log(np.array([STANDS[0] / width] * len(here) + [1 - STANDS[0]]))
    return shares, shapes, squares, prior
