"""How much a package holds: read once from what is printed on it, then a whole number and its unit."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Unit = Literal["g", "ml", "piece"]
MOST = 1_000_000  # a ton, a thousand litres

# What is printed -> the unit we count in, and how many of it.
_MEASURES: dict[str, tuple[Unit, int]] = {
    "kg": ("g", 1000),
    "g": ("g", 1),
    "l": ("ml", 1000),
    "cl": ("ml", 10),
    "ml": ("ml", 1),
}
_PIECES = frozenset(("stück", "stk", "st", "rolle", "rollen", "beutel", "blatt", "tabs", "piece", "pieces"))
_PRINTED = re.compile(
    r"(?:([0-9]{1,3}) ?[x×] ?)?([0-9]{1,7}(?:[.,][0-9]{1,3})?) ?([a-zäöüß]{1,10})\.?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NetContent:
    """Of goods that lie in a liquid: the drained weight, for the base price goes by it (PAngV 5)."""

    amount: int
    unit: Unit


def read(printed: str) -> NetContent | None:
    """`0,5 l`, `1 kg`, `6 x 330 ml`, `10 Stück`; None for an empty text, ValueError for any other."""
    text = " ".join(printed.split())
    if not text:
        return None
    found = _PRINTED.fullmatch(text)
    measure = _measure(found[3].lower()) if found else None
    if found is None or measure is None:
        raise ValueError(f"{text!r} is no net content such as '500 g', '0,5 l', '6 x 330 ml' or '10 Stück'")
    unit, times = measure
    number = found[2].replace(",", ".")
    if times < 1000 and len(number.partition(".")[2]) == 3:
        raise ValueError(f"{text!r} can be read in two ways: write it without the separator")
    amount = int(found[1] or 1) * Decimal(number) * times
    if amount != int(amount) or not 1 <= amount <= MOST:
        raise ValueError(f"{text!r} is not a whole number of {unit} from 1 to {MOST}")
    return NetContent(int(amount), unit)


def of(row: Any) -> NetContent | None:
    """As a product or a basket line keeps it."""
    return NetContent(row.net_amount, row.net_unit) if row.net_amount else None


def _measure(word: str) -> tuple[Unit, int] | None:
    return ("piece", 1) if word in _PIECES else _MEASURES.get(word)
