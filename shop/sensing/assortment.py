"""What stands where, how many, and what is held: the goods a move can be made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shop.sensing.episodes import Episode, Key, Line, Outcome

Planogram = Mapping[str, Iterable[Key]]


@dataclass(slots=True)
class Assortment:
    """Goods on the shelves of one store. Stock of None: nobody counted, so nothing is bounded."""

    lanes: dict[str, dict[str, frozenset[int]]]  # shelf -> SKU -> plates
    stock: dict[str, int] | None
    astray: dict[Key, dict[str, int]] = field(default_factory=dict)  # put down outside their lane

    def available(self, sku: str, taken: Mapping[str, int]) -> int | None:
        """Units that can still leave the shelf, beyond what the books know as taken; None: unbounded."""
        return None if self.stock is None else max(0, self.stock.get(sku, 0) - taken.get(sku, 0))

    def strays(self, shelf: str, plates: Iterable[int], unbooked: Iterable[Episode]) -> dict[str, int]:
        """Units of foreign products that may stand here, by the books and by episodes not booked yet."""
        found: dict[str, int] = {}
        for plate in plates:
            for sku, units in self.astray.get((shelf, plate), {}).items():
                found[sku] = max(found.get(sku, 0), units)
        for episode in unbooked:
            if episode.shelf == shelf and episode.outcome is Outcome.DECIDED:
                for sku, count in episode.lines:
                    place = self._stray(episode, sku, count)
                    if place is not None and place[1] in plates:
                        found[sku] = max(0, found.get(sku, 0) + count)
        return found

    def _stray(self, episode: Episode, sku: str, count: int) -> Key | None:
        """Where a unit was put, or taken from, when that was outside its lane."""
        moved = [p for p, g in episode.grams.items() if g * count > 0]
        if not moved or self.lanes.get(episode.shelf, {}).get(sku, frozenset()).intersection(moved):
            return None
        return episode.shelf, max(moved, key=lambda p: abs(episode.grams[p]))

    def book(self, episode: Episode) -> None:
        """A decided episode changes the books; any other leaves them, as an upper bound."""
        if episode.outcome is not Outcome.DECIDED:
            return
        for sku, count in episode.lines:
            self._book(episode, sku, count)

    def unbook(self, episode: Episode) -> None:
        """Take back what `book` did: the episode is read otherwise now."""
        if episode.outcome is Outcome.DECIDED:
            for sku, count in episode.lines:
                self._book(episode, sku, count, undo=True)

    def _book(self, episode: Episode, sku: str, count: int, *, undo: bool = False) -> None:
        change = -count if undo else count
        if self.stock is not None:
            self.stock[sku] = max(0, self.stock.get(sku, 0) + change)
        place = self._stray(episode, sku, count)
        if place is not None:
            here = self.astray.setdefault(place, {})
            here[sku] = max(0, here.get(sku, 0) + change)


def assort(planogram: Planogram, stock: Mapping[str, int] | None) -> Assortment:
    lanes: dict[str, dict[str, set[int]]] = {}
    for sku, places in planogram.items():
        for shelf, plate in places:
            lanes.setdefault(shelf, {}).setdefault(sku, set()).add(plate)
    frozen = {shelf: {sku: frozenset(p) for sku, p in skus.items()} for shelf, skus in lanes.items()}
    return Assortment(frozen, None if stock is None else dict(stock))


def net(lines: Iterable[Line]) -> dict[str, int]:
    """Units in hands after these lines: what left counts up, what came back counts down."""
    held: dict[str, int] = {}
    for sku, count in lines:
        held[sku] = held.get(sku, 0) - count
    return held
