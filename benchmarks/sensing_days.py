"""`python -m benchmarks.sensing_days`: a store for hundreds of visits and a night: learning, stock, drift."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import runs
from benchmarks.sensing import seeds
from benchmarks.shelves import intervals, ours
from benchmarks.shelves.tally import Tally
from shop.sensing import Watch, fuse, replay
from simulators.physics.nights import night
from simulators.physics.scenarios import POOLED, SCENARIOS, refill
from simulators.physics.scene import Shop, opened, play
from simulators.physics.script import ENOUGH
from simulators.physics.store import WORLDS, World
from simulators.physics.truth import Scene

RESTOCK_EVERY = 10  # visits
HALVES = ("first_half", "second_half")
# figures by which learning shows, and those of the whole season
LEARNT = ("episode_exact", "item_f1", "item_f1_scans", "right_when_decided", "decided_share")


class Job(NamedTuple):
    seed: int
    world: World
    visits: int
    hours: float
    varied: bool


def main() -> int:
    parser = runs.parser("benchmarks.sensing_days", __doc__)
    parser.add_argument(
        "--seeds", type=seeds, default=range(1, 4), metavar="A:B", help="one store each; B is not used"
    )
    parser.add_argument("--world", choices=WORLDS, default="calibrated")
    parser.add_argument("--visits", type=int, default=200)
    parser.add_argument("--hours", type=float, default=24.0, help="of the night, in the first store only")
    parser.add_argument(
        "--vary", action="store_true", help="each physics constant by up to half, by the seed"
    )
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    del folder  # nothing is written
    first = options.seeds.start
    jobs = [
        Job(seed, options.world, options.visits, options.hours if seed == first else 0.0, options.vary)
        for seed in options.seeds
    ]
    with Pool(options.processes) as pool:
        seasons = list(pool.imap(_season, jobs))
    tallies = {half: [tally for season in seasons for tally in season[half]] for half in HALVES}
    by_half = {half: intervals.figures(each) for half, each in tallies.items()}
    figures = {f"{name}_{half}": by_half[half][name][0] for half in HALVES for name in LEARNT}
    figures["stock_exact"] = sum(season["stock_exact"] for season in seasons) / len(seasons)
    figures["restock_exact"] = sum(s["restocks_exact"] for s in seasons) / max(
        sum(s["restocks"] for s in seasons), 1
    )
    if options.hours:
        figures["night_false"] = seasons[0]["night_false"]
    return {
        "figures": {f"{name}.{options.world}": value for name, value in figures.items()},
        "detail": {
            "world": options.world, "seeds": [first, options.seeds.stop], "visits": options.visits,
            "night_hours": options.hours, "varied": options.vary, "halves": by_half,
            "stock_exact": [season["stock_exact"] for season in seasons],
        },
    }  # fmt: skip


def _season(job: Job) -> dict[str, Any]:
    rng = np.random.default_rng([job.seed, 365])
    shop = opened(job.world, rng, varied=job.varied)
    found: dict[str, Any] = {half: [] for half in HALVES}
    found["night_false"] = _night(shop, job.hours, rng) if job.hours else 0
    books, watch = (
        Counter(shop.stock),
        Watch(shop.store.planogram, shop.store.catalogue, stock=dict(shop.stock)),
    )
    truly: list[bool] = []
    for visit in range(job.visits):
        if visit % RESTOCK_EVERY == 0 and min(shop.stock.values()) < ENOUGH:
            filled = play("refill", refill, shop, job.seed, rng, fine=False)
            truly += _filled(watch, filled, books)
        made = play(*_act(rng), shop, job.seed, rng, fine=False)
        found[HALVES[2 * visit // job.visits]].append(_visited(watch, made, books))
    found |= {"restocks": len(truly), "restocks_exact": sum(truly)}
    found["stock_exact"] = sum(books[sku] == left for sku, left in shop.stock.items()) / len(shop.stock)
    return found


def _act(rng: np.random.Generator) -> tuple[str, Callable[..., None]]:
    name = str(rng.choice(POOLED))
    return name, SCENARIOS[name]


def _visited(watch: Watch, made: Scene, books: Counter[str]) -> Tally:
    """Judged by weight first; then the scans settle what they can, and the books follow them."""
    episodes = watch.replay(made.readings, doors=ours.doors(made))
    for mine, who in ours.by_visit(made, episodes):
        fused = fuse(mine, ours.listed(made.scans, who))
        books.subtract(fused.lines)
        for before, after in zip(mine, fused.episodes, strict=True):
            watch.decided_again(before, after)
    return ours.judge(made, episodes)


def _filled(watch: Watch, made: Scene, books: Counter[str]) -> list[bool]:
    """For each SKU that staff filled up: whether its units were counted right."""
    truly: Counter[str] = Counter()
    for move in made.moves:
        truly[move.sku] += move.count
    told: Counter[str] = Counter()
    for episode in watch.replay(made.readings, doors=[]):
        for sku, count in episode.lines:
            told[sku] += count
    books.update(told)
    return [told[sku] == count for sku, count in truly.items()]


def _night(shop: Shop, hours: float, rng: np.random.Generator) -> int:
    """Episodes on a shelf that nobody came near to."""
    readings = night(shop, min(shop.store.rows), hours, rng)
    store = shop.store
    return len(replay(readings, store.planogram, store.catalogue, stock=dict(shop.stock), doors=[]))


if __name__ == "__main__":
    sys.exit(main())
