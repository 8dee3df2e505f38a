"""At night, with nobody inside: does what the plates weigh agree with the stock in the books?

Absolute weight drifts and is not trusted for episodes; over days it still finds a missing case of water.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from shop.sensing.assortment import Planogram
from shop.sensing.episodes import Key

# A plate's zero wanders by about so much between two services, in grams; its gain is known to so much.
ZERO_SD_G = 15.0
GAIN_SD = 0.01
# A difference is told when it is so many standard deviations and at least this share of the lightest unit.
SURE_SDS = 4.0
UNIT_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Difference:
    """Plates that share products weigh otherwise than the books say; grams, positive: more than booked."""

    plates: tuple[Key, ...]
    skus: tuple[str, ...]
    grams: float
    sd_g: float
    units: int | None  # for a single product: so many units more (less) than booked


def differences(
    levels: Mapping[Key, float],
    planogram: Planogram,
    catalogue: Mapping[str, tuple[float, float]],
    stock: Mapping[str, int],
) -> list[Difference]:
    """Levels are grams above the empty plate. Products whose plates are not all weighed are passed over."""
    found = []
    for plates, skus in _islands(planogram):
        if not all(plate in levels for plate in plates) or not all(sku in catalogue for sku in skus):
            continue
        booked = sum(stock.get(sku, 0) * catalogue[sku][0] for sku in skus)
        spread = sum(stock.get(sku, 0) * catalogue[sku][1] ** 2 for sku in skus)
        sd = sqrt(spread + len(plates) * ZERO_SD_G**2 + (GAIN_SD * booked) ** 2)
        off = sum(levels[plate] for plate in plates) - booked
        lightest = min(catalogue[sku][0] for sku in skus)
        if abs(off) > SURE_SDS * sd and abs(off) > UNIT_SHARE * lightest:
            units = round(off / lightest) if len(skus) == 1 else None
            found.append(Difference(plates, skus, off, sd, units))
    return found


def _islands(planogram: Planogram) -> list[tuple[tuple[Key, ...], tuple[str, ...]]]:
    """Sets of plates that are connected by products standing on several of them."""
    islands: list[tuple[set[Key], set[str]]] = []
    for sku, places in planogram.items():
        plates, skus = set(places), {sku}
        apart = []
        for other in islands:
            if other[0] & plates:
                plates |= other[0]
                skus |= other[1]
            else:
                apart.append(other)
        islands = [*apart, (plates, skus)] if plates else apart
    return sorted((tuple(sorted(plates)), tuple(sorted(skus))) for plates, skus in islands)
