"""`python -m benchmarks.replicas`: two `serve` on one database, and a shop that is locked for long."""

import argparse
import http.client
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import bulk, postgres, runs
from benchmarks.bulk import Village
from benchmarks.crowd import Calls
from benchmarks.service import Services, services
from benchmarks.settle import median, settle
from shop.db import Database

VILLAGE = Village(stores=10, products=300)
SLOW = Village(stores=1, products=300)  # the same goods; shoppers there are all in the first store
SLOW_SHOPPERS = 4  # as many as a store lets in
LOCKED_S = 5.0
WARM_UP = 300


def main() -> int:
    parser = runs.parser("benchmarks.replicas", __doc__)
    parser.add_argument("--visits", type=int, default=1500, help="settled in each round")
    parser.add_argument("--rounds", type=int, default=3)
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with postgres.server() as first:
        url, server = postgres.database(first, "shop"), postgres.pid(first)
        with services(folder / "one", url) as one, services(folder / "two", url) as two:
            crowds = _Crowds(url, options.visits)
            postgres.settle_down(url)
            one.start(1)
            two.start(2)
            for shop in (one, two):
                settle(shop, crowds.some(WARM_UP), server)
            alone, shared, calm, locked = [], [], [], []
            for _ in range(options.rounds):
                alone.append(settle(one, crowds.some(), server))
                shared.append(settle(two, crowds.some(), server))
                calm.append(settle(one, crowds.elsewhere(), server))
                others = crowds.elsewhere()
                with _slow_shop(url, one, crowds.in_the_slow_shop()):
                    locked.append(settle(one, others, server))
    figures = {
        "visit_cost_replicas": median(shared, "serve_cpu_ms", "database_cpu_ms")
        / median(alone, "serve_cpu_ms", "database_cpu_ms"),
        "replicas_settles_per_s": median(shared, "settles_per_s"),
        "one_settles_per_s": median(alone, "settles_per_s"),
        "neighbour_p99": statistics.median(
            slow.p99_ms / usual.p99_ms for slow, usual in zip(locked, calm, strict=True)
        ),
    }
    rounds = {"one": alone, "two": shared, "calm": calm, "locked": locked}
    return {"figures": figures, "detail": {name: runs.plain(several) for name, several in rounds.items()}}


class _Crowds:
    """New shoppers, each inside with an ordered basket."""

    def __init__(self, url: str, usual: int) -> None:
        self._url, self._usual, self._next = url, usual, 1
        with self._database() as on:
            bulk.build(on, VILLAGE)

    def some(self, count: int | None = None) -> list[Calls]:
        return self._let_in(VILLAGE, count or self._usual)

    def elsewhere(self) -> list[Calls]:
        """In every store but the first."""
        numbers = range(self._next, self._next + self._usual)
        made = self._let_in(VILLAGE, self._usual)
        return [calls for number, calls in zip(numbers, made, strict=True) if number % VILLAGE.stores]

    def in_the_slow_shop(self) -> list[Calls]:
        return self._let_in(SLOW, SLOW_SHOPPERS)

    def _let_in(self, village: Village, count: int) -> list[Calls]:
        with self._database() as on:
            made = bulk.let_in(on, village, self._next, count, filled=True)
        self._next += count
        return made

    @contextmanager
    def _database(self) -> Iterator[Any]:
        database = Database(self._url)
        with database.engine.connect() as on:
            yield on
        database.close()


@contextmanager
def _slow_shop(url: str, shop: Services, shoppers: list[Calls]) -> Iterator[None]:
    """Somebody holds the store's row while shoppers there say that they leave; ends after five seconds."""
    done = threading.Event()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT id FROM store ORDER BY id LIMIT 1 FOR UPDATE")
        waiting = [
            threading.Thread(target=_insist, args=(shop.ports[0], calls[0], done)) for calls in shoppers
        ]
        for thread in waiting:
            thread.start()
        began = time.monotonic()
        yield
        time.sleep(max(0.0, LOCKED_S - (time.monotonic() - began)))
        done.set()
        connection.rollback()
    for thread in waiting:
        thread.join()


def _insist(port: int, request: bytes, done: threading.Event) -> None:
    """Asks again and again while the answer is that the shop cannot answer now."""
    head, _, _ = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    while not done.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            connection.getresponse().read()
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
