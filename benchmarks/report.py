"""From what was measured in whole visits to figures."""

from collections import Counter
from typing import Any

from benchmarks import cold_start
from benchmarks.cold_start import ColdStart
from benchmarks.figures import p50_p95
from benchmarks.load import Measured, Reading
from benchmarks.processes import Usage, cpu_ms_between
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
        # what two cores would do if nothing but the product ran on them: scaled, not measured
        "visits_per_s_of_two_cores": 2000 / sum(cpu.values()),
    }
    if cold:
        figures |= cold_start.figures(cold)
    return {"figures": {name: round(value, 4) for name, value in figures.items()}, "detail": detail}


def _unlock_ms(visits: list[Any], orders: list[dict[str, Any]], releases: dict[str, float]) -> list[float]:
    """From the order in the database to the bolt, both by this machine's wall clock."""
    wanted = {visit.id for visit in visits}
    return [releases[order["id"]] - order["committed_ms"] for order in orders if order["visit"] in wanted]


def _idle(before: Reading, after: Reading) -> dict[str, float]:
    seconds = after.at - before.at
    return {name: ms / seconds for name, ms in cpu_ms_between(before.usage, after.usage).items()}


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}
