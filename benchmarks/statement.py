"""`python -m benchmarks.statement`: our CPU for a small statement to PostgreSQL, by each way to it."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from benchmarks import bulk, postgres, runs
from benchmarks.bulk import Village
from shop.db import Database, migrate
from shop.domain.statements import Statement
from shop.domain.tenancy import Store

_WRITTEN = select(Store.id, Store.name, Store.quiet_s, Store.is_open).where(
    col(Store.id) == bindparam("store")
)
_OURS = Statement(_WRITTEN)


def main() -> int:
    parser = runs.parser("benchmarks.statement", __doc__)
    parser.add_argument("--statements", type=int, default=3000, help="in each round")
    parser.add_argument("--rounds", type=int, default=5, help="of each way in turn; medians are given")
    return runs.main(parser, run)


def run(options: argparse.Namespace, _folder: Path) -> dict[str, Any]:
    with postgres.server() as first:
        url = postgres.database(first, "shop")
        migrate(url)
        database = Database(url)
        with database.engine.connect() as on:
            bulk.build(on, Village(stores=1, products=1))
        with Session(database.engine) as tx:
            [store] = tx.exec(select(Store.id)).all()
            cursor: Any = tx.connection().connection.cursor()
            text = str(_WRITTEN.compile(database.engine))
            ways: dict[str, Callable[[], object]] = {
                "session": lambda: tx.exec(_WRITTEN, params={"store": store}).first(),
                "cursor": lambda: cursor.execute(text, {"store": store}).fetchone(),
                "libpq": lambda: _OURS.first(tx, store=store),
            }
            took: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(options.rounds):
                for name, ask in ways.items():
                    took[name].append(_cpu_us(ask, options.statements))
        database.close()
    figures = {f"statement_{name}_us": statistics.median(several) for name, several in took.items()}
    return {"figures": figures, "detail": {"rounds": took}}


def _cpu_us(ask: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        ask()
    return (time.process_time() - began) / times * 1e6


if __name__ == "__main__":
    sys.exit(main())
