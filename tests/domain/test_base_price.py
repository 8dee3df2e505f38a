"""What a kilogram or litre costs: worked examples, and rules that hold for every package."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain import base_price, net_content
from shop.domain.base_price import BasePrice
from shop.domain.net_content import NetContent, Unit

TODAY = date(2026, 11, 23)
prices = st.integers(0, 1_000_000)
amounts = st.integers(10, net_content.MOST)
measures = st.sampled_from(["g", "ml"])


@pytest.mark.parametrize(
    ("cents", "printed", "found"),
    [
        (99, "330 ml", BasePrice(300, "l")),
        (89, "0,33 l", BasePrice(270, "l")),
        (159, "1 l", BasePrice(159, "l")),
        (199, "50 g", BasePrice(3980, "kg")),
        (549, "1,3 kg", BasePrice(422, "kg")),
        (330, "6 x 330 ml", BasePrice(167, "l")),
        (1, "16 g", BasePrice(63, "kg")),  # 62.5 cents
        (99, "10 ml", BasePrice(9900, "l")),
        (99, "9 ml", None),
        (99, "9 g", None),
        (349, "10 Stück", None),
        (30, "", None),
    ],
)
def test_the_price_of_a_kilogram_or_litre(cents: int, printed: str, found: BasePrice | None) -> None:
    assert base_price.of(cents, net_content.read(printed), TODAY) == found


@given(prices, amounts, measures)
def test_it_is_within_half_a_cent_of_the_exact_price(cents: int, amount: int, unit: Unit) -> None:
    found = base_price.of(cents, NetContent(amount, unit), TODAY)
    assert found is not None
    off = found.cents - Fraction(cents * 1000, amount)
    assert -Fraction(1, 2) < off <= Fraction(1, 2)  # half a cent goes up


@given(prices, st.integers(10, 10_000), measures, st.integers(1, 100))
def test_as_many_times_the_price_for_as_many_times_the_goods_is_the_same(
    cents: int, amount: int, unit: Unit, times: int
) -> None:
    one, many = NetContent(amount, unit), NetContent(amount * times, unit)
    assert base_price.of(cents, one, TODAY) == base_price.of(cents * times, many, TODAY)


@given(prices, measures)
def test_of_a_kilogram_or_litre_it_is_the_price_itself(cents: int, unit: Unit) -> None:
    found = base_price.of(cents, NetContent(1000, unit), TODAY)
    assert found == BasePrice(cents, "kg" if unit == "g" else "l")


@given(prices, st.integers(1, 9), measures)
def test_the_smallest_packages_have_none(cents: int, amount: int, unit: Unit) -> None:
    assert base_price.of(cents, NetContent(amount, unit), TODAY) is None


@given(prices, st.integers(1, net_content.MOST))
def test_pieces_have_none(cents: int, amount: int) -> None:
    assert base_price.of(cents, NetContent(amount, "piece"), TODAY) is None


def test_a_rule_holds_from_its_first_day() -> None:
    half = NetContent(500, "g")
    assert base_price.of(100, half, date(2022, 5, 28)) == BasePrice(200, "kg")
    assert base_price.of(100, half, date(2022, 5, 27)) is None
    assert all(rule.source for rule in base_price.RULES)
