"""Which tests run on this machine: those whose programs are missing are left out and named at the end."""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings

from tests.programs import FINDERS

pytest_plugins = ["tests.domain.databases", "tests.crashing"]

settings.register_profile("shop", deadline=None)  # shared machines stall now and then
settings.load_profile("shop")

LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()
    missing = _missing()
    if missing and _everything_is_required():
        names = ", ".join(FINDERS[marker][0] for marker in missing)
        raise pytest.UsageError(f"all tests are required here, but this machine has no {names}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = _missing()
    kept, left_out = [], []
    for item in items:
        needs = next((marker for marker in missing if item.get_closest_marker(marker)), None)
        if needs is None:
            kept.append(item)
        else:
            left_out.append(item)
            config.stash[LEFT_OUT][needs] += 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel run collects in its workers; each tells the controller what it left out."""
    report = getattr(session.config, "workeroutput", None)
    if report is not None:
        left_out = session.config.stash[LEFT_OUT]
        report["left_out"] = dict(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    counted: dict[str, int] = getattr(node, "workeroutput", {}).get("left_out", {})
    total: Counter[str] = node.config.stash[LEFT_OUT]
    total |= Counter(counted)  # every worker collects all tests: the larger count, not the sum


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for marker, count in sorted(config.stash[LEFT_OUT].items()):
        program = FINDERS[marker][0]
        terminalreporter.write_line(f"left out: {count} tests that need {program}, not installed here")


def _missing() -> list[str]:
    return [marker for marker, (_, find) in FINDERS.items() if find() is None]


def _everything_is_required() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"
