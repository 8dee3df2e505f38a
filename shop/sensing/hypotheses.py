"""Everything a move may have been: goods in signed counts, nothing, or something we do not know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np

from shop.sensing.assortment import Assortment, net
from shop.sensing.episodes import Episode, Lines, Move, Outcome
from shop.sensing.fitting import Part, calm, fit
from shop.sensing.holding import Held, can_return, without_cross_talk
from shop.sensing.knowledge import WRONG_SD, Knowledge
from shop.sensing.placing import Array, place

# Prior of counts, of how many products take part, and of goods going both ways at once (shelf-sensing 5).
COUNTS = (0.85, 0.11, 0.03, 0.01)
PARTS = (0.90, 0.09, 0.01)
BOTH_WAYS = 0.3
# Priors beside these: a unit one plate beside its lane, a return to a foreign lane, goods known astray.
BESIDE_LANE = -3.5
FOREIGN_LANE = -2.0
ASTRAY = -1.0
# A restock of any count up to this is as likely as any other.
RESTOCK_UNITS = 24
RESTOCK_AROUND = 3  # counts looked at beside the one that fits best, and beside few
RESTOCK = -2.0
# Prior of nothing, and of something unknown, which may weigh anything up to this, in grams.
NOTHING = 0.1
UNKNOWN_G = 1500.0
UNKNOWN = 3e-4
UNKNOWN_PLATES = 0.1  # one thing rarely stands on a third plate, or a fourth
# How far the share of a neighbour's change that a plate feels may be off.
CROSS_TALK_SD = 0.004
# Plates further off feel up to this share of the largest change, through the whole shelf.
FAR_TALK = 0.004
# A change within so many standard deviations of nothing is no place where goods stood.
PLACE_SDS = 3.0
# Ring, creep and the median's error of a settled reading, in grams.
READING_SD_G = 0.8
# A unit that was weighed when it was taken is known to this, in grams (seen: 1 to 3 g).
MEASURED_SD_G = 2.0
# How far a sum of parts may be off to be looked at, in standard deviations, and how many sums are looked at.
NEAR_SDS = 5.0
LOOK_AT = 50
# The most units of a product when so many take part.
MOST_UNITS = {1: RESTOCK_UNITS, 2: 4, 3: 1}
# Three products are tried only where two explain badly: misfit in squared standard deviations.
BAD_MISFIT = 9.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can leave and what can come back. Restocking: goods may come that nobody holds."""

    held: Held
    unbooked: Sequence[Episode]  # earlier episodes the books do not know yet
    restocking: bool
    measured: Mapping[str, float]  # grams of one unit, as it was taken


@dataclass(frozen=True, slots=True)
class Hypothesis:
    lines: Lines
    kind: str  # goods, nothing or unknown
    log_evidence: float
    misfit: float


class Look:
    """One move as numbers: corrected grams and variance of every plate that changed."""

    def __init__(self, move: Move, knowledge: Knowledge) -> None:
        self.move = move
        self.plates = tuple(sorted(move.grams))
        centre = max(self.plates, key=lambda p: abs(move.grams[p]))
        largest = abs(move.grams[centre])
        quiet = without_cross_talk(move.grams)
        grams, variance = [], []
        for plate in self.plates:
            gain = knowledge.gain((move.shelf, plate))
            near = [move.grams.get(plate - 1, 0.0), move.grams.get(plate + 1, 0.0)]
            grams.append(quiet[plate] / (1 + gain.mean))
            told = move.variance[plate] + READING_SD_G**2 + gain.variance * move.grams[plate] ** 2
            far = FAR_TALK * largest if abs(plate - centre) > 1 else 0.0
            variance.append(told + CROSS_TALK_SD**2 * sum(g**2 for g in near) + far**2)
        self.grams: Array = np.array(grams)
        self.variance: Array = np.array(variance)
        self._stood = np.abs(self.grams) > PLACE_SDS * np.sqrt(self.variance)

    @property
    def standing(self) -> int:
        """Plates on which something stood, not only a neighbour's cross-talk."""
        return max(1, int(self._stood.sum()))

    def places(self, lane: frozenset[int], sign: int) -> list[int]:
        """Positions of the lane where such goods may have stood; the likeliest if nothing stood there."""
        lanes = [i for i, plate in enumerate(self.plates) if plate in lane]
        stood = [i for i in lanes if self._stood[i]]
        return stood or sorted(lanes, key=lambda i: -sign * self.grams[i])[:1]


def explain(move: Move, goods: Assortment, knowledge: Knowledge, bounds: Bounds) -> list[Hypothesis]:
    """Every hypothesis worth keeping with its log evidence, best first; one per set of lines."""
    look = Look(move, knowledge)
    parts = list(_parts(look, goods, knowledge, bounds))
    products = max(1, len({part.sku for part in parts}))
    found = [_nothing(look), _unknown(look)]
    found += _weigh(_sums(parts, look, 1) + _sums(parts, look, 2), look, products)
    if min(h.misfit for h in found) >= BAD_MISFIT:
        found += _weigh(_sums(parts, look, 3), look, products)
    return _one_per_lines(found)


def _parts(look: Look, goods: Assortment, knowledge: Knowledge, bounds: Bounds) -> Iterator[Part]:
    taken = net(line for e in bounds.unbooked if e.outcome is Outcome.DECIDED for line in e.lines)
    for sku, lane in goods.lanes.get(look.move.shelf, {}).items():
        wide = frozenset(q for p in lane for q in (p - 1, p, p + 1))
        limit = goods.available(sku, taken)
        for places, prior in ((lane, 0.0), (wide, BESIDE_LANE)):
            if prior and not (wide - lane).intersection(look.plates):
                continue
            yield from _picks(look, knowledge, sku, places, limit, prior)
            if bounds.restocking:
                yield from _restock(look, knowledge, sku, places, prior)
    for sku, units in goods.strays(look.move.shelf, look.plates, bounds.unbooked).items():
        yield from _picks(look, knowledge, sku, frozenset(look.plates), units, ASTRAY)
    for sku in bounds.held:
        home = goods.lanes.get(look.move.shelf, {}).get(sku, frozenset())
        chances = can_return(bounds.held, sku)
        unit_g = bounds.measured.get(sku)
        yield from _returns(look, knowledge, sku, home, chances, unit_g, 0.0)
        if not home.issuperset(look.plates):
            yield from _returns(look, knowledge, sku, frozenset(look.plates), chances, unit_g, FOREIGN_LANE)


def _picks(
    look: Look, known: Knowledge, sku: str, lane: frozenset[int], limit: int | None, prior: float
) -> Iterator[Part]:
    most = len(COUNTS) if limit is None else min(len(COUNTS), limit)
    for n in range(1, most + 1):
        part = _part(look, known, sku, lane, -n, prior + log(COUNTS[n - 1]))
        if part:
            yield part


def _returns(
    look: Look,
    known: Knowledge,
    sku: str,
    lane: frozenset[int],
    chances: Sequence[float],
    unit_g: float | None,
    prior: float,
) -> Iterator[Part]:
    for n, (count, chance) in enumerate(zip(COUNTS, chances, strict=False), 1):
        part = _part(look, known, sku, lane, n, prior + log(count) + log(chance), unit_g)
        if part:
            yield part


def _restock(look: Look, known: Knowledge, sku: str, lane: frozenset[int], prior: float) -> Iterator[Part]:
    unit = known.units.get(sku)
    about = round(float(look.grams.sum()) / unit.mean_g) if unit else 0
    few = {*range(1, MOST_UNITS[2] + 1), *range(about - RESTOCK_AROUND, about + RESTOCK_AROUND + 1)}
    for n in sorted(few.intersection(range(1, RESTOCK_UNITS + 1))):
        part = _part(look, known, sku, lane, n, prior + RESTOCK - log(RESTOCK_UNITS))
        if part:
            yield part


def _part(
    look: Look,
    known: Knowledge,
    sku: str,
    lane: frozenset[int],
    n: int,
    prior: float,
    unit_g: float | None = None,
) -> Part | None:
    """`unit_g`: what the very unit weighed when it was taken; the catalogue does not matter then."""
    unit = known.units.get(sku)
    here = look.places(lane, n)
    if unit is None or not here:
        return None
    width = max(len(lane), 1)
    grams, error = n * unit.mean_g, unit.error.variance
    if unit_g is not None:
        grams, error = n * unit_g, known.gain((look.move.shelf, look.plates[0])).variance
        placed = place(look.plates, here, width, n, unit_g, MEASURED_SD_G)
        return Part(sku, n, grams, n * MEASURED_SD_G**2 + error * grams**2, prior, 0.0, error, placed)
    variance = abs(n) * unit.sd_g**2 + error * grams**2
    placed = place(look.plates, here, width, n, unit.mean_g, unit.sd_g)
    return Part(sku, n, grams, variance, prior, unit.doubt, error, placed)


def _sums(parts: list[Part], look: Look, size: int) -> list[tuple[Part, ...]]:
    """Combinations of different products that weigh about what moved, the likeliest first."""
    few = [p for p in parts if abs(p.count) <= MOST_UNITS[size]]
    total, spread = float(look.grams.sum()), float(look.variance.sum())
    indices = np.array(list(combinations(range(len(few)), size)), dtype=int)
    if not len(indices):
        return []
    grams = np.array([p.grams for p in few])[indices].sum(axis=1)
    variance = np.array([p.variance for p in few])[indices].sum(axis=1) + spread
    prior = np.array([p.prior for p in few])[indices].sum(axis=1)
    if size == 1:
        variance += (WRONG_SD * grams) ** 2
    misfit = (grams - total) ** 2 / variance
    near = np.flatnonzero(misfit < NEAR_SDS**2)
    order = near[np.argsort(misfit[near] / 2 - prior[near], kind="stable")]
    sums = (tuple(few[i] for i in indices[row]) for row in order)
    different = [s for s in sums if len({part.sku for part in s}) == size]
    return different[:LOOK_AT]


def _weigh(sums: list[tuple[Part, ...]], look: Look, products: int) -> list[Hypothesis]:
    fits = fit(sums, look.grams, look.variance)
    return [
        Hypothesis(
            tuple(sorted((part.sku, part.count) for part in parts)),
            "goods",
            _prior(parts, products) + fitted.log_likelihood,
            fitted.misfit,
        )
        for parts, fitted in zip(sums, fits, strict=True)
    ]


def _prior(parts: tuple[Part, ...], products: int) -> float:
    prior = sum(part.prior for part in parts) + log(PARTS[len(parts) - 1]) - len(parts) * log(products)
    both_ways = min(part.count for part in parts) < 0 < max(part.count for part in parts)
    return prior + (log(BOTH_WAYS) if both_ways else 0.0)


def _nothing(look: Look) -> Hypothesis:
    return Hypothesis((), "nothing", log(NOTHING) + calm(look.grams, look.variance), BAD_MISFIT)


def _unknown(look: Look) -> Hypothesis:
    order = np.argsort(np.abs(look.grams))[: len(look.grams) - look.standing]
    density = log(UNKNOWN_PLATES) * max(0, look.standing - 2) - log(UNKNOWN_G)
    density -= (look.standing - 1) * log(max(1.0, float(np.abs(look.grams).max())))
    density += calm(look.grams[order], look.variance[order])
    return Hypothesis((), "unknown", log(UNKNOWN) + density, BAD_MISFIT)


def _one_per_lines(found: list[Hypothesis]) -> list[Hypothesis]:
    best: dict[tuple[str, Lines], Hypothesis] = {}
    for h in found:
        other = best.get((h.kind, h.lines))
        if other is None:
            best[h.kind, h.lines] = h
        else:
            top = max(h, other, key=lambda x: x.log_evidence)
            total = float(np.logaddexp(h.log_evidence, other.log_evidence))
            best[h.kind, h.lines] = Hypothesis(h.lines, h.kind, total, top.misfit)
    return sorted(best.values(), key=lambda h: (-h.log_evidence, h.lines))
