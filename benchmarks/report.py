"""From what was measured to figures, and to the table a person reads."""

import statistics
from collections import Counter
from typing import Any

from benchmarks.cold_start import ColdStart
from benchmarks.figures import p50_p95
from benchmarks.load import Measured, Reading
from benchmarks.processes import Usage, cpu_ms_between
from benchmarks.targets import OURS, Verdict
from shop.domain.ending import LAST_REPORTS_S

Result = dict[str, Any]


def build(
    measured: Measured,
    *,
    usage: dict[str, Usage],
    orders: list[dict[str, Any]],
    releases: dict[str, float],
    bare: list[float],
    cold: list[ColdStart],
    ceiling: float,
) -> Result:
    visits, began, ended = len(measured.together), *measured.window
    cpu = {name: ms / visits for name, ms in cpu_ms_between(began.usage, ended.usage).items()}
    around = {name: ms / visits for name, ms in cpu_ms_between(began.around, ended.around).items()}
    unlock_alone = _unlock_ms(measured.alone, orders, releases)
    unlock_together = _unlock_ms(measured.together, orders, releases)
    settle = [(visit.settled - visit.left) * 1000 for visit in measured.together]
    detail: dict[str, Any] = {
        "visits": {"settled": visits, "seconds": round(measured.seconds, 2)},
        "failed": dict(Counter(measured.failed)),
        "cpu_ms_per_visit": _rounded(cpu),
        "simulators_cpu_ms_per_visit": _rounded(around),
        "idle_cpu_ms_per_s": _rounded(_idle(*measured.idle)),
        "rss_mb": _rounded({name: used.rss_mb for name, used in usage.items()}),
        "bare_round_trip_ms": p50_p95(bare),
        "unlock_alone_ms": p50_p95(unlock_alone),
        "unlock_together_ms": p50_p95(unlock_together),
        "entry_to_inside_ms": p50_p95([(v.inside - v.asked) * 1000 for v in measured.together]),
        "settle_ms": p50_p95(settle),
        "settle_of_it_grace_ms": LAST_REPORTS_S * 1000,
        "cold_start_s": [round(each.seconds, 2) for each in cold],
    }
    per_s, bare_p50 = visits / measured.seconds, detail["bare_round_trip_ms"]["p50"]
    figures = {
        "visits_per_s": per_s,
        "visits_failed": len(measured.failed),
        "commits_per_visit": (ended.commits - began.commits) / visits,
        "cpu_ms_per_visit": sum(cpu.values()),
        "simulators_cpu_ms_per_visit": sum(around.values()),
        "idle_cpu_ms_per_s": sum(_idle(*measured.idle).values()),
        "unlock_overhead_p50_ms": detail["unlock_alone_ms"]["p50"] - bare_p50,
        "unlock_overhead_together_p50_ms": detail["unlock_together_ms"]["p50"] - bare_p50,
        "settle_p50_ms": detail["settle_ms"]["p50"],
        "settle_p95_ms": detail["settle_ms"]["p95"],
        "rss_mb": sum(used.rss_mb for used in usage.values()),
        "database_ceiling_per_s": ceiling,
        "of_database_ceiling": per_s / ceiling,
    }
    if cold:
        figures["cold_start_s"] = statistics.median(each.seconds for each in cold)
        figures["cold_start_cpu_s"] = statistics.median(each.cpu_s for each in cold)
    return {"figures": {name: round(value, 4) for name, value in figures.items()}, "detail": detail}


def as_json(verdict: Verdict) -> Result:
    target = verdict.target
    return {"id": target.id, "figure": target.figure, "value": target.value, "met": verdict.met}


def table(result: Result, verdicts: list[Verdict]) -> str:
    lines = [" ".join(f"{name}={value}" for name, value in result["ran_on"].items()), ""]
    lines += [f"{name:<34} {value:>10.2f}" for name, value in result["figures"].items()]
    lines.append("")
    lines += [f"{name:<24} {_words(values)}" for name, values in result["detail"].items()]
    lines += ["", "targets of this stage"]
    lines += [_line(verdict) for verdict in verdicts if verdict.target.stage == "first"]
    lines += ["", "later goals that this run has a figure for"]
    lines += [
        _line(verdict) for verdict in verdicts if verdict.target.stage == "later" and verdict.met is not None
    ]
    return "\n".join(lines)


def _line(verdict: Verdict) -> str:
    target = verdict.target
    sign = ">=" if target.better == "higher" else "<="
    wanted = f"{sign} {target.value:g} {target.unit}"
    if verdict.figure is None:
        found = f"measured by {target.measured_by}" if target.measured_by != OURS else "not measured"
        return f"  {target.id:<4} {target.name:<52} {wanted:<16} {found}"
    met = "met" if verdict.met else "MISSED"
    return f"  {target.id:<4} {target.name:<52} {wanted:<16} {verdict.figure:>9.2f}  {met}"


def _words(values: Any) -> str:
    if isinstance(values, dict):
        return "  ".join(f"{name} {value}" for name, value in values.items())
    return str(values)


def _unlock_ms(visits: list[Any], orders: list[dict[str, Any]], releases: dict[str, float]) -> list[float]:
    """From the order in the database to the bolt, both by this machine's wall clock."""
    wanted = {visit.id for visit in visits}
    return [releases[order["id"]] - order["committed_ms"] for order in orders if order["visit"] in wanted]


def _idle(before: Reading, after: Reading) -> dict[str, float]:
    seconds = after.at - before.at
    return {name: ms / seconds for name, ms in cpu_ms_between(before.usage, after.usage).items()}


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}
