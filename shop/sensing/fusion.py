"""One visit's episodes and scans together: which explanation of each makes the likeliest basket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from shop.sensing.episodes import DECIDED, Alternative, Basket, Episode, Outcome

# So many of the goods taken are scanned; so rarely is scanned what was not taken (shelf-sensing 1.5).
SCANNED = log(0.97)
FORGOTTEN = log(0.03)
NOT_TAKEN = log(0.003)
# A visit cannot bring back what it never took.
OWED = log(1e-4)
# Baskets kept while going through the episodes.
BEAM = 150
# A basket less certain than this is looked at by a person, as is one with goods we do not know.
CERTAIN = 0.90

Counts = tuple[tuple[str, int], ...]  # sorted


@dataclass(frozen=True, slots=True)
class _Reading:
    score: float
    taken: Counts
    chosen: tuple[int, ...]


def fuse(episodes: Sequence[Episode], scans: Mapping[str, int], *, claim: float = 0.95) -> Basket:
    """The likeliest basket of one visit; what was not scanned is claimed at `claim` certainty or more."""
    readings = _beam(episodes, scans)
    weights = _weights(readings)
    baskets: dict[Counts, float] = {}
    for reading, weight in zip(readings, weights, strict=True):
        basket = tuple((sku, n) for sku, n in reading.taken if n > 0)
        baskets[basket] = baskets.get(basket, 0.0) + weight
    best, certainty = max(baskets.items(), key=lambda item: (item[1], item[0]))
    decided = tuple(
        _again(episode, [r.chosen[i] for r in readings], weights) for i, episode in enumerate(episodes)
    )
    unscanned = _claims(baskets, scans, claim)
    charged = {sku: scans.get(sku, 0) + unscanned.get(sku, 0) for sku in {*scans, *unscanned}}
    reasons = _reasons(certainty, decided, dict(best), charged)
    return Basket(dict(best), certainty, charged, unscanned, decided, bool(reasons), reasons)


def _beam(episodes: Sequence[Episode], scans: Mapping[str, int]) -> list[_Reading]:
    beam = [_Reading(0.0, (), ())]
    for episode in episodes:
        grown: dict[Counts, _Reading] = {}
        for reading in beam:
            for index, (lines, posterior) in enumerate(episode.hypotheses):
                taken = _add(reading.taken, lines)
                score = reading.score + log(max(posterior, 1e-12))
                chosen = (*reading.chosen, index)
                other = grown.get(taken)
                if other is None or other.score < score:
                    grown[taken] = _Reading(score, taken, chosen)
        beam = sorted(grown.values(), key=lambda r: -r.score - _scan_score(dict(r.taken), scans))[:BEAM]
    return [_Reading(r.score + _scan_score(dict(r.taken), scans), r.taken, r.chosen) for r in beam]


def _add(taken: Counts, lines: Sequence[tuple[str, int]]) -> Counts:
    counts = dict(taken)
    for sku, count in lines:
        counts[sku] = counts.get(sku, 0) - count
    return tuple(sorted((sku, n) for sku, n in counts.items() if n))


def _scan_score(taken: Mapping[str, int], scans: Mapping[str, int]) -> float:
    """Log probability of these scans; without any scan the weights alone decide."""
    score = sum(OWED * -n for n in taken.values() if n < 0)
    if not scans:
        return score
    for sku in {*taken, *scans}:
        t, c = max(0, taken.get(sku, 0)), scans.get(sku, 0)
        score += min(t, c) * SCANNED + max(0, t - c) * FORGOTTEN + max(0, c - t) * NOT_TAKEN
    return score


def _weights(readings: list[_Reading]) -> list[float]:
    top = max(r.score for r in readings)
    weights = [exp(r.score - top) for r in readings]
    total = sum(weights)
    return [w / total for w in weights]


def _again(episode: Episode, chosen: Sequence[int], weights: Sequence[float]) -> Episode:
    """The episode with the posteriors of the whole visit."""
    posterior = [0.0] * len(episode.hypotheses)
    for index, weight in zip(chosen, weights, strict=True):
        posterior[index] += weight
    ranked: list[Alternative] = sorted(
        ((lines, p) for (lines, _), p in zip(episode.hypotheses, posterior, strict=True)), key=lambda a: -a[1]
    )
    (lines, certainty), *others = ranked
    outcome = episode.outcome
    if lines:
        outcome = Outcome.DECIDED if certainty >= DECIDED else Outcome.AMBIGUOUS
    elif outcome in (Outcome.DECIDED, Outcome.AMBIGUOUS):
        outcome = Outcome.UNKNOWN if certainty >= DECIDED else Outcome.AMBIGUOUS
    alternatives = tuple((a, p) for a, p in others if p >= 1e-4)
    return replace(episode, outcome=outcome, lines=lines, posterior=certainty, alternatives=alternatives)


def _claims(baskets: Mapping[Counts, float], scans: Mapping[str, int], claim: float) -> dict[str, int]:
    """For every product the most units beyond the scanned that are certain enough."""
    claims: dict[str, int] = {}
    for sku in {sku for basket in baskets for sku, _ in basket}:
        most = max(dict(basket).get(sku, 0) for basket in baskets)
        for units in range(scans.get(sku, 0) + 1, most + 1):
            if sum(w for basket, w in baskets.items() if dict(basket).get(sku, 0) >= units) >= claim:
                claims[sku] = units - scans.get(sku, 0)
    return claims


def _reasons(
    certainty: float, episodes: Sequence[Episode], best: Mapping[str, int], charged: Mapping[str, int]
) -> tuple[str, ...]:
    reasons = []
    if certainty < CERTAIN:
        reasons.append("uncertain basket")
    if any(episode.outcome is Outcome.UNKNOWN for episode in episodes):
        reasons.append("unknown goods")
    if any(charged.get(sku, 0) != best.get(sku, 0) for sku in {*charged, *best}):
        reasons.append("scans and shelves disagree")
    return tuple(reasons)
