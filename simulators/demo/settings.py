"""What `make demo` can be told by its environment; a wrong value refuses to start."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BROKERS = ("auto", "embedded", "mosquitto")
FACTS = ("ledger", "stripe", "receipt", "stock", "truth", "unlock")
MOST_VISITS = 10_000


class BadSetting(ValueError):
    """The message says which variable is wrong and what it may be."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """`visits` None: a living store until somebody stops it; 0: a store without anybody, to walk by hand."""

    visits: int | None
    seed: int
    report: Path | None
    sabotage: str | None
    broker: str
    database: str  # "sqlite" or the URL of an empty PostgreSQL database
    port: int | None  # of the shopper's page; the desk takes the next one
    keep: bool  # leave the folder with logs and database behind


def from_environment(env: Mapping[str, str]) -> DemoSettings:
    visits = _whole(env, "VISITS", 0, MOST_VISITS)
    seed = _whole(env, "SEED", 0, 2**63)
    sabotage = _one_of(env, "SABOTAGE", FACTS)
    if sabotage and not visits:
        raise BadSetting("SABOTAGE needs VISITS: without an end there is no audit")
    report = env.get("REPORT")
    return DemoSettings(
        visits=visits,
        seed=secrets.randbelow(10**6) if seed is None else seed,
        report=Path(report).absolute() if report else None,
        sabotage=sabotage,
        broker=_one_of(env, "BROKER", BROKERS) or "auto",
        database=_database(env),
        port=_whole(env, "PORT", 1024, 65534),
        keep=env.get("KEEP", "") not in ("", "0"),
    )


def _whole(env: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = env.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _one_of(env: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = env.get(name, "")
    if text and text not in known:
        raise BadSetting(f"{name} must be one of {', '.join(known)}, not {text!r}")
    return text or None


def _database(env: Mapping[str, str]) -> str:
    text = env.get("DB", "") or "sqlite"
    if text != "sqlite" and not text.startswith(("postgresql://", "postgresql+psycopg://")):
        raise BadSetting("DB must be sqlite or the URL of an empty PostgreSQL database")
    return text
