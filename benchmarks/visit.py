"""`python -m benchmarks.visit`: whole visits over many stores, each figure beside its target."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from benchmarks import books, cold_start, load, processes, report, round_trip, runs
from benchmarks.load import Measured
from benchmarks.stage import Stage

ROUND_TRIPS = 500
CEILING_S = 3.0


def main() -> int:
    parser = runs.parser("benchmarks.visit", __doc__)
    parser.add_argument("--stores", type=int, default=64, help="and as many shoppers at once")
    parser.add_argument("--seconds", type=float, default=25.0, help="length of the measured window")
    parser.add_argument("--visits", type=int, help="measure until so many are settled, instead of --seconds")
    parser.add_argument("--broker", choices=("auto", "mosquitto", "embedded"), default="auto")
    parser.add_argument("--cold-starts", type=int, default=3, help="0 leaves that figure out")
    return runs.main(parser, _run)


def _run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    stage = Stage(folder, options.broker)
    settings = stage.settings()
    runs.say(f"{options.cold_starts} cold starts")
    cold = [cold_start.once(folder / f"cold-{n}", settings) for n in range(options.cold_starts)]
    runs.say("bare broker")
    bare = round_trip.measure(folder / "bare", stage.broker, ROUND_TRIPS)
    try:
        runs.say(f"{options.stores} stores open, shoppers sign in")
        stage.set_up(options.stores)
        authorizations = stage.sign_in_shoppers()
        runs.say("visits")
        measuring = load.measure(stage, authorizations, seconds=options.seconds, visits=options.visits)
        measured = asyncio.run(measuring)
        usage = processes.usage(stage.product())
        releases = stage.close_stores()
        orders = stage.export("unlocks")
        _must_agree(stage, measured)
    finally:
        stage.strike()
    runs.say("raw database")
    ceiling = books.visits_per_s_without_product(stage.database, measured.together[-1].id, CEILING_S)
    return report.build(
        measured, usage=usage, orders=orders, releases=releases, bare=bare, cold=cold, ceiling=ceiling
    ) | {"setting": {"broker": stage.broker, "stores": options.stores, "database": "sqlite"}}


def _must_agree(stage: Stage, measured: Measured) -> None:
    """Fast and wrong is not fast: what shoppers paid, what we booked and what Stripe captured are one sum."""
    booked = sum(row["cents"] for row in stage.export("ledger") if row["account"] == "card")
    if not booked == measured.cents == stage.captured_cents():
        raise RuntimeError(f"paid {measured.cents}, booked {booked}, captured {stage.captured_cents()} cents")


if __name__ == "__main__":
    sys.exit(main())
