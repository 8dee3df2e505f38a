"""What one kilogram or litre of the goods costs, beside the price of the package: `Grundpreis` in PAngV.

EU law calls it the unit price, which is the price of one piece in this code.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shop.domain.net_content import NetContent, Unit

Per = Literal["kg", "l"]


@dataclass(frozen=True)
class Rule:
    unit: Unit
    per: Per
    makes_one: int  # so many of the unit are one of what is priced
    least: int  # packages with less need none
    valid_from: date
    valid_to: date | None  # the last day, None while in force
    source: str


# Hundred grams were allowed for small packages until the day before. Pieces have no base price at all.
RULES = (
    Rule("g", "kg", 1000, 10, date(2022, 5, 28), None, "PAngV 4 (1), 4 (3) no. 1, 5 (1)"),
    Rule("ml", "l", 1000, 10, date(2022, 5, 28), None, "PAngV 4 (1), 4 (3) no. 1, 5 (1)"),
)


@dataclass(frozen=True, slots=True)
class BasePrice:
    cents: int
    per: Per


def of(price_cents: int, net: NetContent | None, on_date: date) -> BasePrice | None:
    """`price_cents`: of the package with VAT and without deposit (PAngV 7). None where the law asks for none.

    Half up to the cent: PAngV names no rounding, so it is the commercial one (DIN 1333).
    """
    rule = _rule(net.unit, on_date) if net else None
    if net is None or rule is None or net.amount < rule.least:
        return None
    cents = (2 * price_cents * rule.makes_one + net.amount) // (2 * net.amount)
    return BasePrice(cents, rule.per)


def _rule(unit: Unit, on_date: date) -> Rule | None:
    for rule in RULES:
        if rule.unit == unit and rule.valid_from <= on_date <= (rule.valid_to or date.max):
            return rule
    return None
