"""German VAT rates as data: which class had which rate on which day, and where that is written."""

from dataclasses import dataclass
from datetime import date

REDUCED = (
    "reduced"  # goods in annex 2 UStG: most food, but water, juice, soft drinks and household goods are not
)
STANDARD = "standard"


@dataclass(frozen=True)
class Rate:
    vat_class: str
    rate_bp: int
    valid_from: date
    valid_to: date | None  # the last day, None while in force
    source: str


RATES = (
    Rate(STANDARD, 1900, date(2007, 1, 1), date(2020, 6, 30), "UStG 12 (1), HBeglG 2006"),
    Rate(STANDARD, 1600, date(2020, 7, 1), date(2020, 12, 31), "UStG 28 (1), second Corona tax relief act"),
    Rate(STANDARD, 1900, date(2021, 1, 1), None, "UStG 12 (1)"),
    Rate(REDUCED, 700, date(2007, 1, 1), date(2020, 6, 30), "UStG 12 (2) no. 1 with annex 2"),
    Rate(REDUCED, 500, date(2020, 7, 1), date(2020, 12, 31), "UStG 28 (2), second Corona tax relief act"),
    Rate(REDUCED, 700, date(2021, 1, 1), None, "UStG 12 (2) no. 1 with annex 2"),
)


class UnknownRate(LookupError):
    def __init__(self, vat_class: str, on_date: date) -> None:
        super().__init__(f"no VAT rate is known for {vat_class!r} on {on_date.isoformat()}")


def rate_bp(vat_class: str, on_date: date) -> int:
    """Rate in basis points on the store's calendar day of supply; a deposit takes its contents' class."""
    for rate in RATES:
        if rate.vat_class == vat_class and rate.valid_from <= on_date <= (rate.valid_to or date.max):
            return rate.rate_bp
    raise UnknownRate(vat_class, on_date)
