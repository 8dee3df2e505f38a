"""How many units of one product explain a change of weight."""

from math import sqrt

# Relative error of a calibrated plate, and the noise of a settled reading, in grams.
GAIN_ERROR = 0.004
READING_SD_G = 1.0
# A difference beyond this many standard deviations is not explained by whole units.
SIGMAS = 3.5
# Two neighbouring whole numbers must be told apart at least this surely.
SIGMAS_APART = 3.0
# Readings this close to zero say that nothing was taken, in grams.
QUIET_G = 5.0
# An empty plate may read so much below zero, in grams: cells drift by tens of grams with time and warmth.
ZERO_DRIFT_G = 50.0


def count(delta_g: float, unit_g: float, unit_sd_g: float) -> int | None:
    """Units that left (negative) or came (positive); 0 for none; None when no whole number is certain.

    The spread of n units is n sd² + (gain n mean)² + two readings' noise (shelf-sensing 1.2). Where it
    reaches halfway to the next whole number, nobody can tell n from its neighbour.
    """
    units = round(delta_g / unit_g)
    spread = sqrt(abs(units) * unit_sd_g**2 + (GAIN_ERROR * units * unit_g) ** 2 + 2 * READING_SD_G**2)
    if units == 0:
        return 0 if abs(delta_g) <= min(max(QUIET_G, SIGMAS * spread), unit_g / 4) else None
    if SIGMAS_APART * spread > unit_g / 2:
        return None
    return units if abs(delta_g - units * unit_g) <= SIGMAS * spread else None


def can_remain(after_g: float) -> bool:
    """False for a plate that would weigh less than nothing: more was taken than stood there."""
    return after_g >= -ZERO_DRIFT_G
