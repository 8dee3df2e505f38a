"""A device that sends again what it has sent, as at-least-once allows: no mutant, but lasting chaos."""

from types import ModuleType
from typing import Any

EVERY = 3


def install(device: ModuleType) -> None:
    send = device.Device._send

    def send_twice(self: Any, pending: Any) -> bool:
        sent: bool = send(self, pending)
        if sent and pending.seq % EVERY == 0:
            send(self, pending)
        return sent

    device.Device._send = send_twice
