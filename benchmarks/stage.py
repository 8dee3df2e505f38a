"""The product and everything around it: many stores, their devices, Stripe, mails, signed-in shoppers."""

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

import httpx

from benchmarks import processes
from benchmarks.calls import Json
from devices.broker import Mode, find_mosquitto
from simulators.demo.processes import Programs, free_ports, wait_for
from simulators.operator import Desk
from simulators.shopper import Phone
from simulators.stripe.webhooks import SHOP_EVENTS

CARD = "4242424242424242"
AT_ONCE = 6  # shoppers who sign in together
READY_S = 60.0


class Stage:
    """`set_up` must be called in the main thread."""

    fleet: Connection
    stores: list[Json]
    supervisor: int

    def __init__(self, folder: Path, broker: Mode) -> None:
        self.broker: Mode = broker
        if broker == "auto":
            self.broker = "mosquitto" if find_mosquitto() else "embedded"
        self.folder = folder
        self.database = folder / "data" / "shop.db"
        self.port, self._admin_port, self._broker_port, stripe_port = free_ports(4)
        self._programs = Programs(folder)
        self._stripe_url = f"http://127.0.0.1:{stripe_port}"
        self._stripe_port = str(stripe_port)
        self._stripe_key = f"sk_test_{secrets.token_hex(16)}"
        self._webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self._mail: Json = {}
        self._env: dict[str, str] = {}

    @property
    def shop_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Without ports and folder: as a first start needs them too. No limit is in the way of the load."""
        return {
            "SHOP_SECRET": secrets.token_hex(32),
            "SHOP_BROKER": self.broker,
            "SHOP_STRIPE_KEY": self._stripe_key,
            "SHOP_STRIPE_URL": self._stripe_url,
            "SHOP_STRIPE_WEBHOOK_SECRET": self._webhook_secret,
            "SHOP_SMTP_HOST": "127.0.0.1",
            "SHOP_SMTP_PORT": str(self._mail.get("smtp_port", 25)),
            "SHOP_REQUESTS_PER_MINUTE": "1000000",
            "SHOP_SIGN_INS_PER_MINUTE": "10000",
        }

    def set_up(self, stores: int) -> None:
        """Returns once every store lets people in."""
        stripe = self._programs.start("stripe", "simulators.stripe", *self._stripe_arguments())
        self._mail = self._programs.announced(mail := self._programs.start("mail", "simulators.mail_sink"))
        self._env = self.settings() | {
            "SHOP_DATA_DIR": str(self.folder / "data"),
            "SHOP_PORT": str(self.port),
            "SHOP_ADMIN_PORT": str(self._admin_port),
            "SHOP_BROKER_PORT": str(self._broker_port),
        }
        (self.folder / "data").mkdir()
        self._programs.run("shop", "migrate", env=self._env)
        told = self._programs.run("benchmarks.seeding", str(stores), env=self._env)
        self.stores = json.loads(told)
        plans = self.folder / "plans.json"
        plans.write_text(told)
        self.supervisor = self._programs.start("shop", "shop", "up", env=self._env).child.pid
        self._programs.announced(stripe)
        mail.check()
        self._open_stores(plans)

    def _open_stores(self, plans: Path) -> None:
        for port in (self.port, self._admin_port):
            wait_for(lambda port=port: _ready(port), f"port {port}", READY_S, self.check)  # type: ignore[misc]
        self.fleet = self._start_fleet(plans)
        staff = self.stores[0]["staff"]
        with Desk(f"http://127.0.0.1:{self._admin_port}", staff["email"], staff["password"]) as desk:
            for store in self.stores:
                desk.record_exit_test(store["slug"], store["door"])
            wait_for(lambda: _all_online(desk), "all devices to be online", READY_S, self.check)

    def _start_fleet(self, plans: Path) -> Connection:
        socket = str(self.folder / "fleet")
        with Listener(socket, family="AF_UNIX") as listener:
            where = ["--plans", str(plans), "--people", socket, "--broker-port", str(self._broker_port)]
            fleet = self._programs.start("fleet", "benchmarks.fleet", *where)
            listener._listener._socket.settimeout(READY_S)  # type: ignore[attr-defined]  # no public way
            try:
                people = listener.accept()
            except TimeoutError:
                fleet.check()
                raise
        if people.recv() != "open":
            raise RuntimeError("the fleet did not open the stores")
        return people

    def sign_in_shoppers(self) -> list[str]:
        """One for each store, through mailed codes and the hosted card page; their Authorization headers."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._sign_in, range(len(self.stores))))

    def _sign_in(self, number: int) -> str:
        phone = Phone(self.shop_url, self._mail["url"], f"shopper-{number}@example.org", number=number)
        try:
            phone.sign_in()
            phone.save_card(CARD)
            return str(phone.http.headers["Authorization"])
        finally:
            phone.close()

    def product(self) -> dict[str, int]:
        return processes.product(self.supervisor)

    def around(self) -> dict[str, int]:
        """Ids of the processes that stand in for the world: shoppers (this one), devices, Stripe, mails."""
        return {"shoppers": os.getpid()} | {
            program.name: program.child.pid
            for program in self._programs.running
            if program.child.pid != self.supervisor
        }

    def captured_cents(self) -> int:
        lines = (json.loads(line) for line in (self.folder / "money.jsonl").read_text().splitlines())
        return sum(line["amount"] for line in lines if line["kind"] == "capture")

    def export(self, what: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self._programs.run("shop", "export", what, env=self._env))
        return rows

    def close_stores(self) -> dict[str, float]:
        """When each bolt was released: unlock id -> wall-clock ms."""
        self.fleet.send(("stop",))
        releases: dict[str, float] = self.fleet.recv()
        self.fleet.close()
        return releases

    def check(self) -> None:
        self._programs.check()

    def strike(self) -> None:
        self._programs.stop()

    def _stripe_arguments(self) -> list[str]:
        return [
            *("--port", self._stripe_port),
            *("--api-key", self._stripe_key),
            *("--webhook-url", f"{self.shop_url}/api/v1/webhooks/stripe"),
            *("--webhook-events", *SHOP_EVENTS),
            *("--webhook-secret", self._webhook_secret),
            *("--money-log", str(self.folder / "money.jsonl")),
        ]


def _ready(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _all_online(desk: Desk) -> bool:
    return all(device["online"] for store in desk.stores() for device in store["devices"])
