"""What every benchmark command shares: its folder, where it ran, its verdicts, and results that are kept."""

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from benchmarks import targets
from benchmarks.targets import Verdict

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"

Result = dict[str, Any]


def parser(program: str, description: str | None) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    made.add_argument("--json", type=Path, help="also write the result here")
    made.add_argument("--keep", action="store_true", help="also keep the result in benchmarks/results")
    made.add_argument("--check", action="store_true", help="exit 1 when a target of this command is missed")
    return made


def main(made: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Path], Result]) -> int:
    """Runs in a folder that is gone afterwards; exit status 1 with --check when a target is missed."""
    options, began, load = made.parse_args(), time.monotonic(), os.getloadavg()[0]
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation keeps its compiled files
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # programs and folder go in any case
    folder = Path(mkdtemp(prefix="shop-bench-"))
    try:
        result = run(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return finish(made.prog, options, result, ran_on(load, began))


def finish(program: str, options: argparse.Namespace, result: Result, where: Result) -> int:
    result["figures"] = {name: round(value, 4) for name, value in result["figures"].items()}
    verdicts = [v for v in targets.compare(targets.read(), result["figures"]) if v.figure is not None]
    result = {"ran_on": where, **result, "targets": [as_json(verdict) for verdict in verdicts]}
    print(table(result, verdicts))
    for path in (options.json, _kept(program, where) if options.keep else None):
        if path is not None:
            path.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if options.check and any(not verdict.met for verdict in verdicts) else 0


def ran_on(load_before: float, began: float) -> Result:
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD") + ("+" if _git("status", "--porcelain") else ""),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "yardstick_ms": _yardstick_ms(),
        "load_before": round(load_before, 2),  # of other programs on this machine
        "load_after": round(os.getloadavg()[0], 2),
        "took_s": round(time.monotonic() - began, 1),
    }


def plain(many: Iterable[Any]) -> list[Result]:
    return [asdict(each) for each in many]


def say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def as_json(verdict: Verdict) -> Result:
    target = verdict.target
    return {"id": target.id, "figure": target.figure, "value": target.value, "met": verdict.met}


def table(result: Result, verdicts: list[Verdict]) -> str:
    lines = [" ".join(f"{name}={value}" for name, value in result["ran_on"].items()), ""]
    lines += [f"{name:<34} {value:>10.3f}" for name, value in result["figures"].items()]
    return "\n".join([*lines, "", *map(line, verdicts)])


def line(verdict: Verdict) -> str:
    target = verdict.target
    sign = ">=" if target.better == "higher" else "<="
    wanted = f"{sign} {target.value:g} {target.unit}"
    if verdict.figure is None:
        return f"  {target.id:<4} {target.name:<60} {wanted:<12} measured by {target.measured_by}"
    met = "met" if verdict.met else "MISSED"
    return f"  {target.id:<4} {target.name:<60} {wanted:<12} {verdict.figure:>9.3f}  {met}"


def _yardstick_ms() -> float:
    """CPU time of a fixed loop just now: on shared cores even CPU time grows when others compute."""
    began = time.process_time()
    for number in range(1_000_000):
        number * number
    return round((time.process_time() - began) * 1000, 1)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _kept(program: str, where: Result) -> Path:
    when = where["date"][:19].replace(":", "").replace("-", "")
    return RESULTS / f"{when}-{where['commit'].rstrip('+')}-{program.rpartition('.')[2]}.json"
