"""Our detector on a scene: called from outside only, judged with and without scans."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from benchmarks.shelves import tally
from benchmarks.shelves.matching import Episode
from benchmarks.shelves.tally import Tally
from shop.sensing import Episode as Told
from shop.sensing import fuse, replay
from shop.sensing.visits import Visit as Shared
from shop.sensing.visits import share
from simulators.physics.truth import Scan, Scene

E = TypeVar("E", bound=Episode)
AROUND_S = (1.0, 3.0)  # an episode belongs to a visit that it begins in, or so little before or after


def judged(scene: Scene) -> Tally:
    """A store that knows nothing yet but its catalogue, planogram and stock."""
    store = scene.store
    told = replay(scene.readings, store.planogram, store.catalogue, stock=scene.stock, doors=doors(scene))
    return judge(scene, told)


def judge(scene: Scene, episodes: Sequence[Told]) -> Tally:
    found = tally.of_episodes(scene, episodes)
    for mine, who in by_visit(scene, episodes):
        taken, forgetful = tally.basket(scene, who), listed(scene.forgetful_scans, who)
        fused = fuse(mine, listed(scene.scans, who))
        tally.add_basket(found, taken, fuse(mine, {}).lines)
        tally.add_basket(found, taken, fused.lines, "_scans")
        found.counts["persons"] += fused.review
        tally.add_forgotten(found, taken, forgetful, fuse(mine, forgetful).unscanned)
    found.counts["overcharged"] = _overcharged(scene, episodes)
    return found


def _overcharged(scene: Scene, episodes: Sequence[Told]) -> int:
    """Shoppers who would pay, with nobody looking, for more than they took and scanned."""
    visits = {
        visit.shopper: Shared(visit.enters, visit.leaves, _own(scene, visit.shopper))
        for visit in scene.visits
    }
    wrong = 0
    for shopper, bill in share(episodes, visits).baskets.items():
        taken, scanned = scene.basket(shopper), listed(scene.scans, {shopper})
        due = {sku: max(taken.get(sku, 0), scanned.get(sku, 0)) for sku in bill.charged}
        wrong += not bill.review and any(count > due[sku] for sku, count in bill.charged.items())
    return wrong


def _own(scene: Scene, shopper: str) -> list[tuple[float, str, int]]:
    return [(scan.at, scan.sku, scan.count) for scan in scene.scans if scan.shopper == shopper]


def by_visit(scene: Scene, episodes: Sequence[E]) -> list[tuple[list[E], set[str]]]:
    """The episodes of each visit, or of several that overlap, with the shoppers."""
    before, after = AROUND_S
    return [
        ([each for each in episodes if enters - before <= each.t0 <= leaves + after], who)
        for who, enters, leaves in tally.groups(scene)
    ]


def doors(scene: Scene) -> list[tuple[float, int]]:
    moved = [(visit.enters, 1) for visit in scene.visits] + [(visit.leaves, -1) for visit in scene.visits]
    return sorted(moved)


def listed(scans: Sequence[Scan], who: set[str]) -> dict[str, int]:
    """Units of each SKU on the shoppers' lists when they leave."""
    total: Counter[str] = Counter()
    for scan in scans:
        if scan.shopper in who:
            total[scan.sku] += scan.count
    return {sku: count for sku, count in total.items() if count > 0}


def believed(episodes: Sequence[Episode]) -> dict[str, int]:
    """What the episodes of a visit say has left the shelves, each taken at its word."""
    total: Counter[str] = Counter()
    for episode in episodes:
        for sku, count in episode.lines:
            total[sku] -= count
    return {sku: count for sku, count in total.items() if count > 0}
