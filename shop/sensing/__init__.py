"""Weights to goods: pure functions on numbers, no database, no broker.

    episodes = replay(plates, planogram, catalogue, stock=stock, doors=doors, scans=scans)

Modules, and with them numpy, are loaded by their first use: who only counts units pays nothing for the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shop.sensing.episodes import Basket, Episode, Outcome
    from shop.sensing.fusion import fuse
    from shop.sensing.visits import Visit, share
    from shop.sensing.watch import Watch

__all__ = ["Basket", "Episode", "Outcome", "Visit", "Watch", "fuse", "replay", "share"]
_HOMES = {
    "Basket": "episodes", "Episode": "episodes", "Outcome": "episodes",
    "Visit": "visits", "share": "visits", "Watch": "watch", "fuse": "fusion",
}  # fmt: skip


def replay(
    plates: Mapping[tuple[str, int], tuple[Any, Any]],
    planogram: Mapping[str, Iterable[tuple[str, int]]],
    catalogue: Mapping[str, tuple[float, float]],
    *,
    stock: Mapping[str, int] | None = None,
    doors: Sequence[float | Sequence[float]] | None = None,
    scans: Sequence[tuple[float, str, int]] | None = None,
) -> "list[Episode]":
    """What happened at the shelves of one store, in the order of its end; bad input never raises.

    plates: (shelf, plate) -> (seconds, grams), two arrays of one length in the order of ARRIVAL. Seconds are
        the plate's own clock (any epoch), grams may carry any constant offset; 10 to 80 readings a second.
        Plates of a shelf whose numbers differ by one touch each other.
    planogram: SKU -> the (shelf, plate) places on which it stands.
    catalogue: SKU -> (mean, standard deviation) of one unit's gross weight in grams.
    stock: SKU -> units on the shelves at the first second; an SKU not named has none. None: nobody counted,
        nothing is bounded.
    doors: (seconds, +1) for a shopper who entered and (seconds, -1) for one who left; bare seconds alternate
        between entering and leaving. While somebody is inside, only what the visit holds can come back;
        outside every visit, what arrives is a restock. None: nothing is known of visits, both are possible.
    scans: (seconds, SKU, count) as shoppers scanned; the episodes of every visit are decided again with them.

    Episode: t0 and t1 (seconds of the motion), at (seconds at which it was known), shelf, outcome (decided,
    ambiguous, unknown or touch), lines ((SKU, count), negative when goods leave) of the best hypothesis, its
    posterior, alternatives ((lines, posterior), best first), grams (change per plate).
    """
    from shop.sensing.watch import Watch

    return Watch(planogram, catalogue, stock=stock).replay(plates, doors=doors, scans=scans)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"shop.sensing.{_HOMES[name]}"), name)
