"""Watches one plate: calm, moving, calm again, and by how many grams it changed."""

from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from statistics import median

from shop.sensing.episodes import Change
from shop.sensing.readings import Order, Reading

# Everything is judged on means over so long, in seconds: ten a second are enough (shelf-sensing 5).
BLOCK_S = 0.1
# Above this rate a median of five kills bad readings, else of three; seen: one reading long, 0.9 % of all.
FAST_PERIOD_S = 0.05
SLOW_MEDIAN, FAST_MEDIAN = 3, 5
# A plate is calm when it was so for this window, in seconds.
WINDOW_S = 0.8
WINDOW_BLOCKS = 6  # at least so many in it
WINDOW_FULL = 0.75  # and at least so much of it covered
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
# The baseline follows drift and creep with this time constant (20 s), faster right after a movement.
DRIFT_BLOCKS = 200
# The learnt calm spread starts here, in grams, and forgets with this rate per reading.
NOISE_G = 0.7
NOISE_RATE = 0.005
MEAN_DEVIATION = 1.25  # of a normal number: 0.8 standard deviations
# A plate silent for so long, in seconds, is blind; one that says the same for so long may be stuck.
BLIND_S = 1.0
CONSTANT_S = 60.0
# Variance of a settled level beside the window's own: ring and creep, in g².
SETTLED_VAR = 0.5
NEVER = float("-inf")


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
        self._raw: deque[float] = deque(maxlen=SLOW_MEDIAN)
        self._block: list[float] = []
        self._block_start = NEVER
        self._window: deque[Reading] = deque()
        self._moving_since: float | None = None
        self._gap = False
        self._baseline: float | None = None
        self._calm_blocks = 0
        self._noise = NOISE_G
        self._seconds, self._grams = NEVER, 0.0
        self._same_since = NEVER

    @property
    def moving_since(self) -> float | None:
        """Seconds at which the movement began that has not ended; None when calm."""
        return self._moving_since

    @property
    def level(self) -> float | None:
        """Grams of the calm plate, baseline included; None before the first calm."""
        return self._baseline

    @property
    def shift(self) -> float:
        """Grams by which the calm plate's window is off its baseline; 0 while it moves."""
        if self._moving_since is not None or self._baseline is None:
            return 0.0
        return sum(grams for _, grams in self._window) / len(self._window) - self._baseline

    def state(self, now: float) -> State:
        if now - self._seconds > BLIND_S:
            return State.BLIND
        if self._seconds - self._same_since > CONSTANT_S:
            return State.CONSTANT
        if self._moving_since is not None:
            return State.MOVING
        return State.WARMING if self._baseline is None else State.CALM

    def read(self, batch: Iterable[Reading]) -> list[Change]:
        """Take readings as they arrive, (seconds, grams); give the changes they complete."""
        changes = []
        for seconds, grams in self._order.take(batch):
            step = seconds - self._seconds
            if not 0 < step <= BLIND_S:
                self._went_blind(seconds)
            if grams != self._grams:
                self._same_since = seconds
            self._seconds, self._grams = seconds, grams
            raw = self._raw
            raw.append(grams)
            grams = sorted(raw)[len(raw) // 2]
            if step < FAST_PERIOD_S:
                if raw.maxlen == SLOW_MEDIAN:
                    self._raw = deque(raw, maxlen=FAST_MEDIAN)
                self._block.append(grams)
                if seconds + step - self._block_start < BLOCK_S:
                    continue
                grams = sum(self._block) / len(self._block)
                self._block.clear()
                self._block_start = seconds
            change = self._judge(seconds, grams)
            if change:
                changes.append(change)
        return changes

    def _went_blind(self, seconds: float) -> None:
        """Nothing is known of the gap: what the plate weighs afterwards is compared with before."""
        since, self._block_start = self._seconds, seconds
        self._raw.clear()
        self._block.clear()
        self._window.clear()
        if self._baseline is not None:
            self._moving_since = min(self._moving_since or since, since, seconds)  # clocks may be set back
            self._gap = True

    def _judge(self, seconds: float, grams: float) -> Change | None:
        window = self._window
        window.append((seconds, grams))
        while len(window) > WINDOW_BLOCKS and window[0][0] < seconds - WINDOW_S:
            window.popleft()
        if self._baseline is None:
            if self._is_calm(1.0):
                self._settle()
            return None
        if self._moving_since is None:
            away = grams - self._baseline
            size = abs(away)
            if size <= START_G or size <= CALM_SDS * self._noise:
                self._calm_blocks += 1
                self._baseline += away / min(DRIFT_BLOCKS, self._calm_blocks)
                self._noise += NOISE_RATE * (size * MEAN_DEVIATION - self._noise)
                return None
            self._moving_since = seconds
        patience = min(PATIENCE, 1 + max(0.0, seconds - self._moving_since) / PATIENCE_S)
        return self._arrived(seconds) if self._is_calm(patience) else None

    def _is_calm(self, patience: float) -> bool:
        window = self._window
        n = len(window)
        if n < WINDOW_BLOCKS or window[-1][0] - window[0][0] < WINDOW_S * WINDOW_FULL:
            return False
        values = [grams for _, grams in window]
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
        values = [grams for _, grams in self._window]
        spread = sum((v - level) ** 2 for v in values) / len(values) ** 2
        start = max(since, self._window[0][0])
        return Change(min(since, start), start, seconds, level - before, SETTLED_VAR + 1.6 * spread, blind)

    def _settle(self) -> float:
        level = median(grams for _, grams in self._window)
        self._baseline = level
        self._moving_since, self._gap, self._calm_blocks = None, False, len(self._window)
        return level
