"""The clocks of a device: wall time for people, boot time for safety."""

import time

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # runs on while the machine sleeps


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def boot_ms() -> int:
    """Milliseconds since boot; never steps back and counts the time a frozen or suspended device missed."""
    return time.clock_gettime_ns(_BOOT) // 1_000_000


def wall_of(boot: int) -> int:
    """The wall time of a moment measured on the boot clock, by the wall clock as it stands now."""
    return wall_ms() - (boot_ms() - boot)
