"""A visit of the doctor: every check within a time limit, and the words for what was found."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.engine import make_url

from shop.config import Settings
from shop.db import Database
from shop.ops.doctor import books, here, outside
from shop.ops.doctor.findings import Finding, Patient
from shop.ops.health import Patience

WORDS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
LEVELS = {"de": {"look": "ansehen", "broken": "defekt"}, "en": {}}
LIMIT_S = 20.0  # for one check; Stripe and mail servers are given up after ten
AWAY = Finding("broken", "database_away")

Given = TypeVar("Given", contravariant=True)


class Check(Protocol[Given]):
    __name__: str

    def __call__(self, given: Given, /) -> Iterator[Finding]: ...


ALWAYS: tuple[Check[Settings], ...] = (
    here.settings,
    here.secret,
    here.disk,
    here.backup,
    outside.stripe,
    outside.mail,
)
WITH_DATABASE: tuple[Check[Patient], ...] = (
    here.clock,
    outside.broker,
    outside.webhooks,
    books.devices,
    books.exit_tests,
    books.queues,
    books.payments,
    books.books,
)


def examine(settings: Settings) -> Iterator[Finding]:
    """Each finding as soon as it is there."""
    for check in ALWAYS:
        yield from _within_limit(check, settings)
    if _is_missing(settings.database_url):
        yield AWAY
        return
    with closing(Database(settings.database_url, patient=True)) as database:
        patient = Patient(settings, database)
        [found] = _within_limit(here.database, patient)
        yield AWAY if found.key == "no_answer" else found
        if found.level == "ok":
            for asking in WITH_DATABASE:
                yield from _within_limit(asking, patient)


def _within_limit(check: Check[Given], given: Given) -> list[Finding]:
    unheard = [Finding("broken", "no_answer", {"check": check.__name__})]
    return Patience(lambda: list(check(given)), unheard, LIMIT_S).answer()


def _is_missing(url: str) -> bool:
    """A SQLite file that connecting would make."""
    named = make_url(url)
    return named.get_backend_name() == "sqlite" and not Path(named.database or "").exists()


def in_words(finding: Finding, language: str) -> str:
    words, facts = WORDS[finding.key], finding.facts
    if setting := facts.get("setting"):
        facts = {**facts, "effect": WORDS[setting][language]}
    level = LEVELS[language].get(finding.level, finding.level)
    lines = [f"{level:<8}{words[language].format(**facts)}"]
    if f"{language}_do" in words:
        lines.append(f"{'':<8}→ {words[f'{language}_do'].format(**facts)}")
    return "\n".join(lines)


def as_json(finding: Finding) -> str:
    """A line for programs."""
    return json.dumps({"level": finding.level, "check": finding.key, **finding.facts}, ensure_ascii=False)


def language_of(environment: Mapping[str, str]) -> str:
    """As POSIX picks it; German or English."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "de" if next(filter(None, named), "").lower().startswith("de") else "en"
