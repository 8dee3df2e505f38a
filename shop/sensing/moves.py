"""Gathers the changes of one shelf's plates into moves: what overlaps in time and touches in space."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shop.sensing.episodes import Change, Move

# Changes of touching plates whose motions are no further apart than this are one move, in seconds.
JOIN_S = 0.5
# A move is complete when so long nothing was added, in seconds, and nothing still moves that began within it.
QUIET_S = 0.6
# No longer than this a restless neighbour is waited for, in seconds: it may be broken.
AWAIT_S = 6.0
# A calm neighbour that shifted more than this felt something, in grams; the shift's own variance, in g².
SHIFT_G = 1.0
SHIFT_VAR = 0.3
# A change of less than this share of another at the same time may be no more than its echo in the shelf.
WEAK = 0.04


Changes = list[tuple[int, Change]]  # plate and what it did


@dataclass(slots=True)
class Gathering:
    """The open changes of one shelf. Lanes: sets of plates that share a product."""

    shelf: str
    lanes: tuple[frozenset[int], ...] = ()
    open: list[Changes] = field(default_factory=list)

    def add(self, plate: int, change: Change) -> None:
        joined = [g for g in self.open if any(self._together(plate, change, p, c) for p, c in g)]
        group = [(plate, change), *(pair for g in joined for pair in g)]
        self.open = [g for g in self.open if g not in joined] + [group]

    def complete(self, now: float, moving: Iterable[tuple[int, float]]) -> list[Move]:
        """Moves that nothing can join any more; moving: plates not calm yet and since when."""
        restless = list(moving)
        done = [
            g
            for g in self.open
            if now >= _last(g) + QUIET_S and (now >= _last(g) + AWAIT_S or not self._awaits(g, restless))
        ]
        self.open = [g for g in self.open if g not in done]
        return [self._move(g, now) for g in sorted(done, key=_first) for g in self._split(g)]

    def _together(self, plate: int, change: Change, other_plate: int, other: Change) -> bool:
        if change.t0 > other.t1 + JOIN_S or other.t0 > change.t1 + JOIN_S or plate == other_plate:
            return False
        small, large = sorted((abs(change.grams), abs(other.grams)))
        return small < WEAK * large or self._near(plate, other_plate)

    def _near(self, plate: int, other: int) -> bool:
        return abs(plate - other) <= 1 or any(plate in lane and other in lane for lane in self.lanes)

    def _awaits(self, group: Changes, restless: list[tuple[int, float]]) -> bool:
        end = max(change.t1 for _, change in group) + JOIN_S
        plates = {plate for plate, _ in group}
        return any(
            since <= end and plate not in plates and any(self._near(plate, p) for p in plates)
            for plate, since in restless
        )

    def _split(self, group: Changes) -> list[Changes]:
        """What only felt the rest does not tie it together, and goes with the nearest of it."""
        largest = max(abs(change.grams) for _, change in group)
        islands: list[Changes] = []
        for pair in group:
            if abs(pair[1].grams) >= WEAK * largest:
                joined = [i for i in islands if any(self._near(pair[0], p) for p, _ in i)]
                islands = [i for i in islands if i not in joined] + [[pair, *(x for i in joined for x in i)]]
        for pair in group:
            if abs(pair[1].grams) < WEAK * largest:
                min(islands, key=lambda island: min(abs(pair[0] - p) for p, _ in island)).append(pair)
        return islands

    def _move(self, group: Changes, now: float) -> Move:
        grams: dict[int, float] = {}
        variance: dict[int, float] = {}
        for plate, change in group:
            grams[plate] = grams.get(plate, 0.0) + change.grams
            variance[plate] = variance.get(plate, 0.0) + change.variance
        changes = [change for _, change in group]
        return Move(
            t0=min(c.t0 for c in changes), t1=max(c.t1 for c in changes),
            at=min(now, _last(group) + AWAIT_S), shelf=self.shelf,
            grams=grams, variance=variance, blind=any(c.blind for c in changes),
        )  # fmt: skip


def with_neighbours(move: Move, shifts: Mapping[int, float]) -> Move:
    """Add what the plates beside it felt: a unit may lean on them, or press through the shelf."""
    felt = {plate: grams for plate, grams in shifts.items() if abs(grams) > SHIFT_G}
    return replace(
        move, grams={**move.grams, **felt}, variance={**move.variance, **dict.fromkeys(felt, SHIFT_VAR)}
    )


def _first(group: Changes) -> float:
    return min(change.t0 for _, change in group)


def _last(group: Changes) -> float:
    return max(change.at for _, change in group)
