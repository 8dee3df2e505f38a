"""The last readings of a plate, so that a report can show how the weight moved."""

import math
from bisect import bisect_right
from collections import deque
from statistics import median

from devices.edge import clocks
from devices.events import TRACE_POINTS, Trace

KEPT_MS = 30_000
REST_MS = 1_000  # shown of the rest before a movement; at its end the plate is at rest again


class History:
    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=3)
        self._kept: deque[tuple[int, float]] = deque()

    def keep(self, at_ms: int, grams: float) -> None:
        self._recent.append(grams)
        self._kept.append((at_ms, median(self._recent)))  # a wild reading would flatten the picture
        while self._kept[0][0] < at_ms - KEPT_MS:
            self._kept.popleft()

    def trace(self, t0: int, t1: int) -> Trace | None:
        """Of a movement between two of the times told to `keep`; None when too little is left of it."""
        shown = [(at, grams) for at, grams in self._kept if t0 - REST_MS <= at <= t1]
        if len(shown) < 2 or shown[0][0] == shown[-1][0]:
            return None
        first, span = shown[0][0], shown[-1][0] - shown[0][0]
        step = math.ceil(span / (TRACE_POINTS - 1))
        step = max(step, round(span / (len(shown) - 1)))  # no finer than it was read
        return Trace(t0=clocks.wall_of(first), step_ms=step, g=tuple(_at_steps(shown, step)))


def _at_steps(shown: list[tuple[int, float]], step: int) -> list[int]:
    """The newest reading at each step; at the end the last of all."""
    times = [at for at, _ in shown]
    moments = range(times[0], times[-1] + 1, step)
    found = [round(shown[bisect_right(times, moment) - 1][1]) for moment in moments]
    return [*found[:-1], round(shown[-1][1])]
