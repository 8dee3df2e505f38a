"""Plays recorded streams through a watch, in the order in which they would have arrived."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from shop.sensing.episodes import Episode, Key, Scan
from shop.sensing.fusion import fuse
from shop.sensing.visits import Visit
from shop.sensing.watch import Watch

Stream = tuple[Sequence[float], Sequence[float]]
Doors = Sequence[float | Sequence[float]]
# The stream is cut into slices of so many seconds; plates take turns.
SLICE_S = 0.2
# What happened before a shopper left is known so much later, in seconds.
LAG_S = 5.0
NEVER = float("-inf")


def play(
    watch: Watch, plates: Mapping[Key, Stream], doors: Doors | None, scans: Sequence[Scan] | None
) -> list[Episode]:
    """All episodes in the order of their end, decided again with the scans of their visit."""
    steps = [] if doors is None else _steps(doors)
    if doors is not None:
        watch.doors(0)
    told: list[Episode] = []
    visit: list[Episode] = []
    start = NEVER
    for now, batches in _slices(plates):
        while steps and steps[0].at <= now:
            step = steps.pop(0)
            if watch.inside == 0 or step.inside == 0:
                visit += watch.finish()
                told += _again(watch, visit, scans, start, step.at)
                visit, start = [], step.at
            watch.doors(step.inside)
        for (shelf, plate), seconds, grams in batches:
            watch.take(shelf, plate, zip(seconds, grams, strict=True))
        visit += watch.advance(now)
    visit += watch.finish()
    told += _again(watch, visit, scans, start, -NEVER)
    return sorted(told, key=lambda e: (e.t1, e.t0, e.shelf))


def _again(
    watch: Watch, episodes: list[Episode], scans: Sequence[Scan] | None, start: float, end: float
) -> Sequence[Episode]:
    """The episodes between two moments of an empty store, in the light of what was scanned meanwhile."""
    scanned = [scan for scan in scans or () if start <= scan[0] < end]
    if not scanned:
        return episodes
    fused = fuse(episodes, Visit(start, end, scanned).counted).episodes
    for before, after in zip(episodes, fused, strict=True):
        watch.decided_again(before, after)
    return fused


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


class Step(NamedTuple):
    """So many are inside from now on."""

    at: float
    inside: int


def _steps(doors: Doors) -> list[Step]:
    """Numbers inside over time; leaving counts when the shelves have told what happened before."""
    entering, inside = True, 0
    late: list[tuple[float, int]] = []
    for door in doors:
        at, change = door if isinstance(door, Sequence) else (float(door), 1 if entering else -1)
        entering = not entering
        if isfinite(at):
            late.append((at if change > 0 else at + LAG_S, int(change)))
    steps = []
    for at, change in sorted(late):
        inside = max(0, inside + change)
        steps.append(Step(at, inside))
    return steps
