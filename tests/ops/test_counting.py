"""Counters and histograms as Prometheus reads them."""

import math
import re

import pytest

from shop.ops import counting
from shop.ops.counting import Counter, Gauge, Histogram, rendered

SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "METRICS", [])


def lines() -> list[str]:
    return [line for line in rendered("worker").splitlines() if not line.startswith("#")]


def test_a_counter_counts_for_each_set_of_labels() -> None:
    calls = Counter("calls_total", "Calls", "kind", at=("worker",))
    for kind in ("a", "b", "a"):
        calls.add(kind)
    assert rendered("worker").splitlines() == [
        "# HELP calls_total Calls",
        "# TYPE calls_total counter",
        'calls_total{kind="a"} 2',
        'calls_total{kind="b"} 1',
    ]


def test_a_counter_without_labels_begins_at_zero() -> None:
    Counter("calls_total", "Calls", at=("worker",))
    assert lines() == ["calls_total 0"]


def test_a_histogram_counts_what_was_at_most_so_long() -> None:
    took = Histogram("took_seconds", "Took", at=("worker",), upto=(0.1, 1.0))
    for seconds in (0.1, 0.5, 0.5, 7.0):
        took.observe(seconds)
    assert lines() == [
        'took_seconds_bucket{le="0.1"} 1',
        'took_seconds_bucket{le="1"} 3',
        'took_seconds_bucket{le="+Inf"} 4',
        "took_seconds_sum 8.1",
        "took_seconds_count 4",
    ]


def test_what_is_timed_is_named_by_its_end() -> None:
    took = Histogram("took_seconds", "Took", "call", "outcome", at=("worker",), upto=(60.0,))
    with took.timed("get", failed=lambda _: "failed"):
        pass
    with pytest.raises(ValueError, match="no"), took.timed("get", failed=lambda error: type(error).__name__):
        raise ValueError("no")
    assert 'took_seconds_count{call="get",outcome="ok"} 1' in lines()
    assert 'took_seconds_count{call="get",outcome="ValueError"} 1' in lines()


def test_a_gauge_is_asked_when_it_is_read_and_may_know_nothing() -> None:
    found: dict[tuple[str, ...], float] = {("x",): 1.5}
    Gauge("things", "Things", "name", at=("worker",), ask=lambda: found)
    assert lines() == ['things{name="x"} 1.5']
    found.clear()
    assert lines() == []


def test_large_numbers_keep_all_their_digits() -> None:
    Gauge("cents", "Cents", at=("worker",), ask=lambda: {(): 12_345_678_901})
    assert lines() == ["cents 12345678901"]


def test_labels_of_any_text_stay_one_line() -> None:
    Counter("calls_total", "Calls", "what", at=("worker",)).add('a "quoted"\nback\\slash')
    [line] = lines()
    assert SAMPLE.fullmatch(line)
    assert not math.isnan(float(line.rsplit(" ", 1)[1]))


def test_a_process_shows_only_what_it_has() -> None:
    Counter("calls_total", "Calls", at=("gateway",))
    assert rendered("worker") == ""
