"""`shop up` with two of each: whatever process is killed comes back, and the shop answers again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from simulators.demo.processes import free_ports
from tests.shop.rigs import eventually

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("broker", "gateway", "gateway-2", "serve", "serve-2", "worker", "worker-2", "admin")
START_S = 60.0


class Up:
    def __init__(self, supervisor: subprocess.Popen[bytes], log: Path, port: int) -> None:
        self.supervisor, self._log, self._port = supervisor, log, port

    def said(self, words: str) -> int:
        return self._log.read_text().count(words)

    def children(self) -> set[int]:
        listed = Path(f"/proc/{self.supervisor.pid}/task").glob("*/children")
        return {int(pid) for children in listed for pid in children.read_text().split()}

    def answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self._port}/health/ready"
            return httpx.get(url, timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def up(folder: Path) -> Iterator[Up]:
    port, desk, broker = free_ports(3)
    settings = {
        "SHOP_DATA_DIR": str(folder / "data"),
        "SHOP_PORT": str(port),
        "SHOP_ADMIN_PORT": str(desk),
        "SHOP_BROKER_PORT": str(broker),
        "SHOP_BROKER": "embedded",
        "SHOP_LOG": "json",
        "SHOP_STRIPE_KEY": "sk_test_of_no_use",
        "SHOP_SERVE_PROCESSES": "2",
        "SHOP_WORKER_PROCESSES": "2",
        "SHOP_GATEWAY_PROCESSES": "2",
    }
    log = folder / "log"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", "shop", "up"], env=os.environ | settings, cwd=ROOT, stdout=out, stderr=out
        ) as supervisor,
    ):
        running = Up(supervisor, log, port)
        try:
            eventually(lambda: running.said("ready in"), START_S)
            yield running
        finally:
            supervisor.terminate()
            assert supervisor.wait(30) == 0


@pytest.mark.long
def test_every_process_that_is_killed_comes_back(tmp_path: Path) -> None:
    with up(tmp_path) as shop:
        eventually(lambda: len(shop.children()) == len(KINDS))
        for pid in shop.children():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: shop.said("ended with SIGKILL; starting again") == len(KINDS))
        for kind in KINDS:
            assert shop.said(f"{kind:<9} | ended with SIGKILL") == 1
        time.sleep(0.5)
        eventually(lambda: len(shop.children()) == len(KINDS), START_S)
        eventually(shop.answers, START_S)
        eventually(lambda: shop.said('"process":"worker"') == 4, START_S)  # each says so when it is ready
