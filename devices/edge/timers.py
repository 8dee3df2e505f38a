"""Timers of a single-threaded device: due by the monotonic clock, run by whoever waits for the next one."""

import heapq
import itertools
import time
from collections.abc import Callable


class Timer:
    """Handle of one pending call."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class Timers:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def after(self, delay_s: float, call: Callable[[], None]) -> Timer:
        timer = Timer(call)
        heapq.heappush(self._heap, (self._now() + delay_s, next(self._order), timer))
        return timer

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        """Without catching up: a frozen device does not fire its missed beats at once."""

        def again() -> None:
            self.after(period_s, again)
            call()

        self.after(period_s, again)

    def run_due(self) -> float | None:
        """Run what is due; seconds until the next one, None if there is none."""
        while self._heap:
            due, _, timer = self._heap[0]
            left = due - self._now()  # read once: a second look may already be past it
            if timer.call is not None and left > 0:
                return left
            heapq.heappop(self._heap)
            if timer.call is not None:
                timer.call()
        return None
