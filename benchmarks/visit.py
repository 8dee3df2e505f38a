"""`python -m benchmarks.visit`: whole visits over many stores, each figure beside its target."""

import argparse
import asyncio
import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if not __package__:  # started by its path: our own modules must not hide others
    sys.path[0] = str(ROOT)

from benchmarks import books, cold_start, load, processes, report, round_trip, targets  # noqa: E402
from benchmarks.load import Measured  # noqa: E402
from benchmarks.stage import Stage  # noqa: E402

RESULTS = Path(__file__).parent / "results"
ROUND_TRIPS = 500
CEILING_S = 3.0


def main() -> int:
    options = _options()
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation keeps its compiled files
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # programs and folder go in any case
    folder = Path(mkdtemp(prefix="shop-bench-"))
    try:
        result = _run(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdicts = targets.compare(targets.read(), result["figures"])
    result["targets"] = [report.as_json(verdict) for verdict in verdicts]
    print(report.table(result, verdicts))
    for path in (options.json, _kept(result) if options.keep else None):
        if path is not None:
            path.write_text(json.dumps(result, indent=2) + "\n")
    missed = [verdict for verdict in verdicts if verdict.met is False and verdict.target.stage == "first"]
    return 1 if options.check and missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visit", description=__doc__)
    parser.add_argument("--stores", type=int, default=32, help="and as many shoppers at once")
    parser.add_argument("--seconds", type=float, default=25.0, help="length of the measured window")
    parser.add_argument("--visits", type=int, help="measure until so many are settled, instead of --seconds")
    parser.add_argument("--broker", choices=("auto", "mosquitto", "embedded"), default="auto")
    parser.add_argument("--cold-starts", type=int, default=3, help="0 leaves that figure out")
    parser.add_argument("--json", type=Path, help="also write the result here")
    parser.add_argument("--keep", action="store_true", help="also keep the result in benchmarks/results")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target of this stage is missed")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    began = time.monotonic()
    load_before = os.getloadavg()[0]
    stage = Stage(folder, options.broker)
    settings = stage.settings()
    _say(f"{options.cold_starts} cold starts")
    cold = [cold_start.once(folder / f"cold-{n}", settings) for n in range(options.cold_starts)]
    _say("bare broker")
    bare = round_trip.measure(folder / "bare", stage.broker, ROUND_TRIPS)
    try:
        _say(f"{options.stores} stores open, shoppers sign in")
        stage.set_up(options.stores)
        authorizations = stage.sign_in_shoppers()
        _say("visits")
        measuring = load.measure(stage, authorizations, seconds=options.seconds, visits=options.visits)
        measured = asyncio.run(measuring)
        usage = processes.usage(stage.product())
        releases = stage.close_stores()
        orders = stage.export("unlocks")
        _must_agree(stage, measured)
    finally:
        stage.strike()
    _say("raw database")
    ceiling = books.visits_per_s_without_product(stage.database, measured.together[-1].id, CEILING_S)
    result = report.build(
        measured, usage=usage, orders=orders, releases=releases, bare=bare, cold=cold, ceiling=ceiling
    )
    return {"ran_on": _ran_on(options, stage.broker, load_before, began), **result}


def _must_agree(stage: Stage, measured: Measured) -> None:
    """Fast and wrong is not fast: what shoppers paid, what we booked and what Stripe captured are one sum."""
    booked = sum(row["cents"] for row in stage.export("ledger") if row["account"] == "card")
    if not booked == measured.cents == stage.captured_cents():
        raise RuntimeError(f"paid {measured.cents}, booked {booked}, captured {stage.captured_cents()} cents")


def _ran_on(options: argparse.Namespace, broker: str, load_before: float, began: float) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD") + ("+" if _git("status", "--porcelain") else ""),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "database": "sqlite",
        "broker": broker,
        "stores": options.stores,
        "yardstick_ms": _yardstick_ms(),
        "load_before": round(load_before, 2),  # of other programs on this machine
        "load_after": round(os.getloadavg()[0], 2),
        "took_s": round(time.monotonic() - began, 1),
    }


def _yardstick_ms() -> float:
    """CPU time of a fixed loop just now: on shared cores even CPU time grows when others compute."""
    began = time.process_time()
    for number in range(1_000_000):
        number * number
    return round((time.process_time() - began) * 1000, 1)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _kept(result: dict[str, Any]) -> Path:
    ran_on = result["ran_on"]
    when = ran_on["date"][:19].replace(":", "").replace("-", "")
    return RESULTS / f"{when}-{ran_on['commit'].rstrip('+')}-{ran_on['broker']}.json"


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
