"""Is this store calibrated? Both answers are carried along; certain picks say which one was surprised."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np

from shop.sensing.assortment import Assortment
from shop.sensing.episodes import Key, Lines, Move
from shop.sensing.hypotheses import Bounds, Hypothesis, explain
from shop.sensing.knowledge import CALIBRATED, ROUGH, Knowledge

# Of stores that nobody has seen yet, so many are calibrated; the design asks for it at commissioning.
EXPECTED = ((0.7, CALIBRATED), (0.3, ROUGH))
# A belief this much less probable than the best is not asked any more, as a logarithm.
GIVEN_UP = -7.0


@dataclass(slots=True)
class Belief:
    weight: float  # log probability
    knowledge: Knowledge


class Beliefs:
    """Two sets of knowledge about one store, weighed against each other."""

    def __init__(self, catalogue: Mapping[str, tuple[float, float]]) -> None:
        self.all = [Belief(log(share), Knowledge(catalogue, spreads)) for share, spreads in EXPECTED]

    @property
    def best(self) -> Knowledge:
        return max(self.all, key=lambda belief: belief.weight).knowledge

    def explain(self, move: Move, goods: Assortment, bounds: Bounds) -> list[Hypothesis]:
        """Hypotheses of both, each with the evidence of both, best first."""
        found: dict[tuple[str, Lines], Hypothesis] = {}
        for belief in self.all:
            for h in explain(move, goods, belief.knowledge, bounds):
                h = replace(h, log_evidence=h.log_evidence + belief.weight)
                other = found.get((h.kind, h.lines), h)
                if other is not h:
                    better = max(h, other, key=lambda x: x.log_evidence)
                    h = replace(better, log_evidence=float(np.logaddexp(h.log_evidence, other.log_evidence)))
                found[h.kind, h.lines] = h
        return sorted(found.values(), key=lambda h: (-h.log_evidence, h.lines))

    def learn(self, sku: str, count: int, grams: Mapping[Key, float], noise_var: float) -> None:
        for belief in self.all:
            belief.weight += belief.knowledge.learn(sku, count, grams, noise_var)
        total = float(np.logaddexp.reduce([belief.weight for belief in self.all]))
        for belief in self.all:
            belief.weight = max(belief.weight - total, GIVEN_UP)
