"""`python -m benchmarks.growth`: what a visit costs as shops, goods and history grow.

A visit here is what a shopper asks of `serve` once she is inside a store without plates: three scans, the
order, leaving. She comes in waves, for a village shop has few people inside however many it had before.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import bulk, postgres, runs
from benchmarks.bulk import Village
from benchmarks.service import Services, services
from benchmarks.settle import Round, settle
from shop.db import Database

GOODS, STORES = 99, 10
FEW_VISITS = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    village: Village
    history: int  # visits settled before


def main() -> int:
    parser = runs.parser("benchmarks.growth", __doc__)
    parser.add_argument("--shops", type=int, default=10_000)
    parser.add_argument("--products", type=int, default=9_999)
    parser.add_argument("--history", type=int, default=1_000_000, help="visits stored before")
    parser.add_argument("--waves", type=int, default=8, help="of so many shoppers at once as --wave says")
    parser.add_argument("--wave", type=int, default=32)
    parser.add_argument(
        "--rounds", type=int, default=5, help="small and large in turn; the median of their ratios is given"
    )
    parser.add_argument("--of", choices=("shops", "products", "history"), help="one of the three alone")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    few = min(FEW_VISITS, options.history)
    comparisons = {
        "visit_cost_shops": (Size(Village(1, GOODS), few), Size(Village(options.shops, GOODS), few)),
        "visit_cost_products": (
            Size(Village(STORES, GOODS), few),
            Size(Village(STORES, options.products), few),
        ),
        "visit_cost_history": (
            Size(Village(STORES, GOODS), few),
            Size(Village(STORES, GOODS), options.history),
        ),
    }
    if options.of:
        comparisons = {name: sizes for name, sizes in comparisons.items() if name.endswith(options.of)}
    figures, detail = {}, {}
    for name, sizes in comparisons.items():
        runs.say(name)
        rounds = compare(sizes, options, folder / name)
        # of pairs, for the machine is faster in one minute than in the next
        figures[name] = statistics.median(
            _cpu_ms(large) / _cpu_ms(small) for small, large in zip(*rounds, strict=True)
        )
        detail[name] = {"small": runs.plain(rounds[0]), "large": runs.plain(rounds[1])}
    return {"figures": figures, "detail": detail}


def compare(
    sizes: tuple[Size, Size], options: argparse.Namespace, folder: Path
) -> tuple[list[Round], list[Round]]:
    """Rounds of the small and the large one, in turn, on one server."""
    folder.mkdir()
    found: tuple[list[Round], list[Round]] = ([], [])
    with ExitStack() as stack:
        first = stack.enter_context(postgres.server())
        server = postgres.pid(first)
        crowds = []
        for name, size in zip(("small", "large"), sizes, strict=True):
            url = postgres.database(first, name)
            shop = stack.enter_context(services(folder / name, url))
            crowds.append(_Crowd(shop, url, size, options, server))
        for crowd in crowds:
            crowd.round()  # warm
        for _ in range(options.rounds):
            for crowd, rounds in zip(crowds, found, strict=True):
                rounds.append(crowd.round())
    return found


class _Crowd:
    """Comes in waves to one shop, whose database was filled before."""

    def __init__(
        self, shop: Services, url: str, size: Size, options: argparse.Namespace, server: int
    ) -> None:
        self._shop, self._url, self._size, self._options, self._server = shop, url, size, options, server
        self._next = 1
        database = Database(url, patient=True)
        with database.engine.connect() as on:
            on.execute(text("SET synchronous_commit = off"))
            on.execute(
                text("SET session_replication_role = replica")
            )  # no foreign keys are checked meanwhile
            bulk.build(on, size.village)
            bulk.remember(on, size.village, size.history)
        database.close()
        postgres.settle_down(url)
        shop.start()

    def round(self) -> Round:
        database = Database(self._url)
        waves = []
        for _ in range(self._options.waves):
            with database.engine.connect() as on:
                wave = bulk.let_in(on, self._size.village, self._next, self._options.wave, filled=False)
            self._next += self._options.wave
            waves.append(settle(self._shop, wave, self._server))
        database.close()
        return Round(*(statistics.mean(values) for values in zip(*map(_values, waves), strict=True)))


def _values(each: Round) -> list[float]:
    return [getattr(each, name) for name in Round.__slots__]


def _cpu_ms(each: Round) -> float:
    return each.serve_cpu_ms + each.database_cpu_ms


if __name__ == "__main__":
    sys.exit(main())
