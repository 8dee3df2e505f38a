"""How a weight moved, as a few numbers that can be drawn."""

from hypothesis import given
from hypothesis import strategies as st

from devices.edge.trace import KEPT_MS, REST_MS, History
from devices.events import TRACE_POINTS


def history(readings: list[float], period_ms: int = 100) -> History:
    made = History()
    for number, grams in enumerate(readings):
        made.keep(number * period_ms, grams)
    return made


def test_a_pick_is_shown_from_the_rest_before_to_the_rest_after() -> None:
    trace = history([1000.0] * 30 + [1200.0] * 5 + [600.0] * 10).trace(3000, 4400)
    assert trace is not None
    assert (trace.step_ms, trace.g[0], trace.g[-1]) == (100, 1000, 600)
    assert 1200 in trace.g
    assert len(trace.g) == (1400 + REST_MS) / 100 + 1


def test_one_wild_reading_is_not_in_the_picture() -> None:
    trace = history([1000.0] * 20 + [4000.0] + [1000.0] * 5 + [400.0] * 10).trace(2000, 3500)
    assert trace is not None
    assert max(trace.g) == 1000


def test_of_what_is_long_gone_there_is_no_picture() -> None:
    made = history([1000.0] * 3)
    made.keep(KEPT_MS * 2, 400.0)
    assert made.trace(0, 200) is None
    assert made.trace(KEPT_MS * 2, KEPT_MS * 2) is None


@given(
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=400),
    grams=st.floats(-1e5, 1e5),
    start=st.integers(0, 40_000),
)
def test_however_unevenly_it_was_read_the_picture_is_short_and_ends_where_it_ended(
    gaps: list[int], grams: float, start: int
) -> None:
    made, now = History(), 0
    for number, gap in enumerate(gaps):
        now += gap
        made.keep(now, grams + number)
    trace = made.trace(start, now)
    if trace is None:
        return
    assert 2 <= len(trace.g) <= TRACE_POINTS
    assert (len(trace.g) - 1) * trace.step_ms <= now - max(0, start - REST_MS, now - KEPT_MS)
    recent = [grams + number for number in range(len(gaps))][-3:]
    assert trace.g[-1] == round(sorted(recent)[len(recent) // 2] if len(recent) != 2 else sum(recent) / 2)
