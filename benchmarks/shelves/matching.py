"""Which episode speaks of which move: same shelf, a shared plate, near in time (section 5, protocol 3)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from simulators.physics.truth import Move, Scene

SHARED_G = 4.0  # on one plate, in both
BEFORE_S, AFTER_S = 2.0, 1.0  # around the episode

Lines = Sequence[tuple[str, int]]


class Episode(Protocol):
    """What is read of an episode, ours or the recipe's."""

    @property
    def t0(self) -> float: ...
    @property
    def t1(self) -> float: ...
    @property
    def at(self) -> float: ...
    @property
    def shelf(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def lines(self) -> Lines: ...
    @property
    def posterior(self) -> float: ...
    @property
    def grams(self) -> Mapping[int, float]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """`moves` is empty for an episode that nothing caused."""

    episode: Episode
    moves: tuple[Move, ...]

    @property
    def right(self) -> bool:
        """SKUs, signs and counts agree with what happened in it, all together."""
        return net(self.episode.lines) == net([(move.sku, move.count) for move in self.moves])


def match(scene: Scene, episodes: Sequence[Episode]) -> list[Match]:
    """Each move goes to the nearest episode that can mean it; the others are missed."""
    caused: dict[int, list[Move]] = {}
    for move in scene.moves:
        seen = scene.seen_at(move)
        near = [i for i, episode in enumerate(episodes) if _can_mean(episode, move, seen)]
        if near:
            best = min(near, key=lambda i: _distance(episodes[i], move.at, seen))
            caused.setdefault(best, []).append(move)
    return [Match(episode, tuple(caused.get(i, ()))) for i, episode in enumerate(episodes)]


def net(lines: Lines) -> dict[str, int]:
    total: Counter[str] = Counter()
    for sku, count in lines:
        total[sku] += count
    return {sku: count for sku, count in total.items() if count}


def _can_mean(episode: Episode, move: Move, seen: float) -> bool:
    shared = (
        abs(move.grams.get(plate, 0)) > SHARED_G for plate, g in episode.grams.items() if abs(g) > SHARED_G
    )
    return (
        episode.shelf == move.shelf
        and move.at <= episode.t1 + AFTER_S
        and seen >= episode.t0 - BEFORE_S
        and any(shared)
    )


def _distance(episode: Episode, at: float, seen: float) -> float:
    return max(episode.t0 - seen, at - episode.t1, 0.0)
