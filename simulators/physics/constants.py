"""Every constant of the simulated physics, with its unit and where it comes from.

Sources: sections of the shelf-sensing design; [M] measured on real data, [P] published, [S] the numpy spike.
A pair is the range from which each plate, hand or event draws.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

PHYSICS_HZ = 80  # forces and ring are computed at this rate, and the published recipe is fed with it
PLATES = 12  # of one shelf, section 4, layout [M]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Physics:
    """Section 4 unless another is named; g are grams on the plate."""

    noise_white_g: float = 0.55  # sd at 10 SPS [M logs]; grows with the root of the rate
    noise_slow_g: float = (
        0.43  # sd of the part that does not average out: 0.7 g in all, 0.3 g in 1 s means [M]
    )
    noise_slow_s: float = 0.25  # its time constant, from the same two figures [M]
    noise_spread: float = 0.35  # log sd between plates: 0.4 to 2.3 g, median 0.8 g at 60 Hz [M block]
    ring_hz: Range = (10.0, 15.0)  # where walking and touching put energy [M trace]
    ring_damping: Range = (0.05, 0.12)  # of critical: quiet again within about a second [S]
    cross_talk: Range = (0.008, 0.015)  # of the step, on each neighbour [M plots]
    overshoot: Range = (0.0035, 0.0055)  # of goods put or taken: 2-3 g of 560 g [M plots]
    overshoot_s: Range = (1.0, 1.7)  # time constant: gone after 3-5 s [M plots]
    push_lag: Range = (0.0003, 0.0008)  # of a push, still felt when it ends: 6 g of 10.7 kg [M logs]
    push_lag_s: Range = (0.5, 1.0)  # time constant: 1.2 g left after 1.6 s [M logs]
    creep: float = 0.0005  # of the step after long; OIML R60 allows a cheap cell about that [P]
    creep_s: float = 600.0  # time constant: most of it within 30 min [P OIML R60]
    drift_g_per_min: Range = (0.1, 0.3)  # in a room [M logs]
    night_swing_g: Range = (2.0, 6.0)  # section 5, nights of the spike: 1-2.5 g per 10 K and more [S]
    walking_g: Range = (8.0, 24.0)  # sd of a shelf's sum at 60 Hz while somebody moves near it [M trace]
    walking_low_hz: Range = (10.0, 15.0)  # [M trace]
    walking_high_hz: Range = (20.0, 30.0)  # [M trace]
    sway_g: Range = (0.8, 1.7)  # the same shelf sum after a 0.4 s low-pass [M trace]
    sway_hz: Range = (0.3, 1.5)  # a body's weight shifting on the floor; slower than the low-pass [S]
    bad_share: Range = (0.0085, 0.0094)  # isolated bad readings, one sample long [M logs]
    bad_g: Range = (50.0, 25_000.0)  # their size [M logs]
    gap_share: float = 0.023  # readings that come so late that the gap is over 1.5 periods [M logs]
    jitter: float = 0.04  # sd of a reading's time, in periods [M logs]
    clock_step_share: float = 0.01  # of scenes: one step was seen in about 50 min of logs [M logs]
    clock_step_s: float = 1.1  # backwards [M logs]
    batch_late_s: float = 0.3  # AiFi sends batches up to this late [M]
    push_g: Range = (60.0, 1090.0)  # hand on the shelf: 140 to 1090 g for goods of 330-700 g [M trace]
    push_before_s: Range = (0.2, 1.6)  # touch to calm takes 1.4-4.5 s in all [M trace]
    push_after_s: Range = (0.1, 1.0)  # same
    put_after_s: Range = (0.2, 2.4)  # a put-back takes up to 5.9 s [M trace]
    tremor: float = 0.25  # of the push, sd: means of 0.2 s differ so much while a hand is there [M trace]
    tremor_hz: Range = (1.0, 6.0)  # same
    lift_s: Range = (0.1, 0.9)  # the load goes within this; 0.2-1.0 s in the eight moves of the trace [M]
    slow_lift_s: Range = (3.0, 5.0)  # section 5 protocol 2, very slow pick
    touch_s: Range = (0.3, 2.0)  # a hand that takes nothing [S]
    lean_g: Range = (1500.0, 9000.0)  # section 5 protocol 2
    lean_s: Range = (1.0, 6.0)  # section 5 protocol 2
    gain_sd: float = 0.004  # relative error of a plate; the world sets it (section 5, spike results)


def vary(physics: Physics, rng: np.random.Generator) -> Physics:
    """Every constant times its own factor between 0.5 and 1.5 (section 5, protocol 1)."""
    changed: dict[str, float | Range] = {}
    for field in fields(physics):
        factor, value = float(rng.uniform(0.5, 1.5)), getattr(physics, field.name)
        changed[field.name] = (
            (value[0] * factor, value[1] * factor) if isinstance(value, tuple) else value * factor
        )
    return replace(physics, **changed)  # type: ignore[arg-type]
