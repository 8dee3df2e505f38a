"""What really happened in a scene: the moves of goods, who was there, what was scanned."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulators.physics.constants import Physics
from simulators.physics.store import Store

Floats = npt.NDArray[np.float64]
Plate = tuple[str, int]  # shelf, plate counted from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Goods that leave (count below zero) or come; `grams` are true loads by plate, times true seconds."""

    begin: float  # the hand touches
    at: float  # the load has gone, or come
    end: float  # the hand is away
    shelf: str
    grams: dict[int, float]
    sku: str
    count: int
    shopper: str


@dataclass(frozen=True, slots=True)
class Scan:
    at: float
    sku: str
    count: int  # below zero: taken off the list again
    shopper: str


@dataclass(frozen=True, slots=True)
class Visit:
    shopper: str
    enters: float
    leaves: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`readings` are what a detector gets, in order of arrival; `fine` is the recipe's cleaner 80 Hz feed."""

    name: str
    world: str
    seed: int
    physics: Physics
    store: Store
    visits: list[Visit]
    moves: list[Move]
    scans: list[Scan]  # at the usual rate
    forgetful_scans: list[Scan]  # with one in ten goods forgotten
    stock: dict[str, int]  # on the shelves at the start
    readings: dict[Plate, tuple[Floats, Floats]]
    fine: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)  # shelf: seconds, grams by plate
    cuts: dict[str, tuple[float, float]] = field(default_factory=dict)  # shelf: seconds without power

    def seen_at(self, move: Move) -> float:
        """When a detector could first know: a move without power shows when the power is back."""
        begin, end = self.cuts.get(move.shelf, (0.0, 0.0))
        return end if begin <= move.at < end else move.at

    def basket(self, shopper: str) -> dict[str, int]:
        """Units of each SKU that the shopper walks out with."""
        held: dict[str, int] = {}
        for move in self.moves:
            if move.shopper == shopper:
                held[move.sku] = held.get(move.sku, 0) - move.count
        return {sku: count for sku, count in held.items() if count}
