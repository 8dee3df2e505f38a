"""Finds wrong weights in the catalogue: a lane of one product keeps changing by what no product weighs."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from shop.sensing.assortment import Assortment
from shop.sensing.episodes import Episode, Outcome
from shop.sensing.knowledge import Knowledge

# So many unknown changes within this share of their median are one product's true weight.
ENOUGH = 4
ALIKE = 0.03
# The last so many changes of a lane are kept.
KEPT = 12
# A learnt error is told from this share on, when it is so many of its own standard deviations.
TOLD = 0.03
SURE_SDS = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """The catalogue says one weight, the shelf another; grams of one unit."""

    sku: str
    catalogue_g: float
    measured_g: float
    picks: int


@dataclass(slots=True)
class Suspicions:
    """Unknown changes by the product in whose lane they happened; bounded by the number of products."""

    changes: dict[str, deque[float]] = field(default_factory=dict)

    def note(self, episode: Episode, goods: Assortment) -> None:
        if episode.outcome is not Outcome.UNKNOWN:
            return
        lanes: Mapping[str, frozenset[int]] = goods.lanes.get(episode.shelf, {})
        owners = [sku for sku, lane in lanes.items() if lane.intersection(episode.grams)]
        if len(owners) == 1:
            self.changes.setdefault(owners[0], deque(maxlen=KEPT)).append(abs(sum(episode.grams.values())))

    def findings(self, knowledge: Knowledge) -> list[Finding]:
        """Products whose catalogue weight should be looked at, by name."""
        found = []
        for sku, unit in knowledge.units.items():
            off = unit.error.mean
            if abs(off) > max(TOLD, SURE_SDS * unit.error.variance**0.5):
                found.append(Finding(sku, unit.catalogue_g, unit.mean_g, unit.error.picks))
        for sku, changes in self.changes.items():
            middle = median(changes)
            alike = sum(abs(grams - middle) <= ALIKE * middle for grams in changes)
            if alike >= ENOUGH and sku in knowledge.units:
                found.append(Finding(sku, knowledge.units[sku].catalogue_g, middle, alike))
        return sorted(found, key=lambda f: f.sku)
