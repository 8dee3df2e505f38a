"""`python -m benchmarks.settle`: how many visits one `serve` settles beside what the bare database could do.

A settle is one HTTP POST that ends an ordered visit of three kinds of goods in a store without plates and
books it: sale, VAT, receivable, stock, receipt, and the job to capture; signed in, with an Idempotency-Key.
"""

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import bulk, crowd, postgres, processes, raw_sqlite, runs
from benchmarks.bulk import Village
from benchmarks.crowd import Served
from benchmarks.figures import percentile
from benchmarks.processes import Usage
from benchmarks.service import Services, services
from shop.db import Database

CONNECTIONS = 32
VILLAGE = Village(stores=10, products=300)  # as the ceiling has them
WARM_UP = 300


@dataclass(frozen=True, slots=True)
class Round:
    settles_per_s: float
    p50_ms: float
    p99_ms: float
    serve_cpu_ms: float  # for each settle
    database_cpu_ms: float
    crowd_cpu_ms: float


def main() -> int:
    parser = runs.parser("benchmarks.settle", __doc__)
    parser.add_argument("--visits", type=int, default=1000, help="settled in each round")
    parser.add_argument(
        "--rounds", type=int, default=9, help="of ceiling and product in turn; medians are given"
    )
    parser.add_argument("--seconds", type=int, default=2, help="of the ceiling in each round")
    parser.add_argument("--database", choices=("postgresql", "sqlite", "both"), default="both")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    figures: dict[str, float] = {}
    detail: dict[str, Any] = {}
    for name, measure in (("postgresql", on_postgresql), ("sqlite", on_sqlite)):
        if options.database in (name, "both"):
            found, detail[name] = measure(options, folder)
            figures |= found
    return {"figures": figures, "detail": detail}


def on_postgresql(options: argparse.Namespace, folder: Path) -> tuple[dict[str, float], Any]:
    with postgres.server() as first:
        bare = postgres.prepare_ceiling(first, VILLAGE.stores)
        url, server = postgres.database(first, "shop"), postgres.pid(first)
        ceilings, rounds = [], []
        with services(folder / "postgresql", url) as shop:
            shoppers = _set_up(url, options)
            postgres.settle_down(url)
            shop.start()
            settle(shop, shoppers.pop(), server)
            for several in shoppers:
                seconds = options.seconds
                ceilings.append(
                    postgres.ceiling(bare, folder, shops=VILLAGE.stores, clients=CONNECTIONS, seconds=seconds)
                )
                rounds.append(settle(shop, several, server))
    settles, cpu = median(rounds, "settles_per_s"), median(rounds, "serve_cpu_ms", "database_cpu_ms")
    ceiling = statistics.median(each.visits_per_s for each in ceilings)
    p99 = statistics.median(each.p99_ms for each in ceilings)
    figures = {
        "settles_per_s": settles,
        "settle_ceiling_per_s": ceiling,
        "settles_of_pgbench_chatty": statistics.median(
            ours.settles_per_s / bare.visits_per_s for ours, bare in zip(rounds, ceilings, strict=True)
        ),
        "settle_cpu_ms": cpu,
        "settle_cpu_of_pgbench": statistics.median(
            (ours.serve_cpu_ms + ours.database_cpu_ms) / bare.cpu_ms
            for ours, bare in zip(rounds, ceilings, strict=True)
        ),
        "settle_p99_ms": median(rounds, "p99_ms"),
        "settle_ceiling_p99_ms": p99,
        "settle_p99_of_pgbench": statistics.median(
            ours.p99_ms / bare.p99_ms for ours, bare in zip(rounds, ceilings, strict=True)
        ),
    }
    return figures, {"rounds": runs.plain(rounds), "ceilings": runs.plain(ceilings)}


def on_sqlite(options: argparse.Namespace, folder: Path) -> tuple[dict[str, float], Any]:
    home = folder / "sqlite"
    url = f"sqlite:///{home / 'shop.db'}"
    ceilings, rounds = [], []
    with services(home, url) as shop:
        shoppers = _set_up(url, options)
        shop.start()
        settle(shop, shoppers.pop(), None)
        for several in shoppers:
            ceilings.append(raw_sqlite.visits_per_s(home, options.seconds))
            rounds.append(settle(shop, several, None))
    return {
        "sqlite_settles_per_s": median(rounds, "settles_per_s"),
        "sqlite_ceiling_per_s": statistics.median(ceilings),
        "sqlite_settles_of_raw": statistics.median(
            ours.settles_per_s / bare for ours, bare in zip(rounds, ceilings, strict=True)
        ),
        "sqlite_settle_cpu_ms": median(rounds, "serve_cpu_ms"),
        "sqlite_settle_p99_ms": median(rounds, "p99_ms"),
    }, {"rounds": runs.plain(rounds), "ceilings": ceilings}


def _set_up(url: str, options: argparse.Namespace) -> list[list[crowd.Calls]]:
    """Shoppers of each round, those of the warm-up last."""
    shop = Database(url)
    with shop.engine.connect() as connection:
        bulk.build(connection, VILLAGE)
        firsts = range(1, options.rounds * options.visits, options.visits)
        rounds = [bulk.let_in(connection, VILLAGE, first, options.visits, filled=True) for first in firsts]
        warm_up = bulk.let_in(connection, VILLAGE, 1_000_000, WARM_UP, filled=True)
    shop.close()
    return [*rounds, warm_up]


def settle(shop: Services, shoppers: list[crowd.Calls], server: int | None) -> Round:
    """RuntimeError unless everybody was served."""
    served, before, after = crowd.serve(
        shop.ports, shoppers, connections=CONNECTIONS, read=lambda: _usage(shop, server)
    )
    must_be_whole(served, len(shoppers))
    return as_round(served, before, after)


def must_be_whole(served: Served, wanted: int) -> None:
    if len(served.took_ms) != wanted:
        raise RuntimeError(f"{wanted - len(served.took_ms)} of {wanted} were not served: {served.failed}")


def as_round(served: Served, before: dict[str, Usage], after: dict[str, Usage]) -> Round:
    count = len(served.took_ms)
    began = {name: used.cpu_ms for name, used in before.items()}
    cpu = {name: used.cpu_ms - began.get(name, 0.0) for name, used in after.items()}
    ours = sum(ms for name, ms in cpu.items() if name.startswith("serve"))
    return Round(
        settles_per_s=round(count / served.seconds, 1),
        p50_ms=round(percentile(served.took_ms, 0.50), 2),
        p99_ms=round(percentile(served.took_ms, 0.99), 2),
        serve_cpu_ms=round(ours / count, 3),
        database_cpu_ms=round((sum(cpu.values()) - ours) / count, 3),
        crowd_cpu_ms=round(served.cpu_ms / count, 3),
    )


def _usage(shop: Services, server: int | None) -> dict[str, Usage]:
    pids = shop.pids | (processes.with_children("postgres", server) if server else {})
    return processes.usage(pids)


def median(rounds: list[Round], *names: str) -> float:
    """Of the sum of these fields."""
    return float(statistics.median(sum(getattr(each, name) for name in names) for each in rounds))


if __name__ == "__main__":
    sys.exit(main())
