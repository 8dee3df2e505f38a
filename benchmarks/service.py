"""`serve` alone on a database of its own: nothing else of the product runs beside what is measured."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from simulators.demo.processes import Programs, free_ports, wait_for

READY_S = 60.0


class Services:
    """One or several `serve` processes on the same database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        folder.mkdir()
        self._programs = Programs(folder)
        self._env = {
            "SHOP_DATABASE_URL": database_url,
            "SHOP_DATA_DIR": str(folder),
            "SHOP_SECRET": secrets.token_hex(32),
            "SHOP_REQUESTS_PER_MINUTE": "100000000",
            "SHOP_SIGN_INS_PER_MINUTE": "100000000",
        }
        self.ports: list[int] = []
        self.pids: dict[str, int] = {}

    def migrate(self) -> None:
        self._programs.run("shop", "migrate", env=self._env)

    def start(self, count: int = 1) -> None:
        self.ports = free_ports(count)
        for number, port in enumerate(self.ports):
            program = self._programs.start(
                f"serve-{number}", "shop", "serve", env={**self._env, "SHOP_PORT": str(port)}
            )
            self.pids[program.name] = program.child.pid
        for port in self.ports:
            wait_for(lambda port=port: _ready(port), f"port {port}", READY_S, self._programs.check)  # type: ignore[misc]

    def stop(self) -> None:
        self._programs.stop()
        self.pids = {}


@contextmanager
def services(folder: Path, database_url: str) -> Iterator[Services]:
    """Migrated, not yet started; all have ended afterwards."""
    made = Services(folder, database_url)
    try:
        made.migrate()
        yield made
    finally:
        made.stop()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
