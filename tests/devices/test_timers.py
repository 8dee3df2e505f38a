"""Timers of a single-threaded device."""

import itertools

from devices.edge.timers import Timers


def test_the_wait_for_the_next_timer_is_never_negative() -> None:
    """Time goes on between any two looks at the clock, even right before something is due."""
    clock = itertools.count(0.0, 0.25)
    timers = Timers(now=lambda: next(clock))
    fired: list[str] = []
    timers.after(0.7, lambda: fired.append("heartbeat"))
    waits = [timers.run_due() for _ in range(4)]
    assert fired == ["heartbeat"]
    assert all(wait is None or wait > 0 for wait in waits)
