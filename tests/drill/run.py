"""`python -m tests.drill --db sqlite|postgresql --visits N`: a backup taken under load is the shop.

People shop; in the middle a backup is taken. Then the product is stopped, the backup is restored into an
empty place, compared with what shoppers had been shown, and the shop opens on it and sells again to devices
that have meanwhile reported more than it knows.
"""

import argparse
import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from shop.backup import manifest
from simulators.demo import personas
from simulators.demo.crowd import Caretaker, Crowd
from simulators.demo.processes import wait_for
from simulators.demo.visit import Diary
from tests.drill import checks
from tests.drill.checks import Ended
from tests.drill.stage import DrillStage
from tests.postgres import private_server

SELL_AGAIN = 4  # visits after the restore
REPORTS_ARRIVE_S = 30.0


@dataclass
class Load:
    """What shoppers were shown, and the backup that was taken while they shopped."""

    backup: Path | None = None
    backup_s: float = 0.0
    ended: list[Ended] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 when everything holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--db", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--visits", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--broker", default="auto")
    wanted = parser.parse_args(arguments)
    with _databases(wanted.db) as urls:
        stage = DrillStage(visits=wanted.visits, seed=wanted.seed, broker=wanted.broker, urls=urls)
        try:
            problems = list(_drill(stage, wanted.visits, wanted.seed))
        finally:
            stage.strike()
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "nothing acknowledged was lost, nothing is half")
    return 1 if problems else 0


def _drill(stage: DrillStage, visits: int, seed: int) -> Iterator[str]:
    stage.set_up()
    load = _shop_until_closed(stage, visits, seed)
    if load.backup is None:
        yield "no backup was taken"
        return
    told = manifest.read(load.backup)
    known = sum(at < told.taken_at for at, _ in load.ended)
    print(f"backup of {told.bytes / 2**20:.2f} MiB in {load.backup_s:.1f} s, {known} of {visits} visits over")
    stage.close_shop()
    stage.move_to_empty_place()
    began = time.monotonic()
    stage.restore(load.backup)
    restore_s = time.monotonic() - began
    [restored] = stage.books("visits")
    yield from checks.losses(load.ended, told.taken_at, restored)
    yield from checks.changes(told.figures, stage.figures())
    yield from checks.halves(stage)
    open_s = stage.open_again()
    print(f"restored in {restore_s:.1f} s, open after {open_s:.1f} s more: RTO {restore_s + open_s:.1f} s")
    yield from _sell_again(stage, _who_say_goodbye(stage, seed + 1))
    yield from checks.halves(stage)
    yield from checks.double_charges(stage.folder / "money.jsonl")
    for lost in stage.ask("SELECT device_id, evidence FROM incident WHERE kind = 'reports_lost'"):
        print(f"reports the restored shop never had: {lost['device_id']} {lost['evidence']}")


def _shop_until_closed(stage: DrillStage, visits: int, seed: int) -> Load:
    """The backup runs beside the shoppers, once half of them are gone."""
    load, half = Load(), threading.Event()

    def told(diary: Diary) -> None:
        load.ended.append(Ended(datetime.now(UTC), diary))
        if 2 * len(load.ended) >= visits:
            half.set()

    def back_up() -> None:
        half.wait()
        began = time.monotonic()
        load.backup = stage.back_up()
        load.backup_s = time.monotonic() - began

    backing_up = threading.Thread(target=back_up, daemon=True)
    backing_up.start()
    _let_in(stage, Crowd(stage, seed, told), visits)
    half.set()
    backing_up.join()
    return load


def _who_say_goodbye(stage: DrillStage, seed: int) -> int:
    """A seed: by the restored books whoever was inside at the backup still is, as long as a visit may last,
    and where two are inside nobody is missed who leaves without a word."""
    articles = stage.assortment["articles"]
    for found in itertools.count(seed):
        plans = itertools.islice(personas.plans(articles, found), SELL_AGAIN)
        if all(plan.persona.says_goodbye for plan in plans):
            return found
    raise AssertionError("seeds do not end")


def _sell_again(stage: DrillStage, seed: int) -> Iterator[str]:
    """And no device goes on asking or being asked for what neither side has."""
    ended: list[Diary] = []
    _let_in(stage, Crowd(stage, seed, ended.append), SELL_AGAIN)
    for diary in ended:
        if diary.problem:
            yield f"after the restore, visit {diary.visit}: {diary.problem}"
    if not any(diary.state == "settled" for diary in ended):
        yield "after the restore nobody could buy anything"
    wait_for(
        lambda: checks.waiting(stage.outboxes()) == 0,
        "the devices to get rid of their reports",
        REPORTS_ARRIVE_S,
        stage.check,
    )


def _let_in(stage: DrillStage, crowd: Crowd, visits: int) -> None:
    receipts = stage.folder / "receipts"
    receipts.mkdir(exist_ok=True)
    caretaker = Caretaker([stage], crowd.diaries)
    try:
        crowd.visit(visits, receipts)
    finally:
        caretaker.stop()


@contextmanager
def _databases(kind: str) -> Iterator[tuple[str, str] | None]:
    """Two empty ones on a PostgreSQL server of our own, with everything that makes it durable."""
    if kind == "sqlite":
        yield None
        return
    with private_server({"max_connections": "60"}) as url:
        with psycopg.connect(url, autocommit=True) as server:
            for name in ("before", "after"):
                server.execute(f"CREATE DATABASE {name}".encode())
        yield url.replace("/postgres", "/before"), url.replace("/postgres", "/after")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
