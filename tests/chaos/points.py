"""Names of failpoints, the folder in which harness and processes leave each other notes, and who is next."""

import hashlib
import json
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def file_name(point: str) -> str:
    """Readable, and different for different points."""
    return re.sub(r"\W+", "-", point)[:80] + "-" + hashlib.sha256(point.encode()).hexdigest()[:8]


def process_of(point: str) -> str:
    return point.partition(",")[0]


def comes_round(point: str) -> bool:
    """On no visit's way: it is passed once a minute."""
    return re.search(r", (watch|clear)_", point) is not None


class Board:
    """The shared folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("armed", "hit"):
            (folder / name).mkdir(parents=True)

    def record(self) -> None:
        (self.folder / "passed").write_text("")

    def recorded(self) -> list[str]:
        """Every point passed since `record`, each once; recording ends."""
        path = self.folder / "passed"
        lines = path.read_text().splitlines()
        path.unlink()
        return sorted(set(lines))

    def arm(self, point: str) -> None:
        (self.folder / "armed" / file_name(point)).touch()

    def disarm(self, point: str) -> None:
        (self.folder / "armed" / file_name(point)).unlink(missing_ok=True)

    def hit(self, point: str) -> dict[str, Any] | None:
        """When and who died there; None while nobody has."""
        path = self.folder / "hit" / file_name(point)
        text = path.read_text() if path.exists() else ""
        if not text:
            return None
        note: dict[str, Any] = json.loads(text)
        return note


@dataclass(frozen=True, slots=True)
class Task:
    """A point, and the scenarios that pass it, the cheapest first."""

    point: str
    scenarios: tuple[str, ...]


def tasks(passed_by: Mapping[str, Iterable[str]]) -> list[Task]:
    """`passed_by`: scenario -> points, cheap scenarios first.

    Processes take turns: a supervisor waits longer before it starts one again that has just died.
    """
    passing: dict[str, tuple[str, ...]] = {}
    for scenario, points in passed_by.items():
        for point in points:
            passing[point] = (*passing.get(point, ()), scenario)
    by_process: dict[str, deque[Task]] = defaultdict(deque)
    for point in sorted(passing):
        by_process[process_of(point)].append(Task(point, passing[point]))
    found: list[Task] = []
    while any(by_process.values()):
        left = {name: queue for name, queue in by_process.items() if queue}
        share = {name: len(queue) for name, queue in left.items()}
        last = process_of(found[-1].point) if found else None
        name = max(left, key=lambda name: (name != last, share[name], name))
        found.append(left[name].popleft())
    return found
