"""A plugin: tests whose programs are missing are left out, and the long ones where everything is asked for.

How many and why is said at the end.
"""

import os
from collections import Counter
from typing import Any

import pytest

from tests.programs import FINDERS

REASONS = pytest.StashKey[dict[str, str]]()  # of each marker whose tests are left out
LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    missing = {marker: program for marker, (program, find) in FINDERS.items() if find() is None}
    reasons = {marker: f"need {program}, not installed here" for marker, program in missing.items()}
    if _everything_is_required():
        if missing:
            names = ", ".join(missing.values())
            raise pytest.UsageError(f"all tests are required here, but this machine has no {names}")
    elif not _is_narrowed(config):
        reasons["long"] = "take long: pytest -m long runs them, REQUIRE_ALL=1 leaves nothing out"
    config.stash[REASONS] = reasons
    config.stash[LEFT_OUT] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept, left_out = [], []
    for item in items:
        reason = next((marker for marker in config.stash[REASONS] if item.get_closest_marker(marker)), None)
        if reason is None:
            kept.append(item)
        else:
            left_out.append(item)
            config.stash[LEFT_OUT][reason] += 1
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
        terminalreporter.write_line(f"left out: {count} tests that {config.stash[REASONS][marker]}")


def _everything_is_required() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"


def _is_narrowed(config: pytest.Config) -> bool:
    """Somebody asked for certain tests: she gets the long ones among them."""
    options = config.option
    return config.args != config.getini("testpaths") or bool(options.markexpr or options.keyword)
