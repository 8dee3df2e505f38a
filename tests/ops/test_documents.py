"""Metrics, alerts, log fields and runbook say the same thing."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from shop.ops import figures, metrics
from shop.ops.counting import METRICS, rendered

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text()
LIST = (ROOT / "docs" / "metrics.md").read_text()
ALERTS = ROOT / "docker" / "alerts.yml"
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
OURS = re.compile(r"\b(?:shop|process)_[a-z_]+\b")
PARTS = re.compile(r"_(bucket|sum|count)$")
CODE = ("shop", "devices", "admin")
ALWAYS = {"time", "level", "process", "pid", "event"}
ADDED = {"request", "logger", "error", "cause", "at"}  # by the formatter itself
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# on devices, which have no log of ours, and the one line that everything here stands on
APART = ("devices/edge/",)

assert figures.FIGURES  # the worker's metrics are on the list too


def row(metric: Any) -> str:
    at = "all" if metric.at == metrics.EVERY else ", ".join(metric.at)
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {at} | {metric.meaning} |"


def test_the_list_of_metrics_is_what_the_processes_show() -> None:
    listed = [line for line in LIST.splitlines() if line.startswith("| `")]
    assert listed == [row(metric) for metric in METRICS]


@pytest.mark.parametrize("process", metrics.EVERY)
def test_a_process_shows_each_of_its_metrics_once(process: str) -> None:
    shown = re.findall(r"^# TYPE (\w+) \w+$", rendered(process), re.MULTILINE)
    assert shown == [metric.name for metric in METRICS if process in metric.at]
    assert len(set(shown)) == len(shown)


def expression(rule: dict[str, Any]) -> str:
    return re.sub(r'"[^"]*"', '""', rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    known = {metric.name: metric for metric in METRICS}
    asked = OURS.findall(expression(rule))
    assert asked or expression(rule).startswith("up{")
    for name in asked:
        metric = known.get(name) or known[PARTS.sub("", name)]
        assert (metric.kind == "histogram") == (name != metric.name), name
    for name, inside in re.findall(r"([a-z_]+)\{([^}]*)\}", expression(rule)):
        labels = {part.split("=")[0].rstrip("!~").strip() for part in inside.split(",")}
        own = known.get(name) or known.get(PARTS.sub("", name))
        assert labels <= {"job", "instance", *(own.labels if own else ())}, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_how_long_what_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_the_runbook_has_a_chapter_for_each_alert_and_no_other() -> None:
    chapters = re.findall(r"^### (\w+)\n\n\S", GUIDE, re.MULTILINE)
    assert chapters == [rule["alert"] for rule in RULES]
    linked = set(re.findall(r"\(#(\w+)\)", GUIDE))
    assert linked <= {chapter.lower() for chapter in chapters}


def test_prometheus_itself_takes_the_rules_where_it_is_installed() -> None:
    program = shutil.which("promtool")
    if program is not None:
        subprocess.run([program, "check", "rules", str(ALERTS)], check=True, capture_output=True)


def calls() -> Iterator[tuple[str, ast.Call]]:
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if "node_modules" in path.parts or place.startswith(APART):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield f"{place}:{node.lineno}", node


def called(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def test_whatever_we_log_has_a_fixed_name() -> None:
    spoken = [
        (place, call)
        for place, call in calls()
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
        and call.func.attr in LEVELS
    ]
    assert len(spoken) > 20
    free = [
        place
        for place, call in spoken
        if not (call.args and isinstance(call.args[0], ast.Call) and called(call.args[0].func) == "told")
    ]
    assert free == [], "say it by told(event, facts): the words of any other line are cut"


def test_every_fact_we_log_is_on_the_list() -> None:
    logs = GUIDE[GUIDE.index("## Logs") : GUIDE.index("## Alerts")]
    listed = {
        name
        for line in logs.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    facts: set[str] = set()
    for place, call in calls():
        if called(call.func) == "told" and call.args and isinstance(call.args[0], ast.Constant):
            assert re.fullmatch(r"[a-z_]+", str(call.args[0].value)), place
            facts |= {str(keyword.arg) for keyword in call.keywords}
    assert facts | ADDED == listed
    assert all(f"`{name}`" in logs for name in ALWAYS)
