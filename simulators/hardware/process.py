"""What every simulated device process does alike: arguments, secrets, outbox, signals, a clean end."""

import argparse
import logging
import queue
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devices import topics
from devices.edge import credentials
from devices.edge.credentials import Credentials
from devices.edge.device import BrokerAddress, Device, Handlers, Identity
from devices.edge.outbox import Outbox
from simulators.hardware.wire import Wire


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", type=topics.checked, required=True)
    parser.add_argument("--store", type=topics.checked, required=True)
    parser.add_argument("--broker-host", default="127.0.0.1")
    parser.add_argument("--broker-port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--state-dir", type=Path, required=True, help="the device's own flash")
    parser.add_argument("--world-port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=None)


class Bench:
    """The parts a simulated device is put together from."""

    def __init__(self, args: argparse.Namespace) -> None:
        args.state_dir.mkdir(parents=True, exist_ok=True)
        self.secrets: Credentials = credentials.load(args.secret_file)
        self.outbox = Outbox(args.state_dir / f"{args.device}.outbox.db")
        self._args = args

    def device(self, identity: Identity, handlers: Handlers) -> Device:
        args = self._args
        address = BrokerAddress(
            host=args.broker_host, port=args.broker_port, password=self.secrets.mqtt_password
        )
        return Device(identity, address, self.outbox, handlers)

    def wire(self, ends: Sequence[tuple[str, str]], inbox: "queue.SimpleQueue[Any]") -> Wire:
        return Wire(self._args.world_port, ends, inbox)


def run(device: Device, wire: Wire) -> None:
    """Until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: device.stop())
    wire.start()
    device.run()
    wire.stop()
    device.outbox.close()
