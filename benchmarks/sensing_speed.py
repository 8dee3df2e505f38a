"""`python -m benchmarks.sensing_speed`: how many shelves one core watches, and what a week leaves behind."""

import argparse
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import runs
from benchmarks.shelves import ours
from shop.sensing import Watch
from simulators.physics.nights import night
from simulators.physics.scenarios import SCENARIOS, refill
from simulators.physics.scene import Shop, opened, play
from simulators.physics.script import ENOUGH
from simulators.physics.truth import Scene

PLATES = 60
DAYS = 7
QUIET_H = 0.25


def main() -> int:
    parser = runs.parser("benchmarks.sensing_speed", __doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sps", type=int, choices=(10, 20, 40, 80), default=10, help="readings a second")
    parser.add_argument("--visits", type=int, default=20, help="ordinary ones, each on all 60 plates")
    parser.add_argument("--visits-a-day", type=int, default=20, help="of the week")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    del folder  # nothing is written
    rng = np.random.default_rng([options.seed, 60])
    shop = opened("calibrated", rng, varied=False)
    scenes = [_ordinary(shop, rng, options.sps) for _ in range(options.visits)]
    busy = sum(_seconds(made) for made in scenes) / _cpu_s(shop, scenes)
    still = {plate: stream for shelf in shop.store.rows for plate, stream in
             night(shop, shelf, QUIET_H, rng, sps=options.sps).items()}  # fmt: skip
    began = time.process_time()
    _watch(shop).replay(still, doors=[])
    quiet = QUIET_H * 3600 / (time.process_time() - began)
    runs.say("a week")
    kept = _week(shop, options.visits_a_day, rng)
    return {
        "figures": {
            "real_time_busy": busy,
            "real_time_quiet": quiet,
            "week_memory_growth_kb": (kept[-1] - kept[1]) / 1024,
        },
        "detail": {"plates": PLATES, "sps": options.sps, "kept_kb": [round(each / 1024) for each in kept]},
    }


def _week(shop: Shop, visits: int, rng: np.random.Generator) -> list[int]:
    """Bytes of the watch, written down, after each day: visits on all plates, then stillness."""
    watch, kept = _watch(shop), []
    for _ in range(DAYS):
        for _ in range(visits):
            made = _ordinary(shop, rng, 10)
            watch.replay(made.readings, doors=ours.doors(made))
        watch.replay(night(shop, "s1", QUIET_H, rng), doors=[])
        kept.append(len(pickle.dumps(watch)))
    return kept


def _ordinary(shop: Shop, rng: np.random.Generator, sps: int) -> Scene:
    if min(shop.stock.values()) < ENOUGH:
        play("refill", refill, shop, 0, rng, fine=False)
    return play("ordinary", SCENARIOS["ordinary"], shop, 0, rng, sps=sps, fine=False)


def _cpu_s(shop: Shop, scenes: list[Scene]) -> float:
    watch = _watch(shop)
    began = time.process_time()
    for made in scenes:
        watch.replay(made.readings, doors=ours.doors(made))
    return time.process_time() - began


def _watch(shop: Shop) -> Watch:
    return Watch(shop.store.planogram, shop.store.catalogue)


def _seconds(made: Scene) -> float:
    return float(max(seconds.max() for seconds, _ in made.readings.values()))


if __name__ == "__main__":
    sys.exit(main())
