"""What is printed on a package is a whole number and a unit, or it is refused where it comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain import net_content
from shop.domain.net_content import NetContent


@pytest.mark.parametrize(
    ("printed", "amount", "unit"),
    [
        ("500 g", 500, "g"),
        ("1,3 kg", 1300, "g"),
        ("0,75 l", 750, "ml"),
        ("0.5 L", 500, "ml"),
        ("0,375 l", 375, "ml"),
        ("70 cl", 700, "ml"),
        ("6 x 0,33 l", 1980, "ml"),
        ("20 × 1,75 g", 35, "g"),
        (" 10  Stück ", 10, "piece"),
        ("8 Rollen", 8, "piece"),
        ("25 Stk.", 25, "piece"),
        ("1000000 g", 1_000_000, "g"),
    ],
)
def test_what_packages_say(printed: str, amount: int, unit: net_content.Unit) -> None:
    assert net_content.read(printed) == NetContent(amount, unit)


@pytest.mark.parametrize("printed", ["", "   "])
def test_nothing_printed_is_no_quantity(printed: str) -> None:
    assert net_content.read(printed) is None


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("etwa 500 g", "no net content"),
        ("500", "no net content"),
        ("3 m", "no net content"),
        ("-5 g", "no net content"),
        ("5 g 5 g", "no net content"),
        ("1.000 g", "two ways"),  # a thousand or one
        ("1,000 ml", "two ways"),
        ("0,5 g", "whole number"),
        ("1,5 Stück", "whole number"),
        ("0 g", "whole number"),
        ("999 x 999999 kg", "whole number"),
        ("٣ g", "no net content"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(printed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        net_content.read(printed)


@given(st.text(max_size=40))
def test_every_text_is_read_or_refused(printed: str) -> None:
    try:
        found = net_content.read(printed)
    except ValueError:
        return
    assert found is None or 1 <= found.amount <= net_content.MOST


@given(st.integers(1, net_content.MOST), st.sampled_from(["g", "ml"]))
def test_a_whole_number_is_read_as_it_stands(amount: int, unit: net_content.Unit) -> None:
    assert net_content.read(f"{amount} {unit}") == NetContent(amount, unit)
