"""How well goods explain a move: the density of its changes, over all ways the goods may have stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi

import numpy as np

from shop.sensing.knowledge import WRONG_SD
from shop.sensing.placing import Array, Placements

# Plates that only felt something change by about so many grams, or by their noise.
CALM_G = 1.5


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of a product, signed, and where they may have stood."""

    sku: str
    count: int
    grams: float  # signed
    variance: float  # of grams, in g²
    prior: float  # logarithm
    doubt: float  # probability that the catalogue's weight is wrong
    error_var: float  # of the product's mean weight, relative
    placements: Placements


@dataclass(frozen=True, slots=True)
class Fit:
    log_likelihood: float
    misfit: float  # squared standard deviations of the best placement


def fit(hypotheses: Sequence[tuple[Part, ...]], grams: Array, variance: Array) -> list[Fit]:
    """The log density of a move (grams and variance by plate) under each hypothesis, and its misfit."""
    if not hypotheses:
        return []
    ways = [_placed(parts) for parts in hypotheses]
    mean = np.concatenate([way.mean for way in ways])
    covariance = np.concatenate([way.covariance for way in ways])
    density, misfit = _density(mean, covariance, grams, variance)
    density += np.concatenate([way.prior for way in ways])
    starts = np.cumsum([0, *(len(way.prior) for way in ways[:-1])])
    total = np.logaddexp.reduceat(density, starts)
    ends = [*starts[1:], len(density)]
    best = [start + int(np.argmax(density[start:end])) for start, end in zip(starts, ends, strict=True)]
    return [Fit(float(t), float(misfit[b])) for t, b in zip(total, best, strict=True)]


def calm(grams: Array, variance: Array) -> float:
    """Log density of plates on which nothing was put or taken: heavy tails, for hands and creep."""
    return float(_calm(grams, variance).sum())


def _calm(grams: Array, variance: Array) -> Array:
    scale = np.maximum(CALM_G, np.sqrt(variance / 2))
    density: Array = -np.abs(grams) / scale - np.log(2 * scale)
    return density


def _placed(parts: tuple[Part, ...]) -> Placements:
    """All placements of all parts. One product alone may also have a wrong weight in the catalogue."""
    first = _with_error(parts[0], parts[0].error_var)
    if len(parts) == 1 and parts[0].doubt:
        wrong = _with_error(parts[0], parts[0].error_var + WRONG_SD**2)
        doubt = parts[0].doubt
        return Placements(
            np.concatenate([first.mean, wrong.mean]),
            np.concatenate([first.covariance, wrong.covariance]),
            np.concatenate([first.prior + log(1 - doubt), wrong.prior + log(doubt)]),
        )
    for part in parts[1:]:
        first = first + _with_error(part, part.error_var)
    return first


def _with_error(part: Part, error_var: float) -> Placements:
    """All units of a product weigh wrong by the same share."""
    placed = part.placements
    common = error_var * placed.mean[:, :, None] * placed.mean[:, None, :]
    return Placements(placed.mean, placed.covariance + common, placed.prior)


def _density(mean: Array, covariance: Array, grams: Array, variance: Array) -> tuple[Array, Array]:
    """Normal where something stood, calm elsewhere: log densities and misfits by row."""
    plates = np.arange(len(grams))
    stood = covariance[:, plates, plates] > 0
    off = np.where(stood, grams - mean, 0.0)
    total = covariance.copy()
    total[:, plates, plates] += np.where(stood, variance, 1 / (2 * pi))
    solved = np.linalg.solve(total, off[:, :, None])[:, :, 0]
    misfit = (off * solved).sum(axis=1)
    density = -0.5 * (misfit + np.linalg.slogdet(2 * pi * total)[1])
    density += np.where(stood, 0.0, _calm(grams, variance)).sum(axis=1)
    return density, misfit + np.where(stood, 0.0, grams**2 / variance).sum(axis=1)
