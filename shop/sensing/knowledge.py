"""What a store knows of its weights and learns: unit weights, their errors, and the gain of every plate.

A settled pick says ln(grams / expected) = plate's gain error + catalogue's error + noise. Each error is a
normal number that starts at zero with the spread of its kind; what a pick tells is shared between them in
proportion to how unsure they are (a Kalman filter with a diagonal covariance). The spreads of the two kinds
are estimated from all plates and all products together, so a calibrated store soon trusts its plates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import NamedTuple

from shop.sensing.episodes import Key


class Spreads(NamedTuple):
    """What is expected before anything is learnt; relative standard deviations, and a probability."""

    gain: float
    unit_error: float
    wrong: float  # share of catalogue entries that are simply wrong


# Commissioned with a reference weight, units weighed; or neither (the two worlds of shelf-sensing 5).
CALIBRATED = Spreads(0.004, 0.003, 0.01)
ROUGH = Spreads(0.04, 0.018, 0.05)
# The first guess of a spread weighs as much as so many plates or products.
GUESS_WEIGHT = 6.0
# A pick further off than so many standard deviations teaches less, in proportion.
DOUBT_SDS = 2.5
# No unit weighs the same as the next to better than this, in grams; nor does a catalogue know it better.
UNIT_SD_FLOOR_G = 0.5
UNIT_SD_FLOOR = 0.003
# A wrong entry is off by about so much; every pick leaves this share of the doubt.
WRONG_SD = 0.08
DOUBT_LEFT = 0.3
# A wrong weight less probable than this (density of the relative error) is a wrong episode instead.
ABSURD = 1e-4
# Nothing on a shelf weighs less or more, in grams: a catalogue that says so is wrong.
LIGHTEST_G = 1.0
HEAVIEST_G = 60_000.0
# Unit spread: the catalogue's word weighs as much as so many picks.
SPREAD_WEIGHT = 12.0


@dataclass(slots=True)
class Error:
    """A relative error: its estimate, its variance, and how often it was measured."""

    mean: float
    variance: float
    picks: int = 0


@dataclass(slots=True)
class Unit:
    """One product's unit: the catalogue's mean and spread in grams, and the catalogue's error."""

    catalogue_g: float
    sd_g: float
    error: Error
    doubt: float  # probability that the catalogue's mean is simply wrong

    @property
    def mean_g(self) -> float:
        return self.catalogue_g * (1 + self.error.mean)


class Spread:
    """The common spread of errors of one kind, estimated from those that were measured."""

    def __init__(self, first_guess: float) -> None:
        self._guess = first_guess**2
        self.variance = self._guess

    def estimate(self, errors: Iterable[Error]) -> None:
        measured = [e.mean**2 + e.variance for e in errors if e.picks]
        self.variance = (GUESS_WEIGHT * self._guess + sum(measured)) / (GUESS_WEIGHT + len(measured))


class Knowledge:
    """Unit weights and plate gains of one store; products with an impossible catalogue entry are left out."""

    def __init__(self, catalogue: Mapping[str, tuple[float, float]], spreads: Spreads = ROUGH) -> None:
        self._gain_spread, self._unit_spread = Spread(spreads.gain), Spread(spreads.unit_error)
        self._gains: dict[Key, Error] = {}
        self.units: dict[str, Unit] = {}
        for sku, (mean, sd) in catalogue.items():
            if LIGHTEST_G < mean < HEAVIEST_G:
                floor = max(UNIT_SD_FLOOR_G, UNIT_SD_FLOOR * mean)
                known_sd = sd if floor < sd < mean else floor
                self.units[sku] = Unit(mean, known_sd, Error(0.0, self._unit_spread.variance), spreads.wrong)

    def gain(self, plate: Key) -> Error:
        """Relative gain error of a plate: it shows grams × (1 + error)."""
        return self._gains.get(plate) or Error(0.0, self._gain_spread.variance)

    def learn(self, sku: str, count: int, grams: Mapping[Key, float], noise_var: float) -> float:
        """Take in a settled change of units of one product, by plate; give its surprise as a log density."""
        unit, total = self.units.get(sku), sum(grams.values())
        if unit is None or not count or total * count <= 0:
            return 0.0
        expected = count * unit.mean_g
        true = sum(g / (1 + self.gain(key).mean) for key, g in grams.items())
        surprise = true / expected - 1
        noise = (abs(count) * unit.sd_g**2 + noise_var) / expected**2
        shares = {key: g / total for key, g in grams.items() if g * total > 0}
        gains = {key: self._gains.setdefault(key, self.gain(key)) for key in shares}
        gain_var = sum(w**2 * gains[key].variance for key, w in shares.items())
        density = self._doubt(unit, surprise, noise + unit.error.variance + gain_var)
        variance = noise + unit.error.variance + gain_var
        belief = min(1.0, DOUBT_SDS * sqrt(variance) / abs(surprise)) if surprise else 1.0
        _update(unit.error, 1.0, surprise * belief, variance)
        for key, share in shares.items():
            _update(gains[key], share, surprise * belief, variance)
        rest = (true - count * unit.mean_g) ** 2 / abs(count) - noise_var
        if belief == 1.0:
            unit.sd_g = sqrt(max(
                (SPREAD_WEIGHT * unit.sd_g**2 + rest) / (SPREAD_WEIGHT + 1),
                UNIT_SD_FLOOR_G**2,
            ))  # fmt: skip
        self._estimate_spreads()
        return density

    def _doubt(self, unit: Unit, surprise: float, variance: float) -> float:
        """A weight that is more likely wrong than merely off is measured anew."""
        loose = variance + WRONG_SD**2
        wrong = unit.doubt * exp(-(surprise**2) / (2 * loose)) / sqrt(loose)
        right = (1 - unit.doubt) * exp(-(surprise**2) / (2 * variance)) / sqrt(variance)
        if wrong > max(right, ABSURD):
            unit.error.variance += WRONG_SD**2
        unit.doubt *= DOUBT_LEFT
        return log(wrong + right + ABSURD)

    def _estimate_spreads(self) -> None:
        self._gain_spread.estimate(self._gains.values())
        self._unit_spread.estimate(unit.error for unit in self.units.values())
        for unit in self.units.values():
            if not unit.error.picks:
                unit.error.variance = self._unit_spread.variance


def _update(error: Error, weight: float, surprise: float, variance: float) -> None:
    share = weight * error.variance / variance
    error.mean += share * surprise
    error.variance *= 1 - share * weight
    error.picks += 1
