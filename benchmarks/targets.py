"""The targets file: what every figure should be, where that number comes from, and whether it is met."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("targets.toml")
STAGES = ("first", "second", "later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`better` says on which side of `value` the figure should lie; stage `later` is not asked for yet."""

    id: str
    name: str
    figure: str
    value: float
    unit: str
    better: Literal["lower", "higher"]
    stage: Literal["first", "second", "later"]
    source: str
    measured_by: str
    stretch: float | None = None

    def __post_init__(self) -> None:
        if self.better not in ("lower", "higher") or self.stage not in STAGES:
            raise ValueError(f"target {self.id}: better is lower or higher, stage one of {STAGES}")

    def met_by(self, figure: float) -> bool:
        return figure >= self.value if self.better == "higher" else figure <= self.value


@dataclass(frozen=True, slots=True)
class Verdict:
    target: Target
    figure: float | None  # None: measured elsewhere, or not in this run

    @property
    def met(self) -> bool | None:
        return None if self.figure is None else self.target.met_by(self.figure)


def read(path: Path = FILE) -> list[Target]:
    """TypeError names a field that is missing or unknown."""
    return [Target(**entry) for entry in tomllib.loads(path.read_text())["target"]]


def compare(targets: list[Target], figures: Mapping[str, float]) -> list[Verdict]:
    return [Verdict(target, figures.get(target.figure)) for target in targets]
