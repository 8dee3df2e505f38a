"""Sets the stage: the product's own processes beside a simulated store, Stripe and mailbox, in one folder."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx

from simulators.demo.processes import NOTHING, Program, Programs, free_ports, wait_for
from simulators.demo.settings import DemoSettings
from simulators.operator import Desk
from simulators.shopper import local_client
from simulators.stripe.webhooks import SHOP_EVENTS
from simulators.world_client import WorldClient

Rows = list[dict[str, Any]]

ASSORTMENT = Path(__file__).parents[1] / "data" / "dorfladen_witzenhausen.json"
PACE = 0.15  # of walking and reaching; the world keeps both long enough for the hardware to notice
# A visit takes seconds here, not minutes: a lock that allows six a minute would turn people away.
UNLOCKS_PER_MINUTE = 120
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Addresses:
    shop_url: str
    admin_url: str
    mail_url: str
    stripe_url: str
    world_port: int


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the seed told the installer, once."""

    store: str
    door: str
    door_code: str
    devices: Mapping[str, str]  # id -> kind
    staff_email: str
    staff_password: str


class Stage:
    """Everything a walk through the shop needs; `set_up` must be called in the main thread."""

    at: Addresses
    seeded: Seeded
    shop: Program  # the supervisor

    def __init__(
        self, settings: DemoSettings, *, assortment: Path = ASSORTMENT, env: Mapping[str, str] = NOTHING
    ) -> None:
        """`env` is added to that of the shop's and the devices' processes."""
        self.folder = Path(mkdtemp(prefix="shop-demo-"))
        self.data = self.folder / "data"
        self.assortment_file = assortment
        self.assortment: dict[str, Any] = json.loads(assortment.read_text())
        self.devices: dict[str, Program] = {}
        self.stripe_key = f"sk_test_{secrets.token_hex(16)}"
        own = f"sqlite:///{self.data / 'shop.db'}"
        self.database_url = own if settings.database == "sqlite" else settings.database
        self._settings, self._env, self.pace = settings, env, ["--fast"]  # its time-outs are seconds
        self.secret = secrets.token_hex(32).encode()
        self._webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self._shop_env: dict[str, str] = {}
        self.broker_port = 0
        self._programs = Programs(self.folder)

    @property
    def truth_file(self) -> Path:
        return self.folder / "world" / "truth.jsonl"

    @property
    def bolt_log(self) -> Path:
        lock = next(device for device, kind in self.seeded.devices.items() if kind == "lock")
        return self.folder / "hardware" / f"{lock}.bolt.jsonl"

    @property
    def broker(self) -> str:
        """The one that runs; `auto` takes what the machine has."""
        return "mosquitto" if (self.data / "mosquitto").is_dir() else "embedded"

    def set_up(self) -> None:
        """Returns once the store lets people in."""
        ports = self._ports()
        self.broker_port = ports["broker"]
        self.at = Addresses(
            **{
                f"{name}_url": f"http://127.0.0.1:{ports[name]}"
                for name in ("shop", "admin", "mail", "stripe")
            },
            world_port=ports["world"],
        )
        self._shop_env = self._shop_settings(ports)
        outside = self._start_outside(ports)
        self._open_shop()
        for program in outside:
            self._programs.announced(program)
        self._start_devices()
        self.await_open()

    def branch(self, assortment: Path) -> "Stage":
        """Another store of the same shop, with its own world and devices; main thread, then `await_open`."""
        branch = copy(self)
        branch.assortment_file = assortment
        branch.assortment = json.loads(assortment.read_text())
        branch.folder = self.folder / branch.assortment["store"]["slug"]
        branch.folder.mkdir()
        branch.devices = {}
        port = free_ports(1)[0]
        branch.at = replace(self.at, world_port=port)
        slug = branch.folder.name
        world = self._programs.start(f"world-{slug}", "simulators.world", *branch._world_arguments(port))
        branch._seed("--staff-email", f"{slug}@example.org")
        self._programs.announced(world)
        branch._start_devices()
        return branch

    def display_url(self) -> str:
        """Where to look at what it shows; only in a store that has a display."""
        display = self.devices[f"{self.seeded.store}-display"]
        return str(self._programs.announced(display)["url"])

    def cut_power(self, device: str) -> int:
        """A device ends without a word and keeps what it wrote down; its pid. `power_up` brings it back."""
        return self._programs.kill(self.devices[device])

    def power_up(self, device: str) -> None:
        """In the main thread."""
        self.devices[device] = self._programs.again(self.devices[device])

    def strike(self) -> None:
        """Everything we started ends; the folder goes with it unless it shall be kept."""
        self._programs.stop()
        if not self._settings.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def check(self) -> None:
        """Raises ProgramFailed when one of the programs has ended."""
        self._programs.check()

    def books(self, *names: str) -> list[Rows]:
        """The product's books, each read by a process of its own; as fast as the machine allows."""
        with ThreadPoolExecutor(len(names)) as readers:
            return list(readers.map(self._book, names))

    def world(self) -> WorldClient:
        """A pair of hands; every person who acts needs their own."""
        return WorldClient(self.at.world_port)

    def desk(self) -> Desk:
        return Desk(self.at.admin_url, self.seeded.staff_email, self.seeded.staff_password)

    def _book(self, name: str) -> Rows:
        rows: Rows = json.loads(self._programs.run("shop", "export", name, env=self._shop_env))
        return rows

    def _ports(self) -> dict[str, int]:
        names = ("shop", "admin", "broker", "stripe", "mail", "smtp", "world")
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        if self._settings.port is not None:
            ports |= {"shop": self._settings.port, "admin": self._settings.port + 1}
        return ports

    def _start_outside(self, ports: Mapping[str, int]) -> list[Program]:
        """What a real shop finds in the world: a payment service, a mail server, goods and a door."""
        mail = ("--smtp-port", str(ports["smtp"]), "--http-port", str(ports["mail"]))
        return [
            self._programs.start("stripe", "simulators.stripe", *self._stripe_arguments(ports["stripe"])),
            self._programs.start("mail", "simulators.mail_sink", *mail),
            self._programs.start("world", "simulators.world", *self._world_arguments(ports["world"])),
        ]

    def _stripe_arguments(self, port: int) -> list[str]:
        return [
            *("--port", str(port)),
            *("--api-key", self.stripe_key),
            *("--webhook-url", f"{self.at.shop_url}/api/v1/webhooks/stripe"),
            *("--webhook-events", *SHOP_EVENTS),
            *("--webhook-secret", self._webhook_secret),
            *("--money-log", str(self.folder / "money.jsonl")),
        ]

    def _world_arguments(self, port: int) -> list[str]:
        layout = self.folder / "layout.json"
        layout.write_text(json.dumps({"doors": [self.assortment["store"]["door"]]}))
        return [
            *("--port", str(port)),
            *("--assortment", str(self.assortment_file)),
            *("--layout", str(layout)),
            *("--state-dir", str(self.folder / "world")),
            *("--seed", str(self._settings.seed)),
            *("--pace", str(PACE)),
        ]

    def _shop_settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            "SHOP_DATA_DIR": str(self.data),
            "SHOP_DATABASE_URL": self.database_url,
            "SHOP_SECRET": self.secret.decode(),
            "SHOP_PORT": str(ports["shop"]),
            "SHOP_ADMIN_PORT": str(ports["admin"]),
            "SHOP_BROKER": self._settings.broker,
            "SHOP_BROKER_PORT": str(self.broker_port),
            "SHOP_STRIPE_KEY": self.stripe_key,
            "SHOP_STRIPE_URL": self.at.stripe_url,
            "SHOP_STRIPE_WEBHOOK_SECRET": self._webhook_secret,
            "SHOP_SMTP_HOST": "127.0.0.1",
            "SHOP_SMTP_PORT": str(ports["smtp"]),
            "SHOP_MAIL_FROM": "dorfladen@example.org",
        }

    def _open_shop(self) -> None:
        """The services load while the store is seeded and its devices get their secrets."""
        self.data.mkdir()
        self._programs.run("shop", "migrate", env=self._shop_env)
        self.shop = self._programs.start("shop", "shop", "up", env={**self._shop_env, **self._env})
        self._seed()

    def _seed(self, *options: str) -> None:
        wanted = ("shop", "seed", str(self.assortment_file), *self.pace, *options)
        told = json.loads(self._programs.run(*wanted, env=self._shop_env))
        self.seeded = Seeded(
            store=told["store"],
            door=told["door"]["name"],
            door_code=told["door"]["code"],
            devices={device["id"]: device["kind"] for device in told["devices"]},
            staff_email=told["staff"]["email"],
            staff_password=told["staff"]["password"],
        )
        self._install_secrets()

    def _install_secrets(self) -> None:
        told = self._programs.run("devices", "credentials", *self.seeded.devices, env=self._shop_env)
        for line in told.splitlines():
            path = self._secret(json.loads(line)["device"])
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(line)

    def _start_devices(self) -> None:
        for device, kind in self.seeded.devices.items():
            self.devices[device] = self._programs.start(
                device, "simulators.hardware", kind, *self._device_arguments(device, kind), env=self._env
            )

    def _secret(self, device: str) -> Path:
        return self.folder / f"{device}.secret.json"

    def _device_arguments(self, device: str, kind: str) -> list[str]:
        shelf, goods = device.removeprefix(f"{self.seeded.store}-"), str(self.assortment_file)
        of_kind = {
            "lock": ["--door", self.seeded.door, "--max-per-minute", str(UNLOCKS_PER_MINUTE)],
            "contact": ["--door", self.seeded.door],
            "shelf": ["--shelf", shelf, "--assortment", goods],
            "display": [],
        }
        return [
            *("--device", device),
            *("--store", self.seeded.store),
            *("--broker-port", str(self.broker_port)),
            *("--secret-file", str(self._secret(device))),
            *("--state-dir", str(self.folder / "hardware")),
            *("--world-port", str(self.at.world_port)),
            *("--seed", str(self._settings.seed + sum(device.encode()))),
            *of_kind[kind],
        ]

    def await_open(self) -> None:
        """Returns once the store lets people in."""
        for url in (self.at.shop_url, self.at.admin_url):
            with local_client(base_url=url) as http:
                wait_for(partial(_ready, http), f"{url} to be ready", READY_S, self.check)
        with self.desk() as desk:
            desk.record_exit_test(self.seeded.store, self.seeded.door)
            store = self.seeded.store
            wait_for(lambda: _all_online(desk, store), "all devices to be online", READY_S, self.check)


def _ready(http: httpx.Client) -> bool | None:
    try:
        return http.get("/health/ready").is_success or None
    except httpx.HTTPError:
        return None


def _all_online(desk: Desk, slug: str) -> bool | None:
    devices = [device for store in desk.stores() if store["slug"] == slug for device in store["devices"]]
    return all(device["online"] for device in devices) or None
