"""Everything a move may have been: goods in signed counts, nothing, or something we do not know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np

from shop.sensing.assortment import Assortment, net
from shop.sensing.episodes import Episode, Lines, Move, Outcome
from shop.sensing.fitting import PLACE_SDS, Array, Part, calm, fit
from shop.sensing.holding import Held, can_return
from shop.sensing.knowledge import WRONG_SD, Knowledge

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
RESTOCK = -2.0
# Prior of nothing, and of something unknown, which may weigh anything up to this, in grams.
NOTHING = 0.1
UNKNOWN_G = 1500.0
UNKNOWN = 1e-3
# A plate feels this share of its neighbour's change (seen: 0.8 to 1.5 %), give or take this.
CROSS_TALK = 0.011
CROSS_TALK_SD = 0.004
# Ring, creep and the median's error of a settled reading, in grams.
READING_SD_G = 0.8
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
        self.plates = sorted(move.grams)
        grams, variance = [], []
        for plate in self.plates:
            gain = knowledge.gain((move.shelf, plate))
            near = [move.grams.get(plate - 1, 0.0), move.grams.get(plate + 1, 0.0)]
            grams.append((move.grams[plate] - CROSS_TALK * sum(near)) / (1 + gain.mean))
            told = move.variance[plate] + READING_SD_G**2 + gain.variance * move.grams[plate] ** 2
            variance.append(told + CROSS_TALK_SD**2 * sum(g**2 for g in near))
        self.grams: Array = np.array(grams)
        self.variance: Array = np.array(variance)

    @property
    def standing(self) -> int:
        """Plates on which something stood, not only a neighbour's cross-talk."""
        return max(1, int((np.abs(self.grams) > PLACE_SDS * np.sqrt(self.variance)).sum()))


def explain(move: Move, goods: Assortment, knowledge: Knowledge, bounds: Bounds) -> list[Hypothesis]:
    """Every hypothesis worth keeping with its log evidence, best first; one per set of lines."""
    look = Look(move, knowledge)
    parts = list(_parts(look, goods, knowledge, bounds))
    products = max(1, len({part.sku for part in parts}))
    found = [_nothing(look), _unknown(look)]
    found += [_weigh(single, look, products) for single in _sums(parts, look, 1)]
    found += [_weigh(pair, look, products) for pair in _sums(parts, look, 2)]
    if min(h.misfit for h in found) >= BAD_MISFIT:
        found += [_weigh(triple, look, products) for triple in _sums(parts, look, 3)]
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
        near = frozenset(p for p in look.plates)
        yield from _picks(look, knowledge, sku, near, units, ASTRAY)
    for sku in bounds.held:
        home = goods.lanes.get(look.move.shelf, {}).get(sku, frozenset())
        chances = can_return(bounds.held, sku)
        yield from _returns(look, knowledge, sku, home, chances, 0.0)
        if not home.issuperset(look.plates):
            yield from _returns(look, knowledge, sku, frozenset(look.plates), chances, FOREIGN_LANE)


def _picks(
    look: Look, known: Knowledge, sku: str, lane: frozenset[int], limit: int | None, prior: float
) -> Iterator[Part]:
    most = len(COUNTS) if limit is None else min(len(COUNTS), limit)
    for n in range(1, most + 1):
        part = _part(look, known, sku, lane, -n, prior + log(COUNTS[n - 1]))
        if part:
            yield part


def _returns(
    look: Look, known: Knowledge, sku: str, lane: frozenset[int], chances: Sequence[float], prior: float
) -> Iterator[Part]:
    for n, (count, chance) in enumerate(zip(COUNTS, chances, strict=False), 1):
        part = _part(look, known, sku, lane, n, prior + log(count) + log(chance))
        if part:
            yield part


def _restock(look: Look, known: Knowledge, sku: str, lane: frozenset[int], prior: float) -> Iterator[Part]:
    for n in range(1, RESTOCK_UNITS + 1):
        part = _part(look, known, sku, lane, n, prior + RESTOCK - log(RESTOCK_UNITS))
        if part:
            yield part


def _part(look: Look, known: Knowledge, sku: str, lane: frozenset[int], n: int, prior: float) -> Part | None:
    unit = known.units.get(sku)
    places = tuple(i for i, p in enumerate(look.plates) if p in lane)
    if unit is None or not places:
        return None
    grams = n * unit.mean_g
    variance = abs(n) * unit.sd_g**2 + unit.error.variance * grams**2
    return Part(sku, n, grams, variance, places, prior, unit.doubt)


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


def _weigh(parts: tuple[Part, ...], look: Look, products: int) -> Hypothesis:
    fitted = fit(parts, look.grams, look.variance)
    prior = sum(part.prior for part in parts) + log(PARTS[len(parts) - 1]) - len(parts) * log(products)
    if min(part.count for part in parts) < 0 < max(part.count for part in parts):
        prior += log(BOTH_WAYS)
    lines = tuple(sorted((part.sku, part.count) for part in parts))
    return Hypothesis(lines, "goods", prior + fitted.log_likelihood, fitted.misfit)


def _nothing(look: Look) -> Hypothesis:
    return Hypothesis((), "nothing", log(NOTHING) + calm(look.grams, look.variance), BAD_MISFIT)


def _unknown(look: Look) -> Hypothesis:
    order = np.argsort(np.abs(look.grams))[: len(look.grams) - look.standing]
    density = -log(UNKNOWN_G) - (look.standing - 1) * log(max(1.0, float(np.abs(look.grams).max())))
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
