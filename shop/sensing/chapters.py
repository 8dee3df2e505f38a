"""Moves on the same plates within half a minute: one thing or several? The better explained reading wins.

A hand that rests and then picks, a lean and its release, goods put down in passing: each gives moves that
mean nothing alone. Every way to cut the sequence into episodes is weighed by evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

from shop.sensing.episodes import Episode, Move
from shop.sensing.hypotheses import Hypothesis
from shop.sensing.judging import evidence, judge

# So long a move waits for another that explains it, in seconds, and so many moves may be one episode.
PENDING_S = 30.0
LONGEST = 3
# At most so many moves are reconsidered; older ones are settled.
MOST_MOVES = 6
# Prior of a force that comes and goes; it lasts about so long, in seconds; half of such forces are below
# so many grams, few are many times that; a plate beside it feels about this share.
HOLD = 0.01
HOLD_S = 3.5
HOLD_G = 300.0
HOLD_BESIDE = 0.015

# Weighs a move, given the episodes just before it.
Explain = Callable[[Move, tuple[Episode, ...]], list[Hypothesis]]


@dataclass(slots=True)
class Chapter:
    """Connected moves of one shelf that may still be read anew."""

    moves: list[Move]
    episodes: tuple[Episode, ...] = field(default=())

    @property
    def shelf(self) -> str:
        return self.moves[0].shelf

    @property
    def end(self) -> float:
        return self.moves[-1].at

    def touches(self, move: Move) -> bool:
        return self.shelf == move.shelf and any(m.changed & move.changed for m in self.moves)


def read(moves: list[Move], explain: Explain) -> tuple[Episode, ...]:
    """The most probable cut of the moves into episodes, each explained."""
    best: list[tuple[float, tuple[Episode, ...]]] = [(0.0, ())]
    for end in range(1, len(moves) + 1):
        ways = []
        for start in range(max(0, end - LONGEST), end):
            group = moves[start:end]
            if not _connected(group):
                continue
            score, before = best[start]
            move = merge(group)
            hypotheses = explain(move, before)
            if len(group) > 1:  # reading several moves as one must explain them
                hypotheses = [h for h in hypotheses if h.kind != "unknown"]
            hold = sum(_force(m, after) for m, after in pairwise(group))
            ways.append((score + evidence(hypotheses) + hold, (*before, judge(move, hypotheses))))
        best.append(max(ways, key=lambda way: way[0]))
    return best[-1][1]


def merge(group: list[Move]) -> Move:
    """One move from before the first to after the last."""
    if len(group) == 1:
        return group[0]
    plates = sorted({p for m in group for p in m.grams})
    return Move(
        t0=group[0].t0,
        t1=max(m.t1 for m in group),
        at=max(m.at for m in group),
        shelf=group[0].shelf,
        grams={p: sum(m.grams.get(p, 0.0) for m in group) for p in plates},
        variance={p: sum(m.variance.get(p, 0.0) for m in group) for p in plates},
        blind=any(m.blind for m in group),
    )


def _connected(group: list[Move]) -> bool:
    return all(a.changed & b.changed for a, b in pairwise(group))


def _force(move: Move, after: Move) -> float:
    """Log density of a passing force: its size is heavy-tailed, its place on the plates anyhow."""
    pressed = {plate: abs(move.grams[plate]) for plate in move.changed & after.changed}
    size = max(1.0, *pressed.values())
    beside = 1.0 + HOLD_BESIDE * size
    density = -log(2 * HOLD_G) - 2 * log(1 + size / HOLD_G)
    density -= (len(pressed) - 1) * log(size)
    density -= sum(
        abs(grams) / beside + log(2 * beside)
        for plate, grams in move.grams.items()
        if plate not in move.changed
    )
    return log(HOLD) - (max(0.0, after.t0 - move.t1) / HOLD_S) ** 2 + density
