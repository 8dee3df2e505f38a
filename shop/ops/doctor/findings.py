"""What a check found, how bad it is, and what it may look at."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shop.config import Settings
from shop.db import Database
from shop.domain import clock
from shop.ops import figures
from shop.ops.counting import Readings

CLOCK_S = {"look": 3.0, "broken": 60.0}
NAMED = 10  # of many things at most so many by name

Level = Literal["ok", "look", "broken"]


@dataclass(frozen=True)
class Finding:
    level: Level
    key: str  # in words.toml
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Patient:
    settings: Settings
    database: Database

    def figure(self, name: str) -> Readings:
        """As the worker's metrics have it."""
        [figure] = [figure for figure in figures.FIGURES if figure.gauge.name == name]
        with self.database.looking() as connection:
            return figures.read(connection, figure)


def compared(theirs: datetime, whom: str) -> Finding:
    seconds = abs((clock.now() - theirs).total_seconds())
    level = graded(seconds, CLOCK_S)
    return Finding(
        level, "clock" if level == "ok" else "clock_off", {"seconds": round(seconds), "whom": whom}
    )


def graded(value: float, limits: dict[str, float]) -> Level:
    if value >= limits["broken"]:
        return "broken"
    return "look" if value >= limits["look"] else "ok"


def hours_since(since: datetime) -> int:
    return int((clock.now() - since).total_seconds() / 3600)


def named(found: list[str]) -> str:
    return ", ".join(found[:NAMED]) + (" …" if len(found) > NAMED else "")
