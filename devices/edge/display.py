"""What a display at a door may show: the newest code it was told, and never one whose time is up."""

from collections.abc import Callable

from devices.door_code import DoorCode
from devices.edge import clocks


class Screen:
    """In memory only: after a reboot there is no code until the core tells one."""

    def __init__(self, boot_ms: Callable[[], int] = clocks.boot_ms) -> None:
        self._boot_ms = boot_ms
        self._told: DoorCode | None = None
        self._until = 0

    def tell(self, code: DoorCode) -> None:
        self._told, self._until = code, self._boot_ms() + code.ttl_ms

    @property
    def shown(self) -> DoorCode | None:
        """None: no code right now."""
        return self._told if self._boot_ms() < self._until else None
