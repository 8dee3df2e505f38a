"""Figures of many scenes, each with its 95 % interval from drawing the scenes again with replacement."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.shelves.tally import RATIOS, SCALE, Tally

DRAWS = 400
BINS = 10  # of the calibration error (section 5, protocol 5)
Floats = npt.NDArray[np.float64]
Figure = tuple[float, float, float]  # the figure, and the ends of its interval


def figures(tallies: Sequence[Tally], seed: int = 0) -> dict[str, Figure]:
    """Only what can be said: a share of nothing is left out."""
    rng = np.random.default_rng(seed)
    weights = np.vstack([np.ones(len(tallies)), rng.multinomial(len(tallies), _even(len(tallies)), DRAWS)])
    drawn = _ratios(tallies, weights) | _delays(tallies, weights) | _calibration(tallies, weights)
    return {name: _figure(values) for name, values in drawn.items() if np.isfinite(values[0])}


def _figure(values: Floats) -> Figure:
    low, high = np.nanpercentile(values[1:], (2.5, 97.5))
    return float(values[0]), float(low), float(high)


def calibration(tallies: Sequence[Tally]) -> list[dict[str, float]]:
    """The ten bins: mean posterior, share right, claims."""
    posterior, right, _ = _claims(tallies)
    bins = np.minimum((posterior * BINS).astype(int), BINS - 1)
    return [
        {"posterior": float(posterior[bins == b].mean()), "right": float(right[bins == b].mean()),
         "claims": int((bins == b).sum())}
        for b in range(BINS) if (bins == b).any()
    ]  # fmt: skip


def _ratios(tallies: Sequence[Tally], weights: Floats) -> dict[str, Floats]:
    names = sorted({name for pair in RATIOS.values() for name in pair})
    counts = np.array([[tally.counts[name] for name in names] for tally in tallies], float)
    sums = dict(zip(names, (weights @ counts).T, strict=True))
    taken = any(tally.counts["taken"] for tally in tallies)  # else there is nothing to find again
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            figure: SCALE.get(figure, 1.0) * sums[over] / sums[under]
            for figure, (over, under) in RATIOS.items()
            if any(under in tally.counts for tally in tallies) and (taken or "f1" not in figure)
        }


def _delays(tallies: Sequence[Tally], weights: Floats) -> dict[str, Floats]:
    delays = np.array([delay for tally in tallies for delay in tally.delays])
    if not len(delays):
        return {}
    scene = np.array([i for i, tally in enumerate(tallies) for _ in tally.delays])
    order = np.argsort(delays)
    grown = np.cumsum(weights[:, scene[order]], axis=1)
    found = {}
    for name, share in (("latency_median_s", 0.5), ("latency_95_s", 0.95)):
        place = (grown < share * grown[:, -1:]).sum(axis=1)
        found[name] = delays[order][np.minimum(place, len(delays) - 1)]
    return found


def _calibration(tallies: Sequence[Tally], weights: Floats) -> dict[str, Floats]:
    posterior, right, scene = _claims(tallies)
    if not len(posterior):
        return {}
    bins = np.minimum((posterior * BINS).astype(int), BINS - 1)
    gaps = np.zeros((len(weights), BINS))
    for b in range(BINS):
        inside = bins == b
        gaps[:, b] = np.abs(weights[:, scene[inside]] @ (posterior[inside] - right[inside]))
    return {"calibration_error": gaps.sum(axis=1) / np.maximum(weights[:, scene].sum(axis=1), 1)}


def _claims(tallies: Sequence[Tally]) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    rows = [(p, float(right), i) for i, tally in enumerate(tallies) for p, right in tally.claims]
    posterior, right, scene = np.array(rows, float).reshape(-1, 3).T
    return posterior, right, scene.astype(np.int64)


def _even(count: int) -> Floats:
    return np.full(count, 1 / count)
