"""Turns the readings of one plate into "it was that, now it is this": a causal change detector."""

from collections import deque
from dataclasses import dataclass
from statistics import fmean, median, pvariance

GLITCH_READINGS = 2  # shorter than any hand: two wild readings close together
TRACKING = 0.005  # per reading: the resting level follows drift with 20 s at 10 readings a second


@dataclass(frozen=True, slots=True)
class Settled:
    """The plate came to rest again; `t0` is when it began to move. `after` may equal `before`: a touch."""

    t0: int
    t1: int
    before: float
    after: float
    variance: float


@dataclass(frozen=True, slots=True)
class Unsettled:
    t0: int
    last: float


def tolerance_for(smallest_unit_g: float) -> float:
    """Half the width within which readings count as still: protocol section 4.4, `max(2 g, 0.3 x unit)`.

    Held below 8 g: on a plate of heavy goods a resting hand would otherwise count as still.
    """
    return min(max(2.0, 0.3 * smallest_unit_g), 8.0)


class SettleDetector:
    """Feed it every reading; single wild readings (0.9 % of an HX711's) are removed by a median of three."""

    def __init__(
        self,
        *,
        tolerance_g: float,
        trigger_g: float,
        stable_readings: int = 5,
        unsettled_ms: int = 20_000,
        level: float | None = None,
    ) -> None:
        """`trigger_g` off the resting level starts a movement; keep it below the lightest unit's weight.

        `level` is the one kept over a power cut: what moved meanwhile is told once the plate is at rest.
        """
        self._tolerance = tolerance_g
        self._trigger = trigger_g
        self._unsettled_ms = unsettled_ms
        self._recent: deque[float] = deque(maxlen=3)
        self._window: deque[float] = deque(maxlen=stable_readings)
        self._rest = level
        self._moving_since: int | None = None
        self._readings_off = 0
        self._complained = False

    @property
    def level(self) -> float | None:
        """The resting level; None until the first one is found."""
        return self._rest

    @property
    def moving(self) -> bool:
        return self._moving_since is not None

    def feed(self, at_ms: int, grams: float) -> Settled | Unsettled | None:
        self._recent.append(grams)
        if len(self._recent) < 3:
            return None
        value = median(self._recent)
        if self._rest is not None and self._moving_since is None:
            if not self._is_off(value):
                self._rest += TRACKING * (value - self._rest)
                return None
            self._moving_since = at_ms
            self._complained = False
            self._readings_off = 0
            self._window.clear()
        self._readings_off += self._is_off(value)
        self._window.append(value)
        return self._settle(at_ms) or self._complain(at_ms, value)

    def _is_off(self, value: float) -> bool:
        return self._rest is not None and abs(value - self._rest) > self._trigger

    def _settle(self, at_ms: int) -> Settled | None:
        if len(self._window) < (self._window.maxlen or 0):
            return None
        level = fmean(self._window)
        if max(self._window) - level > self._tolerance or level - min(self._window) > self._tolerance:
            return None
        before, since = self._rest, self._moving_since
        self._rest, self._moving_since = level, None
        variance = pvariance(self._window, level)
        self._window.clear()
        if before is None or since is None:
            return None  # the first level after power-on is a start, not a change
        if self._readings_off <= GLITCH_READINGS and abs(level - before) <= self._trigger:
            return None
        return Settled(since, at_ms, before, level, variance)

    def _complain(self, at_ms: int, value: float) -> Unsettled | None:
        since = self._moving_since
        if since is None or self._complained or at_ms - since < self._unsettled_ms:
            return None
        self._complained = True
        return Unsettled(since, value)
