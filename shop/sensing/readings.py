"""Brings one plate's readings into order: late, repeated and bad ones, gaps, jumping clocks."""

from collections import deque
from math import isfinite
from typing import NamedTuple

# A gap this many sample periods long waits for a late batch.
GAP_PERIODS = 2.6
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


class Reading(NamedTuple):
    seconds: float
    grams: float


class Order:
    """Hands readings on in the order of their time, each once; holds at most a second of them."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._period = PERIOD_S
        self._held: list[Reading] = []
        self._past: deque[Reading] = deque(maxlen=1000)
        self._newest = float("-inf")

    def take(self, seconds: float, grams: float) -> list[Reading]:
        if not (isfinite(seconds) and isfinite(grams)) or abs(grams) > RANGE_G:
            return []
        step = seconds - self._last
        if step <= 0:
            return self._from_the_past(Reading(seconds, grams))
        if self._past:
            self._past.clear()
        if not self._held and step <= GAP_PERIODS * self._period:
            self._period += PERIOD_RATE * (step - self._period)
            self._last = seconds
            return [Reading(seconds, grams)]
        return self._hold(Reading(seconds, grams))

    def _hold(self, reading: Reading) -> list[Reading]:
        """After a gap: wait until what is missing has come, or will not come any more."""
        if self._last == float("-inf"):
            self._last = reading.seconds
            return [reading]
        self._held.append(reading)
        self._newest = max(self._newest, reading.seconds)
        self._held.sort()
        given: list[Reading] = []
        while self._held and (
            self._held[0].seconds - self._last <= GAP_PERIODS * self._period
            or self._newest - self._held[0].seconds >= LATE_S
        ):
            first = self._held.pop(0)
            if first.seconds > self._last:
                given.append(first)
                self._last = first.seconds
        return given

    def _from_the_past(self, reading: Reading) -> list[Reading]:
        """A repeat is dropped; a clock that was set back is followed once it has gone on for a while."""
        past = self._past
        if past and reading.seconds <= past[-1].seconds:
            past.clear()
        past.append(reading)
        if len(past) < CLOCK_READINGS or reading.seconds - past[0].seconds < CLOCK_S:
            return []
        given = list(past)
        past.clear()
        self._held.clear()
        self._last = self._newest = reading.seconds
        return given
