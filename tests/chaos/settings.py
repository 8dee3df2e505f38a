"""What `make chaos` can be told by its environment; a wrong value refuses to start."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulators.demo.settings import BROKERS, BadSetting, DemoSettings
from tests.chaos.mutants import MUTANTS, Mutant

DATABASES = ("sqlite", "postgresql")
MOST_VISITS = 500
PLENTY = 45  # visits from which on every target dies three times
TIMES = 3


@dataclass(frozen=True, slots=True)
class ChaosSettings:
    visits: int
    seed: int
    database: str
    broker: str
    report: Path | None
    keep: bool
    mutant: Mutant | None

    @property
    def kills_each(self) -> int:
        return TIMES if self.visits >= PLENTY else 1

    @property
    def stores(self) -> int:
        """Enough for visits to overlap, few enough for two cores."""
        if self.mutant:
            return self.mutant.stores
        return 4 if self.visits >= PLENTY else 3

    @property
    def shop(self) -> dict[str, str]:
        """Settings of the product: on PostgreSQL two of each, so that one dies and another goes on."""
        if self.database == "sqlite":
            return {}
        return {f"SHOP_{name}_PROCESSES": "2" for name in ("SERVE", "WORKER", "GATEWAY")}

    def demo(self, database_url: str) -> DemoSettings:
        return DemoSettings(
            visits=self.visits,
            seed=self.seed,
            report=None,
            sabotage=None,
            broker=self.broker,
            database=database_url,
            port=None,
            keep=self.keep,
        )


def from_environment(env: Mapping[str, str]) -> ChaosSettings:
    mutant = _mutant(env.get("MUTANT", ""))
    visits = env.get("N") or (str(mutant.visits) if mutant else "12")
    seed = env.get("SEED", "")
    for name, text in (("N", visits), ("SEED", seed or "0")):
        if not text.isascii() or not text.isdigit() or int(text) > 2**63:
            raise BadSetting(f"{name} must be a whole number, not {text!r}")
    if not 1 <= int(visits) <= MOST_VISITS:
        raise BadSetting(f"N must be from 1 to {MOST_VISITS}")
    report = env.get("REPORT")
    return ChaosSettings(
        visits=int(visits),
        seed=int(seed) if seed else secrets.randbelow(10**6),
        database=_one_of(env, "DB", DATABASES, mutant.database if mutant else "sqlite"),
        broker=_one_of(env, "BROKER", BROKERS, "auto"),
        report=Path(report).absolute() if report else None,
        keep=env.get("KEEP", "") not in ("", "0"),
        mutant=mutant,
    )


def _mutant(name: str) -> Mutant | None:
    if name and name not in MUTANTS:
        raise BadSetting(f"MUTANT must be one of {', '.join(MUTANTS)}, not {name!r}")
    return MUTANTS.get(name)


def _one_of(env: Mapping[str, str], name: str, known: tuple[str, ...], otherwise: str) -> str:
    text = env.get(name, "") or otherwise
    if text not in known:
        raise BadSetting(f"{name} must be one of {', '.join(known)}, not {text!r}")
    return text
