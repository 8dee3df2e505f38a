"""What `shop up` tells its processes about logs and metrics."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from shop import config
from shop.__main__ import up
from shop.config import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The plan's processes by name, with the settings given."""

    def start(**settings: Any) -> dict[str, Any]:
        plans: list[dict[str, Any]] = []
        monkeypatch.setattr(config, "settings", lambda: Settings(data_dir=tmp_path, **settings))
        monkeypatch.setattr(os, "execv", lambda _program, argv: plans.append(json.loads(argv[-1])))
        up()
        return {process["name"]: process.get("env", {}) for process in plans[0]["processes"]}

    monkeypatch.setenv("SHOP_LOG", "auto")
    return start


def test_the_second_of_a_kind_shows_its_figures_one_port_higher(started: Any) -> None:
    env = started(metrics_port=9464, worker_processes=2, gateway_processes=2)
    assert [env[name]["SHOP_METRICS_PORT"] for name in ("worker", "worker-2")] == ["9464", "9465"]
    assert [env[name]["SHOP_METRICS_PORT"] for name in ("gateway", "gateway-2")] == ["9464", "9465"]


def test_without_a_port_nobody_listens(started: Any) -> None:
    env = started(worker_processes=2)
    assert {env[name]["SHOP_METRICS_PORT"] for name in ("serve", "worker", "worker-2")} == {"0"}


@pytest.mark.parametrize(
    ("terminal", "log", "told"), [(True, "auto", "text"), (False, "auto", "auto"), (True, "json", "auto")]
)
def test_whoever_starts_it_at_a_terminal_reads_words(
    started: Any, monkeypatch: pytest.MonkeyPatch, terminal: bool, log: str, told: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    started(log=log)
    assert os.environ["SHOP_LOG"] == told
