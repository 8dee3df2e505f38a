"""What is counted in one scene, and the figures that sums of such counts give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.shelves.matching import Episode, match
from simulators.physics.truth import Scene

Basket = Mapping[str, int]

# figure: what is counted over what; `per 100` figures are scaled in `SCALE`
RATIOS: dict[str, tuple[str, str]] = {
    "event_recall": ("recalled", "moves"),
    "episode_exact": ("exact", "moves"),
    "decided_share": ("decided", "moves"),
    "right_when_decided": ("decided_right", "decided"),
    "false_claims_per_100": ("false_claims", "visits"),
    "false_decided_per_100": ("false_decided", "visits"),
    "wrong_decided_per_100": ("wrong_decided", "visits"),
    "item_f1": ("twice_hit", "claimed_and_taken"),
    "basket_exact": ("basket_exact", "visits"),
    "item_f1_scans": ("twice_hit_scans", "claimed_and_taken_scans"),
    "basket_exact_scans": ("basket_exact_scans", "visits"),
    "forgotten_found": ("forgotten_found", "forgotten"),
    "falsely_flagged": ("falsely_flagged", "visits_forgetful"),
    "person_share": ("persons", "visits"),
    "overcharged_per_100": ("overcharged", "visits"),
}
SCALE = {name: 100.0 for name in RATIOS if name.endswith("_per_100")}


@dataclass(slots=True)
class Tally:
    """Counts of one scene, the delays in s, and (posterior, right) of each claim."""

    scenario: str
    counts: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    claims: list[tuple[float, bool]] = field(default_factory=list)


def of_episodes(scene: Scene, episodes: Sequence[Episode]) -> Tally:
    """Recall, exactness, decisions, false claims; visits of the scene are one when they overlap."""
    tally = Tally(scene.name)
    counts = tally.counts
    counts["moves"] = len(scene.moves)
    counts["visits"] = max(len(groups(scene)), 1)
    for found in match(scene, episodes):
        episode, weight = found.episode, len(found.moves)
        decided = episode.outcome == "decided"
        if episode.lines:
            tally.claims.append((episode.posterior, found.right))
        if not found.moves:
            counts["false_claims"] += bool(episode.lines)
            counts["false_decided"] += decided and bool(episode.lines)
            continue
        counts["recalled"] += weight * (episode.outcome != "touch")
        counts["exact"] += weight * found.right
        counts["decided"] += weight * decided
        counts["decided_right"] += weight * (decided and found.right)
        counts["wrong_decided"] += decided and not found.right
        tally.delays += [episode.at - move.at for move in found.moves if episode.lines]
    return tally


def add_basket(tally: Tally, taken: Basket, claimed: Basket, suffix: str = "") -> None:
    """Units by SKU of one visit; F1 counts units, twice the hits over all claimed and all taken."""
    hits = sum(min(count, claimed.get(sku, 0)) for sku, count in taken.items())
    tally.counts["twice_hit" + suffix] += 2 * hits
    tally.counts["claimed_and_taken" + suffix] += sum(taken.values()) + sum(claimed.values())
    tally.counts["taken"] += sum(taken.values())
    tally.counts["basket_exact" + suffix] += dict(taken) == {sku: n for sku, n in claimed.items() if n}


def add_forgotten(tally: Tally, taken: Basket, scanned: Basket, unscanned: Basket) -> None:
    """Lines taken but not scanned: found, or claimed where there are none."""
    truly = {sku: n - scanned.get(sku, 0) for sku, n in taken.items() if n > scanned.get(sku, 0)}
    tally.counts["forgotten"] += len(truly)
    tally.counts["forgotten_found"] += sum(1 for sku in truly if unscanned.get(sku, 0) > 0)
    tally.counts["visits_forgetful"] += 1
    tally.counts["falsely_flagged"] += any(n > truly.get(sku, 0) for sku, n in unscanned.items())


def groups(scene: Scene) -> list[tuple[set[str], float, float]]:
    """Shoppers whose visits overlap, with the time from the first in to the last out."""
    found: list[tuple[set[str], float, float]] = []
    for visit in sorted(scene.visits, key=lambda visit: visit.enters):
        if found and visit.enters < found[-1][2]:
            who, enters, leaves = found[-1]
            found[-1] = (who | {visit.shopper}, enters, max(leaves, visit.leaves))
        else:
            found.append(({visit.shopper}, visit.enters, visit.leaves))
    return found


def basket(scene: Scene, who: set[str]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for shopper in who:
        total.update(scene.basket(shopper))
    return {sku: count for sku, count in total.items() if count}
