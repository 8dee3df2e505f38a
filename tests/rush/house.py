"""Real processes on one database: API processes, workers, a simulated Stripe and a mailbox."""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from shop import db
from shop.db import Database
from simulators.demo.processes import Programs, free_ports, wait_for
from tests.postgres import private_server

READY_S = 60.0
WEBHOOK_SECRET = "whsec_of_the_rush"
STRIPE_KEY = "sk_test_of_the_rush"


@dataclass(frozen=True)
class House:
    database: Database
    ports: list[int]  # of the API processes
    programs: Programs
    stripe_url: str
    money_log: Path

    def movements(self) -> list[dict[str, object]]:
        """What the simulated Stripe wrote down of its money."""
        return [json.loads(line) for line in self.money_log.read_text().splitlines()]


@contextmanager
def opened(kind: str, *, apis: int, workers: int, operator: str) -> Iterator[House]:
    """`kind` is sqlite or postgresql; without workers there is no Stripe and no mailbox either."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="rush-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = stack.enter_context(private_server()) if kind == "postgresql" else f"sqlite:///{folder}/shop.db"
        db.migrate(url)
        programs = Programs(folder)
        stack.callback(programs.stop)
        money_log = folder / "money.jsonl"
        settings = {
            "SHOP_DATA_DIR": str(folder),
            "SHOP_DATABASE_URL": url,
            "SHOP_OPERATOR": operator,
            "SHOP_SECRET": secrets.token_hex(32),
            "SHOP_STRIPE_KEY": STRIPE_KEY,
            "SHOP_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SHOP_REQUESTS_PER_MINUTE": "1000000",
        }
        stripe_url = ""
        if workers:
            told = ["--api-key", STRIPE_KEY, "--money-log", str(money_log)]
            stripe_url = programs.announced(programs.start("stripe", "simulators.stripe", *told))["url"]
            mail = programs.announced(programs.start("mail", "simulators.mail_sink"))
            settings |= {"SHOP_STRIPE_URL": stripe_url, "SHOP_SMTP_HOST": "127.0.0.1"}
            settings["SHOP_SMTP_PORT"] = str(mail["smtp_port"])
        ports = free_ports(apis)
        database = Database(url)
        stack.callback(database.close)
        for number, port in enumerate(ports):
            programs.start(f"serve-{number}", "shop", "serve", env=settings | {"SHOP_PORT": str(port)})
        for number in range(workers):
            programs.start(f"worker-{number}", "shop", "worker", env=settings)
        for port in ports:
            wait_for(lambda port=port: _is_ready(port), f"port {port}", READY_S, programs.check)  # type: ignore[misc]
        yield House(database, ports, programs, stripe_url, money_log)


def _is_ready(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def wanted(default: int) -> tuple[int, str]:
    """N and DB as `make` hands them over."""
    return int(os.environ.get("N", default)), os.environ.get("DB", "sqlite")


def report(result: dict[str, object]) -> int:
    """Print it, keep it where REPORT says, and the exit code: 0 when nothing is broken."""
    print(json.dumps(result, indent=2))
    path = os.environ.get("REPORT")
    if path:
        Path(path).write_text(json.dumps(result, indent=2) + "\n")
    return 1 if result["broken"] else 0
