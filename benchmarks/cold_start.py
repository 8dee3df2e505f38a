"""From nothing to ready: `shop up` on an empty data folder until both services answer."""

import http.client
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from simulators.demo.processes import Programs, free_ports, wait_for

POLL_S = 0.01
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class ColdStart:
    seconds: float
    cpu_s: float  # of all processes together; steadier than seconds on a busy machine


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
        for port in ports[:2]:
            wait_for(lambda port=port: _ready(port), f"port {port}", LONGEST_S, shop.check)  # type: ignore[misc]
        took = time.perf_counter() - began
        used = processes.usage(processes.product(shop.child.pid))
        return ColdStart(took, sum(each.cpu_ms for each in used.values()) / 1000)
    finally:
        programs.stop()


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
