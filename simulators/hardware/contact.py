"""A simulated door contact: a reed switch that bounces, debounced for 50 ms, every stable edge reported."""

import argparse
import random
import time
from typing import Any, Literal

from devices.edge.device import Handlers, Identity
from devices.edge.timers import Timer
from devices.messages import ContactChanged, ContactHeldOpen, ContactState
from simulators.hardware import process
from simulators.hardware.wire import Signal

DEBOUNCE_S = 0.05
MAX_BOUNCES = 3
HANDLE_EXPLAINS_S = 2.0


class Contact:
    def __init__(self, args: argparse.Namespace) -> None:
        bench = process.Bench(args)
        self._held_open_s: int = args.held_open_s
        self._random = random.Random(args.seed)
        self._open = False  # the last stable position
        self._raw = False
        self._edges = 0
        self._quiet: Timer | None = None
        self._held: Timer | None = None
        self._handle_at = float("-inf")
        handlers = Handlers(states=lambda: {"contact": ContactState(open=self._open)}, item=self._signal)
        identity = Identity(store=args.store, device=args.device, model="sim-contact", caps=["contact"])
        self._device = bench.device(identity, handlers)
        self._wire = bench.wire([("door", args.door)], self._device.inbox)

    def run(self) -> None:
        process.run(self._device, self._wire)

    def _signal(self, item: Any) -> None:
        match item:
            case Signal({"handle": True}):
                self._handle_at = time.monotonic()
            case Signal({"leaf": "open" | "closed" as leaf}):
                self._edge(leaf == "open")
                for _ in range(2 * self._random.randint(0, MAX_BOUNCES)):  # the reed bounces back and forth
                    self._edge(not self._raw)

    def _edge(self, is_open: bool) -> None:
        self._raw = is_open
        self._edges += 1
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = self._device.timers.after(DEBOUNCE_S, self._stable)

    def _stable(self) -> None:
        bounces, self._edges, self._quiet = self._edges - 1, 0, None
        if self._raw == self._open:
            return
        self._open = self._raw
        self._device.report("contact.changed", ContactChanged(open=self._open, by=self._by(), bounce=bounces))
        self._device.state("contact", ContactState(open=self._open))
        if self._held is not None:
            self._held.cancel()
        if self._open:
            self._held = self._device.timers.after(self._held_open_s, self._held_open)

    def _held_open(self) -> None:
        self._device.report("contact.held_open", ContactHeldOpen(s=self._held_open_s))

    def _by(self) -> Literal["egress", "unknown"]:
        """The contact feels the handle, but not what opened the lock."""
        recent = time.monotonic() - self._handle_at < HANDLE_EXPLAINS_S
        return "egress" if self._open and recent else "unknown"


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.hardware contact", description=__doc__)
    process.add_arguments(parser)
    parser.add_argument("--door", required=True)
    parser.add_argument("--held-open-s", type=int, default=60)
    Contact(parser.parse_args(argv)).run()
