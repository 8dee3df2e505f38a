"""`python -m benchmarks.soak`: many visits for some minutes; what grows meanwhile."""

import argparse
import asyncio
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes, runs
from benchmarks.load import all_visits, one_for_each_store
from benchmarks.processes import Usage
from benchmarks.shoppers import Visited
from benchmarks.stage import Stage

EVERY_S = 5.0
# The first part of a run fills caches and pools; what is compared are the second part and the last.
PARTS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    usage: dict[str, Usage]

    @property
    def rss_mb(self) -> float:
        return sum(each.rss_mb for each in self.usage.values())


def main() -> int:
    parser = runs.parser("benchmarks.soak", __doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--stores", type=int, default=8, help="and as many shoppers at once")
    parser.add_argument("--broker", choices=("auto", "mosquitto", "embedded"), default="auto")
    return runs.main(parser, _run)


def _run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    stage = Stage(folder, options.broker)
    try:
        stage.set_up(options.stores)
        authorizations = stage.sign_in_shoppers()
        runs.say(f"{options.minutes:g} minutes of visits")
        samples, visited, failed = asyncio.run(_shop(stage, authorizations, options.minutes * 60))
        stage.close_stores()
    finally:
        stage.strike()
    setting = {"broker": stage.broker, "stores": options.stores, "minutes": options.minutes}
    return {
        "figures": _figures(samples, visited) | {"soak_failed": float(len(failed))},
        "detail": {"rss_mb": _by_process(samples), "failed": failed},
        "setting": setting,
    }


async def _shop(
    stage: Stage, authorizations: list[str], seconds: float
) -> tuple[list[Sample], list[Visited], list[str]]:
    pids = stage.product()
    closing = asyncio.Event()
    samples: list[Sample] = []
    until = time.perf_counter() + seconds
    with one_for_each_store(stage, authorizations) as shoppers:
        async with asyncio.TaskGroup() as group:
            for shopper in shoppers:
                group.create_task(shopper.visit_until(closing.is_set))
            while time.perf_counter() < until:
                await asyncio.sleep(EVERY_S)
                samples.append(Sample(time.perf_counter(), processes.usage(pids)))
            closing.set()
    visited = sorted(all_visits(shoppers), key=lambda visit: visit.settled)
    return samples, visited, [why for shopper in shoppers for why in shopper.failed]


def _figures(samples: list[Sample], visited: list[Visited]) -> dict[str, float]:
    part = max(1, len(samples) // PARTS)
    early = statistics.median(sample.rss_mb for sample in samples[part : 2 * part])
    late = statistics.median(sample.rss_mb for sample in samples[-part:])
    return {
        "soak_visits": float(len(visited)),
        "soak_rss_mb": late,
        "soak_rss_growth": late / early - 1,
    }


def _by_process(samples: list[Sample]) -> dict[str, list[float]]:
    """One value a minute."""
    steps = max(1, round(60 / EVERY_S))
    return {
        name: [round(sample.usage[name].rss_mb, 1) for sample in samples[::steps] if name in sample.usage]
        for name in samples[0].usage
    }


if __name__ == "__main__":
    sys.exit(main())
