"""Watches one plate: calm, moving, calm again, and by how many grams it changed."""

from collections import deque
from enum import StrEnum
from statistics import median

from shop.sensing.episodes import Change
from shop.sensing.readings import Order, Reading

# Everything is judged on means over so long, in seconds: ten a second are enough (shelf-sensing 5).
BLOCK_S = 0.1
# Above this rate a median of five kills bad readings, else of three; seen: one reading long, 0.9 % of all.
FAST_PERIOD_S = 0.05
# A plate is calm when it was so for this window, in seconds.
WINDOW_S = 0.8
WINDOW_BLOCKS = 6  # at least so many in it
# Calm: spread and slope (difference of the window's halves) below, in grams; or so many learnt calm spreads.
CALM_SD_G = 2.6
CALM_SLOPE_G = 3.1
CALM_SDS = 4.0
# A restless plate is believed a little more readily with every second, up to this factor.
PATIENCE_S = 10.0
PATIENCE = 4.0
# A reading so far from the baseline starts a movement; a change so small is none; in grams.
START_G = 6.0
CHANGE_G = 5.0
# The baseline follows drift and creep with this time constant, in seconds, faster right after a movement.
DRIFT_S = 20.0
# The learnt calm spread starts here, in grams, and forgets with this rate per reading.
NOISE_G = 0.7
NOISE_RATE = 0.005
# A plate silent for so long, in seconds, is blind; one that says the same for so long may be stuck.
BLIND_S = 1.0
CONSTANT_S = 60.0
# Variance of a settled level beside the window's own: ring and creep, in g².
SETTLED_VAR = 0.5


class State(StrEnum):
    WARMING = "warming"  # no baseline yet
    CALM = "calm"
    MOVING = "moving"
    BLIND = "blind"  # no believable reading for a second or more: what happened is unknown
    CONSTANT = "constant"  # not even noise: probably a dead channel


class Plate:
    """The detector of one plate; causal, its memory bounded by its window."""

    def __init__(self) -> None:
        self._order = Order()
        self._raw: deque[float] = deque(maxlen=3)
        self._block: list[float] = []
        self._block_end = float("-inf")
        self._window: deque[Reading] = deque()
        self._moving_since: float | None = None
        self._gap = False
        self._baseline: float | None = None
        self._calm_s = 0.0
        self._noise = NOISE_G
        self._last: Reading | None = None
        self._same_since = float("-inf")

    @property
    def moving_since(self) -> float | None:
        """Seconds at which the movement began that has not ended; None when calm."""
        return self._moving_since

    @property
    def level(self) -> float | None:
        """Grams of the calm plate, baseline included; None before the first calm."""
        return self._baseline

    def state(self, now: float) -> State:
        if self._last is None or now - self._last.seconds > BLIND_S:
            return State.BLIND
        if self._last.seconds - self._same_since > CONSTANT_S:
            return State.CONSTANT
        if self._moving_since is not None:
            return State.MOVING
        return State.WARMING if self._baseline is None else State.CALM

    def read(self, seconds: float, grams: float) -> list[Change]:
        """Take one reading as it arrives; give the changes it completes."""
        changes = []
        for reading in self._order.take(seconds, grams):
            change = self._in_order(reading)
            if change:
                changes.append(change)
        return changes

    def _in_order(self, reading: Reading) -> Change | None:
        last, self._last = self._last, reading
        if last is None or reading.grams != last.grams:
            self._same_since = reading.seconds
        if last is not None and not 0 < reading.seconds - last.seconds <= BLIND_S:
            self._went_blind(last.seconds, reading.seconds)
        elif last is not None and reading.seconds - last.seconds < FAST_PERIOD_S and self._raw.maxlen == 3:
            self._raw = deque(self._raw, maxlen=5)
        raw = self._raw
        raw.append(reading.grams)
        value = sorted(raw)[len(raw) // 2]
        self._block.append(value)
        if reading.seconds < self._block_end:
            return None
        mean = sum(self._block) / len(self._block)
        self._block.clear()
        self._block_end = reading.seconds + BLOCK_S * 0.95 - (reading.seconds - last.seconds if last else 0.0)
        return self._judge(reading.seconds, mean)

    def _went_blind(self, since: float, until: float) -> None:
        """Nothing is known of the gap: what the plate weighs afterwards is compared with before."""
        self._raw.clear()
        self._block.clear()
        self._window.clear()
        self._block_end = float("-inf")
        if self._moving_since is None:
            self._moving_since = since
        self._moving_since = min(self._moving_since, until)  # the clock may have been set back
        self._gap = True

    def _judge(self, seconds: float, grams: float) -> Change | None:
        window = self._window
        window.append(Reading(seconds, grams))
        while window[0].seconds < seconds - WINDOW_S:
            window.popleft()
        if self._baseline is None:
            if self._is_calm(1.0):
                self._settle()
            return None
        if self._moving_since is None:
            away = grams - self._baseline
            if abs(away) <= max(START_G, CALM_SDS * self._noise):
                self._follow(away)
                return None
            self._moving_since = seconds
        patience = min(PATIENCE, 1 + max(0.0, seconds - self._moving_since) / PATIENCE_S)
        return self._arrived(seconds) if self._is_calm(patience) else None

    def _follow(self, away: float) -> None:
        self._calm_s += BLOCK_S
        assert self._baseline is not None  # noqa: S101 - for the type checker; _judge asked
        self._baseline += away * BLOCK_S / min(DRIFT_S, WINDOW_S + self._calm_s)
        self._noise += NOISE_RATE * (abs(away) * 1.25 - self._noise)  # a normal's mean deviation is 0.8 sd

    def _is_calm(self, patience: float) -> bool:
        window = self._window
        n = len(window)
        if n < WINDOW_BLOCKS or window[-1].seconds - window[0].seconds < WINDOW_S * 0.75:
            return False
        values = [reading.grams for reading in window]
        half = n // 2
        noise = CALM_SDS * self._noise
        if abs(sum(values[-half:]) - sum(values[:half])) / half > patience * max(CALM_SLOPE_G, noise):
            return False
        mean = sum(values) / n
        return sum((v - mean) ** 2 for v in values) / n < (patience * max(CALM_SD_G, noise)) ** 2

    def _arrived(self, seconds: float) -> Change | None:
        before, since, blind = self._baseline, self._moving_since, self._gap
        level = self._settle()
        if (
            before is None
            or since is None
            or abs(level - before) <= max(CHANGE_G, CALM_SDS * self._noise / 2)
        ):
            return None
        values = [reading.grams for reading in self._window]
        spread = sum((v - level) ** 2 for v in values) / len(values) ** 2
        start = max(since, self._window[0].seconds)
        return Change(min(since, start), start, seconds, level - before, SETTLED_VAR + 1.6 * spread, blind)

    def _settle(self) -> float:
        level = median(reading.grams for reading in self._window)
        self._baseline = level
        self._moving_since, self._gap, self._calm_s = None, False, 0.0
        return level
