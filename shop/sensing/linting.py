"""Warns of planograms that weight cannot tell apart, and of weights that cannot be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import isfinite, sqrt

from shop.sensing.assortment import Planogram
from shop.sensing.episodes import Key

# Two units are told apart when they differ by so many standard deviations (shelf-sensing 5).
APART_SDS = 3.0
# Relative gain error of a calibrated plate; a store may give its own, learnt one.
GAIN_SD = 0.004
# A unit lighter than this is lost in a detector's threshold, in grams.
LIGHTEST_G = 12.0


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is wrong, about which products; `apart_g` and `needed_g` where two weigh too much alike."""

    kind: str  # alike, too_light, no_weight, no_place
    skus: tuple[str, ...]
    apart_g: float = 0.0
    needed_g: float = 0.0


def lint(
    planogram: Planogram, catalogue: Mapping[str, tuple[float, float]], *, gain_sd: float = GAIN_SD
) -> list[Weakness]:
    """Weaknesses of single products, then pairs on touching plates, the closest weights first."""
    places = {sku: set(plates) for sku, plates in planogram.items()}
    weighed = {sku: catalogue[sku] for sku in places if sku in catalogue and _sound(*catalogue[sku])}
    found = [Weakness("no_weight", (sku,)) for sku in sorted(places) if sku not in weighed]
    found += [Weakness("no_place", (sku,)) for sku in sorted(catalogue) if not places.get(sku)]
    found += [
        Weakness("too_light", (sku,)) for sku, (mean, _) in sorted(weighed.items()) if mean < LIGHTEST_G
    ]
    alike = []
    for one, other in combinations(sorted(weighed), 2):
        if _touch(places[one], places[other]):
            (mean, sd), (other_mean, other_sd) = weighed[one], weighed[other]
            apart = abs(mean - other_mean)
            needed = APART_SDS * sqrt(sd**2 + other_sd**2 + (gain_sd * mean) ** 2)
            if apart < needed:
                alike.append(Weakness("alike", (one, other), apart, needed))
    return found + sorted(alike, key=lambda w: w.apart_g - w.needed_g)


def _sound(mean: float, sd: float) -> bool:
    return isfinite(mean) and mean > 0 and isfinite(sd) and sd >= 0


def _touch(one: set[Key], other: set[Key]) -> bool:
    return any(s == t and abs(p - q) <= 1 for s, p in one for t, q in other)
