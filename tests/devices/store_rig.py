"""A small store of real processes: one world and its simulated devices."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from devices.broker import Broker
from devices.edge import credentials
from devices.edge.credentials import Credentials
from simulators.world_client import WorldClient
from tests.devices.rigs import STORE, key, login

ASSORTMENT: dict[str, Any] = {
    "store": STORE,
    "articles": [
        {
            "sku": "apfelschorle",
            "price_cents": 119,
            "deposit_cents": 25,
            "unit_weight_g": 540,
            "unit_sd_g": 3,
        },
        {"sku": "kaffee", "price_cents": 699, "deposit_cents": 0, "unit_weight_g": 515, "unit_sd_g": 2},
        {"sku": "hefe", "price_cents": 45, "deposit_cents": 0, "unit_weight_g": 42, "unit_sd_g": 0.5},
    ],
    "shelves": [
        {
            "id": "shelf-1",
            "plates": [
                {"plate": 1, "sku": "apfelschorle"},
                {"plate": 2, "sku": "apfelschorle"},
                {"plate": 3, "sku": "kaffee"},
                {"plate": 4, "sku": "hefe"},
            ],
        }
    ],
    "start_stock": {"apfelschorle": 8, "kaffee": 5, "hefe": 10},
}


class Display:
    """What somebody sees who stands before it."""

    def __init__(self, url: str) -> None:
        self._url = url

    def shown(self) -> str | None:
        """As people type it; None when there is no code."""
        told = self._get("code")
        return None if told is None else json.loads(told)["typed"]

    def picture(self, kind: str) -> bytes | None:
        return self._get(f"qr.{kind}")

    def _get(self, path: str) -> bytes | None:
        try:
            with urlopen(f"{self._url}/{path}", timeout=5) as answer:
                told: bytes = answer.read()
                return told
        except HTTPError as none:
            none.close()
            return None


class Shop:
    """One world and its simulated devices, each a process; `close` ends them all."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self._broker = broker
        self._processes: dict[str, subprocess.Popen[str]] = {}
        (folder / "assortment.json").write_text(json.dumps(ASSORTMENT))
        (folder / "layout.json").write_text(json.dumps({"doors": ["front"]}))
        world = self._start(
            "world", "simulators.world", "--assortment", folder / "assortment.json", "--layout",
            folder / "layout.json", "--state-dir", folder, "--seed", "7", "--pace", "0.1",
        )  # fmt: skip
        assert world.stdout is not None
        self.world_port: int = json.loads(world.stdout.readline())["port"]

    def person(self) -> WorldClient:
        return WorldClient(self.world_port)

    def lock(self, device: str = "dorf-lock", **options: str) -> subprocess.Popen[str]:
        return self._device("lock", device, door="front", **options)

    def contact(self, device: str = "dorf-contact") -> subprocess.Popen[str]:
        return self._device("contact", device, door="front")

    def shelf(self, device: str = "dorf-shelf-1", **options: str) -> subprocess.Popen[str]:
        assortment = str(self.folder / "assortment.json")
        return self._device("shelf", device, shelf="shelf-1", assortment=assortment, **options)

    def display(self) -> Display:
        process = self._device("display", "dorf-display")
        assert process.stdout is not None
        return Display(json.loads(process.stdout.readline())["url"])

    def bolt_log(self, device: str = "dorf-lock") -> list[dict[str, Any]]:
        path = self.folder / f"{device}.bolt.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def kill(self, name: str) -> None:
        process = self._processes.pop(name)
        process.kill()
        process.communicate()

    def close(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for name, process in self._processes.items():
            try:
                process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            assert process.returncode == 0, f"{name} ended with {process.returncode}"

    def _device(self, kind: str, device: str, **options: str) -> subprocess.Popen[str]:
        secret = self.folder / f"{device}.secret.json"
        credentials.save(secret, Credentials(login(device).password, {"k1": key(device)}))
        more = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        return self._start(
            device, "simulators.hardware", kind, "--device", device, "--store", STORE, "--broker-port",
            self._broker.port, "--secret-file", secret, "--state-dir", self.folder, "--world-port",
            self.world_port, "--seed", "3", *more,
        )  # fmt: skip

    def _start(self, name: str, module: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._processes[name] = process
        return process
