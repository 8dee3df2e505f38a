"""Euro amounts as integer cents: VAT out of gross, fair splits, words for people."""

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

LOCALES = {"de": "de_DE", "en": "en_IE"}  # en_IE writes €1,234.50 as a euro country does
BASIS_POINTS = 10_000


def vat_in(gross_cents: int, rate_bp: int) -> int:
    """VAT contained in a gross sum, half up to the cent; a refund's VAT mirrors its sale's.

    Apply it to the gross of one rate on one receipt, never line by line and never to a day's total.
    """
    if rate_bp < 0:
        raise ValueError(f"a VAT rate cannot be negative: {rate_bp}")
    whole = BASIS_POINTS + rate_bp
    vat = (2 * abs(gross_cents) * rate_bp + whole) // (2 * whole)
    return vat if gross_cents >= 0 else -vat


def net_of(gross_cents: int, rate_bp: int) -> int:
    return gross_cents - vat_in(gross_cents, rate_bp)


def split(cents: int, weights: Sequence[int]) -> list[int]:
    """Shares in proportion to the weights, exact in sum; the largest remainders get the odd cents."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"cannot split by weights {list(weights)}")
    sign = -1 if cents < 0 else 1
    shares, remainders = zip(*(divmod(abs(cents) * weight, total) for weight in weights), strict=True)
    odd = abs(cents) - sum(shares)
    first = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))[:odd]
    return [sign * (share + (index in first)) for index, share in enumerate(shares)]


def format_eur(cents: int, language: str) -> str:
    """`0,89 €` in German, with a space that does not break; `€0.89` in English."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=LOCALES[language])


def format_rate(rate_bp: int, language: str) -> str:
    """`19 %` and `7,8 %` in German, with a space that does not break; `19%` and `7.8%` in English."""
    number = format_decimal(Decimal(rate_bp) / 100, locale=LOCALES[language])
    return f"{number}\u00a0%" if language == "de" else f"{number}%"
