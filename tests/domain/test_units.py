"""How many units explain a weight: exact without noise, silent when nothing fits."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.sensing import units

GRAMS = st.floats(min_value=20, max_value=3000)
SPREAD = st.floats(min_value=0, max_value=0.03)  # of a unit's weight
COUNTS = st.integers(min_value=-40, max_value=40)


@given(unit=GRAMS, share=SPREAD, count=COUNTS)
def test_whole_multiples_without_noise_are_counted_exactly(unit: float, share: float, count: int) -> None:
    """Unless so many vary by so much that the next whole number would look the same."""
    spread = sqrt(abs(count) * (share * unit) ** 2 + (0.004 * count * unit) ** 2 + 2)
    certain = count == 0 or 3 * spread <= unit / 2
    assert units.count(count * unit, unit, share * unit) == (count if certain else None)


@given(delta=st.floats(min_value=-20_000, max_value=20_000), unit=GRAMS, share=SPREAD)
def test_a_count_is_never_outside_its_tolerance(delta: float, unit: float, share: float) -> None:
    count = units.count(delta, unit, share * unit)
    if count is not None:
        spread = sqrt(abs(count) * (share * unit) ** 2 + (0.004 * count * unit) ** 2 + 2)
        assert abs(delta - count * unit) <= max(5.0, 3.5 * spread)
        assert abs(delta - count * unit) < unit / 2


@given(delta=st.floats(min_value=-20_000, max_value=20_000), unit=GRAMS, share=SPREAD)
def test_coming_and_going_are_counted_alike(delta: float, unit: float, share: float) -> None:
    there, back = units.count(-delta, unit, share * unit), units.count(delta, unit, share * unit)
    assert there == (None if back is None else -back)


@pytest.mark.parametrize(
    ("delta", "count"),
    [(-330, -1), (-336, -1), (-660, -2), (990, 3), (4, 0), (-5, 0), (-40, None), (-165, None), (-500, None)],
)
def test_a_bottle_of_330_grams(delta: int, count: int | None) -> None:
    assert units.count(delta, 330.0, 3.0) == count


def test_a_light_article_is_not_taken_for_noise() -> None:
    assert units.count(-12, 12.0, 0.5) == -1
    assert units.count(-5, 12.0, 0.5) is None
