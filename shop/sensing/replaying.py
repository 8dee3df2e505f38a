"""Plays recorded streams through a watch, in the order in which they would have arrived."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shop.sensing.episodes import Episode, Key, Scan
from shop.sensing.fusion import fuse
from shop.sensing.watch import Watch

Stream = tuple[Sequence[float], Sequence[float]]
Doors = Sequence[float | tuple[float, int]]
# The stream is cut into slices of so many seconds; plates take turns.
SLICE_S = 0.5
# What happened before a shopper left is known so much later, in seconds.
LAG_S = 5.0
# A clock further from the rest than this does not hold up the replay, in seconds.
AFAR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Visit:
    """A time in which somebody was inside, in seconds."""

    start: float
    end: float


def play(
    watch: Watch, plates: Mapping[Key, Stream], doors: Doors | None, scans: Sequence[Scan] | None
) -> list[Episode]:
    """All episodes in the order of their end, decided again with the scans of their visit."""
    counts = None if doors is None else _door_steps(doors)
    episodes: list[Episode] = []
    for now, batches in _slices(plates):
        while counts and counts[0][0] <= now:
            inside = counts.pop(0)[1]
            if inside == 0:
                episodes += watch.finish()
            watch.doors(inside)
        for (shelf, plate), seconds, grams in batches:
            watch.take(shelf, plate, zip(seconds, grams, strict=True))
        episodes += watch.advance(now)
    episodes += watch.finish()
    episodes.sort(key=lambda e: (e.t1, e.t0, e.shelf))
    if not scans:
        return episodes
    return _with_scans(episodes, scans, visits_of(doors))


def _slices(
    plates: Mapping[Key, Stream],
) -> Iterator[tuple[float, list[tuple[Key, list[float], list[float]]]]]:
    """Readings by the time of arrival: the latest seconds a plate has told so far."""
    streams = []
    for key in sorted(plates):
        seconds = np.asarray(plates[key][0], dtype=float).ravel()
        grams = np.asarray(plates[key][1], dtype=float).ravel()
        size = min(len(seconds), len(grams))
        seconds, grams = seconds[:size], grams[:size]
        if np.isfinite(seconds).any():
            arrival = np.fmax.accumulate(np.where(np.isfinite(seconds), seconds, -np.inf))
            streams.append((key, seconds, grams, arrival))
    if not streams:
        return
    now = float(min(arrival[np.isfinite(arrival)][0] for *_, arrival in streams))
    position = [0] * len(streams)
    while any(p < len(s[1]) for p, s in zip(position, streams, strict=True)):
        ahead = min(float(s[3][p]) for p, s in zip(position, streams, strict=True) if p < len(s[1]))
        now = max(now + SLICE_S, ahead)
        batches = []
        for i, (key, seconds, grams, arrival) in enumerate(streams):
            stop = int(np.searchsorted(arrival, now, side="right"))
            if stop > position[i]:
                taken = slice(position[i], stop)
                batches.append((key, seconds[taken].tolist(), grams[taken].tolist()))
                position[i] = stop
        yield now, batches


def _changes(doors: Doors) -> list[tuple[float, int]]:
    """Steps of the number inside; bare seconds alternate between entering and leaving."""
    steps, entering = [], True
    for door in sorted(doors, key=lambda d: d[0] if isinstance(d, tuple) else d):
        if isinstance(door, tuple):
            steps.append((float(door[0]), int(door[1])))
        else:
            steps.append((float(door), 1 if entering else -1))
            entering = not entering
    return steps


def _door_steps(doors: Doors) -> list[tuple[float, int]]:
    """Numbers inside over time; leaving counts when the shelves have told what happened before."""
    late = sorted((at if step > 0 else at + LAG_S, step) for at, step in _changes(doors))
    inside, numbers = 0, []
    for at, step in late:
        inside = max(0, inside + step)
        numbers.append((at, inside))
    return [(float("-inf"), 0), *numbers]


def visits_of(doors: Doors | None) -> list[Visit]:
    """Times in which the store was not empty; one endless visit where doors are unknown."""
    if doors is None:
        return [Visit(float("-inf"), float("inf"))]
    visits, inside, start = [], 0, 0.0
    for at, step in _changes(doors):
        before, inside = inside, max(0, inside + step)
        if not before and inside:
            start = at
        elif before and not inside:
            visits.append(Visit(start, at + LAG_S))
    return visits + ([Visit(start, float("inf"))] if inside else [])


def _with_scans(episodes: Iterable[Episode], scans: Sequence[Scan], visits: Sequence[Visit]) -> list[Episode]:
    left = list(episodes)
    decided: list[Episode] = []
    for visit in visits:
        mine = [e for e in left if visit.start <= e.t1 <= visit.end]
        left = [e for e in left if e not in mine]
        counted: dict[str, int] = {}
        for seconds, sku, count in scans:
            if visit.start <= seconds <= visit.end:
                counted[sku] = counted.get(sku, 0) + count
        decided += fuse(mine, counted).episodes
    return sorted([*decided, *left], key=lambda e: (e.t1, e.t0, e.shelf))
