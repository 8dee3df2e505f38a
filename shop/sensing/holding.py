"""What a visit may have in hands: for every product the probability of each number of units."""

from collections.abc import Iterable, Mapping

from shop.sensing.episodes import Episode

Held = Mapping[str, Mapping[int, float]]  # SKU -> units -> probability

# A number of units less probable than this cannot come back.
POSSIBLE = 0.01
# A plate feels this share of its neighbour's change (seen: 0.8 to 1.5 %).
CROSS_TALK = 0.011


def held_after(held: Held, episodes: Iterable[Episode]) -> dict[str, dict[int, float]]:
    """What is in hands after these episodes, each as likely one thing or another as it was judged."""
    after = {sku: dict(units) for sku, units in held.items()}
    for episode in episodes:
        for sku, change in _changes(episode).items():
            after[sku] = _added(after.get(sku, {0: 1.0}), change)
    return after


def can_return(held: Held, sku: str) -> list[float]:
    """Probabilities that at least one, two, ... units are in hands, as long as that is possible."""
    units = held.get(sku, {})
    chances: list[float] = []
    while (chance := sum(p for n, p in units.items() if n > len(chances))) >= POSSIBLE:
        chances.append(chance)
    return chances


def measured(episodes: Iterable[Episode]) -> dict[str, float]:
    """Grams of one unit of each product, as weighed when it may have been taken alone."""
    weighed: dict[str, float] = {}
    for episode in episodes:
        grams = sum(without_cross_talk(episode.grams).values())
        for lines, posterior in episode.hypotheses:
            if len(lines) == 1 and posterior >= POSSIBLE and grams * lines[0][1] > 0 > lines[0][1]:
                weighed[lines[0][0]] = grams / lines[0][1]
    return weighed


def without_cross_talk(grams: Mapping[int, float]) -> dict[int, float]:
    """Changes by plate without what each felt of its neighbours."""
    return {
        plate: own - CROSS_TALK * (grams.get(plate - 1, 0.0) + grams.get(plate + 1, 0.0))
        for plate, own in grams.items()
    }


def _changes(episode: Episode) -> dict[str, dict[int, float]]:
    """For every product named: the probability of each number of units that left."""
    found: dict[str, dict[int, float]] = {}
    for lines, posterior in episode.hypotheses:
        for sku, count in lines:
            units = found.setdefault(sku, {})
            units[-count] = units.get(-count, 0.0) + posterior
    for units in found.values():
        units[0] = units.get(0, 0.0) + max(0.0, 1 - sum(units.values()))
    return found


def _added(units: Mapping[int, float], change: Mapping[int, float]) -> dict[int, float]:
    total: dict[int, float] = {}
    for n, p in units.items():
        for more, q in change.items():
            after = max(0, n + more)
            total[after] = total.get(after, 0.0) + p * q
    return {n: p for n, p in total.items() if p > POSSIBLE / 100}
