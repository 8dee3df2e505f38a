"""`python -m benchmarks.cold_start`: `shop up` on an empty data folder, migrations included.

Until the shopper's service gives its first 200, and until both services are ready.
"""

import argparse
import http.client
import secrets
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes, runs
from simulators.demo.processes import Program, Programs, free_ports, wait_for

LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class ColdStart:
    first_s: float  # until the shopper's service answered
    seconds: float  # until the desk did too
    cpu_s: float  # of all processes together; steadier than seconds on a busy machine


def main() -> int:
    parser = runs.parser("benchmarks.cold_start", __doc__)
    parser.add_argument("--starts", type=int, default=5, help="medians are given")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    env = {"SHOP_SECRET": secrets.token_hex(32), "SHOP_STRIPE_KEY": f"sk_test_{secrets.token_hex(16)}"}
    starts = [once(folder / f"start-{number}", env) for number in range(options.starts)]
    return {"figures": figures(starts), "detail": {"starts": runs.plain(starts)}}


def figures(starts: list[ColdStart]) -> dict[str, float]:
    return {
        "cold_start_first_s": statistics.median(each.first_s for each in starts),
        "cold_start_s": statistics.median(each.seconds for each in starts),
        "cold_start_cpu_s": statistics.median(each.cpu_s for each in starts),
    }


def once(folder: Path, env: dict[str, str]) -> ColdStart:
    """Python's compiled files and the page cache are warm, as after any first start."""
    folder.mkdir()
    programs = Programs(folder)
    ports = free_ports(3)
    names = ("SHOP_PORT", "SHOP_ADMIN_PORT", "SHOP_BROKER_PORT")
    at = dict(zip(names, map(str, ports), strict=True))
    env = {**env, **at, "SHOP_DATA_DIR": str(folder / "data")}
    began = time.perf_counter()
    shop = programs.start("shop", "shop", "up", env=env)
    try:
        first_s, both_s = (_answers_after(port, began, shop) for port in ports[:2])
        used = processes.usage(processes.product(shop.child.pid))
        return ColdStart(first_s, both_s, sum(each.cpu_ms for each in used.values()) / 1000)
    finally:
        programs.stop()


def _answers_after(port: int, began: float, shop: Program) -> float:
    wait_for(lambda: _ready(port), f"port {port}", LONGEST_S, shop.check)
    return time.perf_counter() - began


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
