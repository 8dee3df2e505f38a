"""`python -m benchmarks.unlock`: from the order in the database to the released bolt, over its floor.

The floor, measured before each unlock: a member is looked up, an access row committed, a command sent to a
process over the same kind of broker and its answer received. One shopper at a time.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import load, round_trip, runs
from benchmarks.figures import percentile
from benchmarks.shoppers import Shopper
from benchmarks.stage import Stage

MEMBERS = 1000
ROUNDS = 8  # of the floor before each unlock: the machine's speed changes within a run


def main() -> int:
    parser = runs.parser("benchmarks.unlock", __doc__)
    parser.add_argument("--stores", type=int, default=60, help="one shopper comes into each")
    parser.add_argument("--broker", choices=("auto", "mosquitto", "embedded"), default="auto")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    stage = Stage(folder, options.broker)
    floor: list[float] = []
    try:
        runs.say(f"{options.stores} stores open, shoppers sign in")
        stage.set_up(options.stores)
        shoppers = [
            Shopper(store, stage.port, authorization, stage.fleet, random.Random(number))
            for number, (store, authorization) in enumerate(
                zip(stage.stores, stage.sign_in_shoppers(), strict=True)
            )
        ]
        runs.say("unlocks")
        with _floor(folder, stage) as measured:
            asyncio.run(load.come_in_alone(shoppers, lambda: floor.extend(measured() for _ in range(ROUNDS))))
        releases, orders = stage.close_stores(), stage.export("unlocks")
    finally:
        stage.strike()
    took = [releases[order["id"]] - order["committed_ms"] for order in orders if order["id"] in releases]
    if len(took) < options.stores:
        raise RuntimeError(f"{len(took)} of {options.stores} doors opened")
    figures: dict[str, float] = {}
    for name, samples in (("unlock_floor", floor), ("unlock", took)):
        figures |= {f"{name}_p50_ms": percentile(samples, 0.50), f"{name}_p99_ms": percentile(samples, 0.99)}
    for share in ("p50", "p99"):
        figures[f"tap_overhead_{share}_ms"] = (
            figures[f"unlock_{share}_ms"] - figures[f"unlock_floor_{share}_ms"]
        )
    figures["unlock_of_floor"] = figures["unlock_p50_ms"] / figures["unlock_floor_p50_ms"]
    return {"figures": figures, "detail": {"unlocks_ms": [round(each, 2) for each in sorted(took)]}}


@contextmanager
def _floor(folder: Path, stage: Stage) -> Iterator[Callable[[], float]]:
    """Look-up and committed row, then the round trip."""
    with (
        closing(sqlite3.connect(folder / "floor.db", isolation_level=None, check_same_thread=False)) as db,
        round_trip.rounds_of(folder / "bare", stage.broker) as round_ms,
    ):
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("CREATE TABLE member (token TEXT PRIMARY KEY, active INTEGER)")
        db.execute("CREATE TABLE access (id INTEGER PRIMARY KEY, token TEXT, at REAL)")
        db.executemany("INSERT INTO member VALUES (?, 1)", [(f"token-{n}",) for n in range(MEMBERS)])
        yield lambda: _store_ms(db, f"token-{random.randrange(MEMBERS)}") + round_ms()


def _store_ms(db: sqlite3.Connection, token: str) -> float:
    began = time.perf_counter()
    db.execute("BEGIN IMMEDIATE")
    db.execute("SELECT active FROM member WHERE token = ?", (token,)).fetchone()
    db.execute("INSERT INTO access (token, at) VALUES (?, ?)", (token, time.time()))
    db.execute("COMMIT")
    took = (time.perf_counter() - began) * 1000
    time.sleep(round_trip.PAUSE_S)
    return took


if __name__ == "__main__":
    sys.exit(main())
