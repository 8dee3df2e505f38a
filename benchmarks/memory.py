"""`python -m benchmarks.memory`: what `serve` holds after many settles, and what a thousand devices take."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks import bulk, postgres, processes, runs
from benchmarks.service import services
from benchmarks.settle import VILLAGE, settle
from benchmarks.stage import Stage
from shop.db import Database

AT_ONCE = 5_000
DEVICES_PER_STORE = 3


def main() -> int:
    parser = runs.parser("benchmarks.memory", __doc__)
    parser.add_argument("--settles", type=int, default=100_000)
    parser.add_argument(
        "--stores", type=int, default=334, help="with three devices each; compared with 4 stores"
    )
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    runs.say(f"{options.settles} settles")
    path = serve_rss_mb(folder / "serve", options.settles)
    runs.say(f"{options.stores * DEVICES_PER_STORE} devices")
    few, many = (_hub_rss_mb(folder / f"stores-{stores}", stores) for stores in (4, options.stores))
    more = (options.stores - 4) * DEVICES_PER_STORE / 1000
    figures = {
        "worker_rss_mb": path[-1],
        "rss_mb_per_1000_devices": (sum(many.values()) - sum(few.values())) / more,
    }
    return {"figures": figures, "detail": {"serve_rss_mb": path, "few_devices": few, "many_devices": many}}


def serve_rss_mb(folder: Path, settles: int) -> list[float]:
    """Before the first settle and after each of several equal parts of them."""
    with postgres.server() as first:
        url = postgres.database(first, "shop")
        with services(folder, url) as shop:
            database = Database(url)
            with database.engine.connect() as on:
                bulk.build(on, VILLAGE)
            shop.start()
            found = [_rss_mb(shop.pids)]
            for start in range(1, settles + 1, AT_ONCE):
                count = min(AT_ONCE, settles - start + 1)
                with database.engine.connect() as on:
                    shoppers = bulk.let_in(on, VILLAGE, start, count, filled=True)
                settle(shop, shoppers, None)
                found.append(_rss_mb(shop.pids))
            database.close()
    return found


def _hub_rss_mb(folder: Path, stores: int) -> dict[str, float]:
    """Broker and gateway with every device of so many stores connected."""
    folder.mkdir()
    stage = Stage(folder, "auto")
    try:
        stage.set_up(stores)
        used = processes.usage(stage.product())
        return {name: each.rss_mb for name, each in used.items() if name.startswith(("broker", "gateway"))}
    finally:
        stage.strike()


def _rss_mb(pids: dict[str, int]) -> float:
    return round(max(each.rss_mb for each in processes.usage(pids).values()), 1)


if __name__ == "__main__":
    sys.exit(main())
