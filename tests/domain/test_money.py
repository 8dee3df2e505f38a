"""Money and VAT: the worked example of a receipt, and laws that hold for every amount."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain import money, tax

cents = st.integers(-10_000_000, 10_000_000)
rates = st.sampled_from([0, 500, 550, 700, 780, 1600, 1900]) | st.integers(0, 10_000)
weights = st.lists(st.integers(0, 100_000), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [
        (949, 1900, 152),
        (684, 700, 45),
        (386, 700, 25),
        (297, 1900, 47),  # once for the rate; line by line it would be 48
        (-100, 1900, -16),  # four one-way bottles come back
        (119, 1900, 19),
        (0, 1900, 0),
        (1234, 0, 0),
    ],
)
def test_vat_of_the_worked_example(gross: int, rate: int, vat: int) -> None:
    assert money.vat_in(gross, rate) == vat


def test_half_a_cent_of_vat_is_rounded_up() -> None:
    assert money.vat_in(3, 10_000) == 2  # exactly 1.5 cents
    assert money.vat_in(-3, 10_000) == -2


@given(cents, rates)
def test_net_and_vat_add_up_to_gross(gross: int, rate: int) -> None:
    assert money.net_of(gross, rate) + money.vat_in(gross, rate) == gross


@given(cents, rates)
def test_vat_is_within_half_a_cent_of_the_exact_share(gross: int, rate: int) -> None:
    exact = Fraction(gross * rate, 10_000 + rate)
    assert abs(money.vat_in(gross, rate) - exact) <= Fraction(1, 2)


@given(cents, rates)
def test_a_full_refund_takes_back_exactly_the_vat_of_the_sale(gross: int, rate: int) -> None:
    assert money.vat_in(-gross, rate) == -money.vat_in(gross, rate)


@given(st.integers(0, 100_000), st.integers(0, 20_000), rates)
def test_a_deposit_is_taxed_together_with_its_contents(goods: int, deposit: int, rate: int) -> None:
    """One sum per rate; taxing goods and deposit apart may differ by a cent and never by more."""
    together = money.vat_in(goods + deposit, rate)
    assert abs(together - money.vat_in(goods, rate) - money.vat_in(deposit, rate)) <= 1


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        money.vat_in(100, -1)


def test_a_discount_is_spread_as_in_the_worked_example() -> None:
    assert money.split(159, [298, 429, 534, 327]) == [30, 43, 53, 33]


@given(cents, weights)
def test_a_split_loses_no_cent(amount: int, parts: list[int]) -> None:
    assert sum(money.split(amount, parts)) == amount


@given(cents, weights)
def test_each_share_is_within_a_cent_of_its_exact_part(amount: int, parts: list[int]) -> None:
    shares = money.split(amount, parts)
    for share, weight in zip(shares, parts, strict=True):
        assert abs(share - Fraction(amount * weight, sum(parts))) < 1


@given(cents, weights)
def test_nothing_goes_to_a_part_without_weight(amount: int, parts: list[int]) -> None:
    shares = money.split(amount, [*parts, 0])
    assert shares[-1] == 0


@pytest.mark.parametrize("parts", [[], [0, 0], [3, -1]])
def test_weights_that_make_no_sense_are_refused(parts: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        money.split(100, parts)


def test_amounts_read_as_people_write_them() -> None:
    assert money.format_eur(89, "de") == "0,89\u00a0€"
    assert money.format_eur(123450, "de") == "1.234,50\u00a0€"
    assert money.format_eur(-5, "de") == "-0,05\u00a0€"
    assert money.format_eur(123450, "en") == "€1,234.50"
    assert money.format_eur(-5, "en") == "-€0.05"


@given(st.integers(-(10**12), 10**12), st.sampled_from(["de", "en"]))
def test_no_cent_is_lost_in_writing(amount: int, language: str) -> None:
    digits = "".join(sign for sign in money.format_eur(amount, language) if sign.isdigit() or sign == "-")
    assert int(digits) == amount


def test_rates_read_as_people_write_them() -> None:
    assert [money.format_rate(rate, "de") for rate in (1900, 780)] == ["19\u00a0%", "7,8\u00a0%"]
    assert [money.format_rate(rate, "en") for rate in (1900, 780)] == ["19%", "7.8%"]


@pytest.mark.parametrize(
    ("day", "standard", "reduced"),
    [
        (date(2020, 6, 30), 1900, 700),
        (date(2020, 7, 1), 1600, 500),
        (date(2020, 12, 31), 1600, 500),
        (date(2021, 1, 1), 1900, 700),
        (date(2026, 11, 22), 1900, 700),
    ],
)
def test_the_rate_is_that_of_the_day_of_supply(day: date, standard: int, reduced: int) -> None:
    assert tax.rate_bp(tax.STANDARD, day) == standard
    assert tax.rate_bp(tax.REDUCED, day) == reduced


@pytest.mark.parametrize(
    ("vat_class", "day"), [("luxury", date(2026, 1, 1)), (tax.STANDARD, date(2006, 12, 31))]
)
def test_a_rate_nobody_recorded_is_an_error_not_a_guess(vat_class: str, day: date) -> None:
    with pytest.raises(tax.UnknownRate, match=vat_class):
        tax.rate_bp(vat_class, day)


@pytest.mark.parametrize("vat_class", [tax.STANDARD, tax.REDUCED])
def test_each_class_has_exactly_one_rate_on_every_day(vat_class: str) -> None:
    periods = sorted((rate.valid_from, rate.valid_to) for rate in tax.RATES if rate.vat_class == vat_class)
    ends = [end for _, end in periods]
    assert ends[-1] is None
    for end, (next_start, _) in zip(ends, periods[1:], strict=False):
        assert end is not None
        assert next_start == end + timedelta(days=1)


def test_every_rate_names_its_source() -> None:
    assert all("UStG" in rate.source for rate in tax.RATES)
