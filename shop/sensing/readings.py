"""Brings one plate's readings into order: late, repeated and bad ones, gaps, jumping clocks."""

from bisect import insort
from collections import deque
from collections.abc import Iterable
from math import isfinite

# A gap this many sample periods long waits for a late batch.
GAP_PERIODS = 2.6
CLOSED_PERIODS = 1.6  # and is over when no more than this is missing
# So long a late batch is waited for, in seconds; seen on real shelves: up to 0.3 s.
LATE_S = 1.0
# A clock that runs in the past for so long was set back; shorter is a batch told twice or too late.
CLOCK_S = 2.0
CLOCK_READINGS = 15
# No shelf plate weighs more, in grams.
RANGE_G = 60_000.0
# First guess of the sample period, in seconds, and how fast the guess learns.
PERIOD_S = 0.1
PERIOD_RATE = 0.05


Reading = tuple[float, float]  # seconds, grams


class Order:
    """Hands readings on in the order of their time, each once; holds at most a second of them."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._period = PERIOD_S
        self._held: list[Reading] = []
        self._past: deque[Reading] = deque(maxlen=1000)

    def take(self, batch: Iterable[Reading]) -> list[Reading]:
        """What of these (seconds, grams), and of those held back, can be handed on now."""
        given: list[Reading] = []
        for reading in batch:
            seconds, grams = reading
            if not -RANGE_G < grams < RANGE_G or not isfinite(seconds):
                continue
            step = seconds - self._last
            if 0 < step <= GAP_PERIODS * self._period and not self._held:
                self._period += PERIOD_RATE * (step - self._period)
                self._last = seconds
                given.append(reading)
                if self._past:
                    self._past.clear()
            elif step > 0:
                self._past.clear()
                given += self._hold(reading)
            else:
                given += self._from_the_past(reading)
        return given

    def _hold(self, reading: Reading) -> list[Reading]:
        """After a gap: wait until what is missing has come, or will not come any more."""
        if self._last == float("-inf"):
            self._last = reading[0]
            return [reading]
        insort(self._held, reading)
        newest = self._held[-1][0]
        given: list[Reading] = []
        while self._held and (
            self._held[0][0] - self._last <= CLOSED_PERIODS * self._period
            or newest - self._held[0][0] >= LATE_S
        ):
            first = self._held.pop(0)
            if first[0] > self._last:
                given.append(first)
                self._last = first[0]
        return given

    def _from_the_past(self, reading: Reading) -> list[Reading]:
        """A repeat is dropped; a clock that was set back is followed once it has gone on for a while."""
        past = self._past
        if past and reading[0] <= past[-1][0]:
            past.clear()
        past.append(reading)
        if len(past) < CLOCK_READINGS or reading[0] - past[0][0] < CLOCK_S:
            return []
        given = list(past)
        past.clear()
        self._held.clear()
        self._last = reading[0]
        return given
