"""What sensing says: changes of plates, moves of shelves, episodes with an outcome, and a visit's basket.

Seconds are the sensors' clock, grams are differences (negative: goods left), counts are units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Key = tuple[str, int]  # shelf and number of the plate on it; neighbouring numbers touch
Line = tuple[str, int]  # SKU and signed count: negative when goods leave the shelf
Lines = tuple[Line, ...]
Alternative = tuple[Lines, float]  # another explanation and its posterior
Scan = tuple[float, str, int]  # seconds, SKU, count

# An explanation at least so probable is decided, by weight alone or with the scans of the visit.
DECIDED = 0.90
# A plate that changed by less may only have felt its neighbour, in grams.
FELT_G = 5.0


class Outcome(StrEnum):
    DECIDED = "decided"
    AMBIGUOUS = (
        "ambiguous"  # several explanations keep their weight: scans, the next episode or a person settle it
    )
    UNKNOWN = "unknown"  # goods moved, but none we know
    TOUCH = "touch"  # somebody was there and nothing changed


@dataclass(frozen=True, slots=True)
class Change:
    """One plate was calm, moved, and is calm again."""

    t0: float
    t1: float
    at: float  # when calm was certain
    grams: float
    variance: float  # of grams, by the readings' noise alone, in g²
    blind: bool = False  # readings were missing while it moved


@dataclass(frozen=True, slots=True)
class Move:
    """The changes of touching plates of one shelf at one time."""

    t0: float
    t1: float
    at: float
    shelf: str
    grams: Mapping[int, float]
    variance: Mapping[int, float]
    blind: bool = False

    @property
    def changed(self) -> set[int]:
        """Plates that changed by themselves, not only felt a neighbour."""
        return {plate for plate, grams in self.grams.items() if abs(grams) >= FELT_G}


@dataclass(frozen=True, slots=True)
class Episode:
    """One thing that happened at a shelf, as far as weight tells."""

    t0: float
    t1: float
    shelf: str
    outcome: Outcome
    lines: Lines
    posterior: float
    alternatives: tuple[Alternative, ...] = ()
    at: float = 0.0  # seconds at which it was known
    grams: Mapping[int, float] = field(default_factory=dict)  # evidence: change per plate
    blind: bool = False

    @property
    def hypotheses(self) -> tuple[Alternative, ...]:
        """Every explanation kept, best first."""
        return ((self.lines, self.posterior), *self.alternatives)


@dataclass(frozen=True, slots=True)
class Basket:
    """What one visit took, by weight and scans together."""

    lines: Mapping[str, int]  # the most probable basket
    certainty: float  # its probability
    charged: Mapping[str, int]  # what was scanned, and what is claimed beside it
    unscanned: Mapping[str, int]  # claimed: taken but not scanned
    episodes: tuple[Episode, ...]  # decided again in the light of all
    review: bool  # a person should look
    reasons: tuple[str, ...] = ()
