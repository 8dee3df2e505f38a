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
Mask = NDArray[np.bool_]

# A change within so many standard deviations of nothing is no place where goods stood.
PLACE_SDS = 3.0
# Plates that only felt something change by about so many grams, or by their noise.
CALM_G = 1.5
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


def calm(grams: Array, variance: Array) -> float:
    """Log density of plates on which nothing was put or taken: heavy tails, for hands and creep."""
    scale = np.maximum(CALM_G, np.sqrt(variance / 2))
    return -float((np.abs(grams) / scale + np.log(2 * scale)).sum())


def _fit(parts: tuple[Part, ...], grams: Array, variance: Array) -> Fit:
    standing = np.abs(grams) > PLACE_SDS * np.sqrt(variance)
    covered = np.zeros(len(grams), dtype=bool)
    for part in parts:
        covered[[p for p in part.places if grams[p] * part.grams > 0 or len(parts) > 1]] = True
    if not covered.any():
        covered[parts[0].places[0]] = True
    core = covered & standing
    if not core.any():
        core[np.argmax(np.where(covered, np.abs(grams), -1))] = True
    misfit = (_misfit_of_one if len(parts) == 1 else _misfit_of_many)(parts, grams, variance, covered)
    places = int(core.sum())
    splits = sum(max(0, int(core[list(part.places)].sum()) - 1) for part in parts)
    told = max(1, places - splits)  # so many sums of grams are predicted; the rest are free splits
    spread = float(variance[covered].sum()) + sum(part.variance for part in parts)
    scale = sum(abs(part.grams) for part in parts) / len(parts)
    value = -0.5 * misfit - 0.5 * told * log(2 * pi * spread / told) - (places - told) * log(scale)
    value -= 0.5 * float(np.log(2 * pi * variance[covered & ~core]).sum())
    value += calm(grams[~covered], variance[~covered])
    return Fit(value, misfit + float((grams[~covered] ** 2 / variance[~covered]).sum()))


def _misfit_of_one(parts: tuple[Part, ...], grams: Array, variance: Array, covered: Mask) -> float:
    """Closed form: the plates it stood on share one error."""
    (part,) = parts
    error = float(grams[covered].sum()) - part.grams
    return error**2 / (float(variance[covered].sum()) + part.variance)


def _misfit_of_many(parts: tuple[Part, ...], grams: Array, variance: Array, covered: Mask) -> float:
    """Non-negative least squares: every plate they may stand on and every part is one equation."""
    cells = [(j, p) for j, part in enumerate(parts) for p in part.places]
    matrix = np.zeros((len(grams) + len(parts), len(cells)))
    plate_weight = covered / np.sqrt(variance)
    for column, (j, p) in enumerate(cells):
        matrix[p, column] = (1 if parts[j].count > 0 else -1) * plate_weight[p]
        matrix[len(grams) + j, column] = parts[j].variance ** -0.5
    wanted = np.concatenate([grams * plate_weight, [abs(part.grams) * part.variance**-0.5 for part in parts]])
    return float(((matrix @ non_negative(matrix, wanted) - wanted) ** 2).sum())


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
