"""Lines to the broker that the harness opens in somebody else's name."""

import queue
import time

from devices.mqtt import Link, LinkOptions
from devices.notices import LinkUp
from devices.registry import Entry, Registry
from simulators.demo.stage import Stage

UP_WITHIN_S = 10.0


def connect(stage: Stage, name: str, password: str, *heard: str) -> Link:
    """Open and subscribed; RuntimeError when the broker does not let us in."""
    subscriptions = tuple((topic, 1) for topic in heard)
    port = stage.broker_port
    link = Link(
        LinkOptions(
            host="127.0.0.1", port=port, username=name, password=password, subscriptions=subscriptions
        )
    )
    link.start()
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if isinstance(link.inbox.get(timeout=0.5), LinkUp):
                return link
        except queue.Empty:
            continue
    link.stop()
    raise RuntimeError(f"the broker does not let {name} in")


def cut_line(stage: Stage, device: str) -> None:
    """Another connection in the device's name ends its own; it comes back within a second."""
    entry = Entry(device, stage.seeded.store, stage.seeded.devices[device])
    connect(stage, device, Registry(stage.secret).mqtt_password(entry)).stop()
