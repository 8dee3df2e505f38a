"""Gathers the changes of one shelf's plates into moves: what overlaps in time and touches in space."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shop.sensing.episodes import Change, Move

# Changes of touching plates whose motions are no further apart than this are one move, in seconds.
JOIN_S = 0.5
# A move is complete when so long nothing was added, in seconds, and nothing still moves that began within it.
QUIET_S = 0.6
# A calm neighbour that shifted more than this felt something, in grams; the shift's own variance, in g².
SHIFT_G = 1.0
SHIFT_VAR = 0.3


@dataclass(slots=True)
class Gathering:
    """The open changes of one shelf."""

    shelf: str
    open: list[list[tuple[int, Change]]] = field(default_factory=list)

    def add(self, plate: int, change: Change) -> None:
        joined = [g for g in self.open if any(_together(plate, change, p, c) for p, c in g)]
        group = [(plate, change), *(pair for g in joined for pair in g)]
        self.open = [g for g in self.open if g not in joined] + [group]

    def complete(self, now: float, moving: Iterable[tuple[int, float]]) -> list[Move]:
        """Moves that nothing can join any more; moving: plates not calm yet and since when."""
        restless = list(moving)
        done = [g for g in self.open if now >= _last(g) + QUIET_S and not _awaits(g, restless)]
        self.open = [g for g in self.open if g not in done]
        return [self._move(g, now) for g in sorted(done, key=lambda g: min(c.t0 for _, c in g))]

    def _move(self, group: list[tuple[int, Change]], now: float) -> Move:
        grams: dict[int, float] = {}
        variance: dict[int, float] = {}
        for plate, change in group:
            grams[plate] = grams.get(plate, 0.0) + change.grams
            variance[plate] = variance.get(plate, 0.0) + change.variance
        changes = [change for _, change in group]
        return Move(
            t0=min(c.t0 for c in changes), t1=max(c.t1 for c in changes), at=now, shelf=self.shelf,
            grams=grams, variance=variance, blind=any(c.blind for c in changes),
        )  # fmt: skip


def with_neighbours(move: Move, shifts: Mapping[int, float]) -> Move:
    """Add what the plates beside it felt: a unit may lean on them, or press through the shelf."""
    felt = {plate: grams for plate, grams in shifts.items() if abs(grams) > SHIFT_G}
    return replace(
        move, grams={**move.grams, **felt}, variance={**move.variance, **dict.fromkeys(felt, SHIFT_VAR)}
    )


def _together(plate: int, change: Change, other_plate: int, other: Change) -> bool:
    if plate == other_plate or abs(plate - other_plate) > 1:
        return False
    return change.t0 <= other.t1 + JOIN_S and other.t0 <= change.t1 + JOIN_S


def _last(group: list[tuple[int, Change]]) -> float:
    return max(change.at for _, change in group)


def _awaits(group: list[tuple[int, Change]], restless: list[tuple[int, float]]) -> bool:
    end = max(change.t1 for _, change in group) + JOIN_S
    near = {q for plate, _ in group for q in (plate - 1, plate + 1)}
    return any(plate in near and since <= end for plate, since in restless)
