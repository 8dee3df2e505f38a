"""How well goods explain a move: which grams of which part pressed on which plate, and what that is worth.

Each part of a hypothesis is so many units of one product on the plates it may stand on. Where exactly it
stood is unknown, so its grams are split over those plates as fits best, never below nothing.
"""

from dataclasses import dataclass, replace
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from shop.sensing.knowledge import WRONG_SD

Array = NDArray[np.float64]

# A change within so many standard deviations of nothing is no place where goods stood.
PLACE_SDS = 3.0
# Keeps the equations solvable where two parts may share a plate in any proportion.
RIDGE = 1e-7


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of a product, signed, on the plates (positions in the move) where they may stand."""

    sku: str
    count: int
    grams: float  # signed
    variance: float  # of grams, in g²
    places: tuple[int, ...]
    prior: float  # logarithm
    doubt: float  # probability that the catalogue's weight is wrong


@dataclass(frozen=True, slots=True)
class Fit:
    log_likelihood: float
    misfit: float  # squared standard deviations


def fit(parts: tuple[Part, ...], grams: Array, variance: Array) -> Fit:
    """Log density of the changes (g per plate) under a hypothesis, and its misfit.

    One product alone may also have a wrong weight in the catalogue; with several that would explain anything.
    """
    right = _fit(parts, grams, variance)
    if len(parts) > 1 or not parts[0].doubt:
        return right
    part = parts[0]
    loose = replace(part, variance=part.variance + (WRONG_SD * part.grams) ** 2)
    wrong = _fit((loose,), grams, variance)
    said = (log(1 - part.doubt) + right.log_likelihood, log(part.doubt) + wrong.log_likelihood)
    return Fit(float(np.logaddexp(*said)), right.misfit if said[0] > said[1] else wrong.misfit)


def _fit(parts: tuple[Part, ...], grams: Array, variance: Array) -> Fit:
    standing = np.abs(grams) > PLACE_SDS * np.sqrt(variance)
    if len(parts) == 1:
        misfit, covered = _fit_one(parts[0], grams, variance)
    else:
        misfit, covered = _fit_many(parts, grams, variance)
    core = covered & standing
    if not core.any():
        core[np.argmax(np.where(covered, np.abs(grams), -1))] = True
    places = int(core.sum())
    told = min(places, len(parts))  # so many sums of grams are predicted; the rest are free splits
    spread = float(variance[covered].sum()) + sum(part.variance for part in parts)
    scale = sum(abs(part.grams) for part in parts) / len(parts)
    value = -0.5 * misfit - 0.5 * told * log(2 * pi * spread / told) - (places - told) * log(scale)
    value -= 0.5 * float(np.log(2 * pi * variance[~core]).sum())
    return Fit(value, misfit)


def _fit_one(part: Part, grams: Array, variance: Array) -> tuple[float, NDArray[np.bool_]]:
    """Closed form: the plates it may stand on share one error, on others nothing should have changed."""
    covered = np.zeros(len(grams), dtype=bool)
    covered[list(part.places)] = True
    covered &= grams * part.grams > 0
    if not covered.any():
        covered[part.places[0]] = True
    error = float(grams[covered].sum()) - part.grams
    misfit = error**2 / (float(variance[covered].sum()) + part.variance)
    misfit += float((grams[~covered] ** 2 / variance[~covered]).sum())
    return misfit, covered


def _fit_many(parts: tuple[Part, ...], grams: Array, variance: Array) -> tuple[float, NDArray[np.bool_]]:
    """Non-negative least squares: every plate and every part is one equation."""
    cells = [(j, p) for j, part in enumerate(parts) for p in part.places]
    matrix = np.zeros((len(grams) + len(parts), len(cells)))
    plate_weight = 1 / np.sqrt(variance)
    for column, (j, p) in enumerate(cells):
        matrix[p, column] = (1 if parts[j].count > 0 else -1) * plate_weight[p]
        matrix[len(grams) + j, column] = parts[j].variance ** -0.5
    wanted = np.concatenate([grams * plate_weight, [abs(part.grams) * part.variance**-0.5 for part in parts]])
    split = non_negative(matrix, wanted)
    covered = np.zeros(len(grams), dtype=bool)
    for (_, p), value in zip(cells, split, strict=True):
        covered[p] |= bool(value > 0)
    return float(((matrix @ split - wanted) ** 2).sum()), covered


def non_negative(matrix: Array, wanted: Array) -> Array:
    """Least squares with no negative unknown: what turns negative is left out, what would help comes back."""
    gram, moment = matrix.T @ matrix, matrix.T @ wanted
    gram.flat[:: len(gram) + 1] *= 1 + RIDGE
    used = np.ones(len(moment), dtype=bool)
    solution = np.zeros(len(moment))
    for _ in range(2 * len(moment)):
        solution[:] = 0
        solution[used] = np.linalg.solve(gram[np.ix_(used, used)], moment[used])
        negative = solution < 0
        helps = ~used & (moment - gram @ solution > 1e-9 * np.abs(moment).max())
        if negative.any():
            used &= ~negative
        elif helps.any():
            used[np.argmax(np.where(helps, moment - gram @ solution, -np.inf))] = True
        else:
            break
    return np.maximum(solution, 0)
