"""What a receipt says, independent of how it is shown."""

from collections import defaultdict
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shop.domain import money
from shop.domain.base_price import BasePrice

Language = Literal["de", "en"]
Status = Literal["paid", "open", "waived", "refunded", "refunding"]
Kind = Literal["sale", "correction"]


class Fixed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a snapshot may know more than is printed


class Evidence(Fixed):
    """One movement a shelf saw: grams are negative when goods left."""

    shelf: str
    plate: int
    at: AwareDatetime
    grams: int


class Line(Fixed):
    sku: str
    name_de: str
    name_en: str
    quantity: int
    unit_price_cents: int
    base_price: BasePrice | None = None  # of one kilogram or litre
    unit_deposit_cents: int = 0
    total_cents: int  # goods alone
    deposit_cents: int = 0
    vat_rate_bp: int
    evidence: tuple[Evidence, ...] = ()


class VatRow(Fixed):
    rate_bp: int
    net_cents: int
    vat_cents: int
    gross_cents: int


class ReceiptDocument(Fixed):
    """Seller, day, goods, gross sums and rates: what UStDV 33 asks of an invoice up to 250 euros.

    A correction takes back a part of a sale: its amounts are below zero.
    """

    kind: Kind = "sale"
    corrects: int | None = None  # the number of the sale's receipt

    operator_name: str
    operator_address: str
    operator_vat_id: str = ""
    store_name: str
    store_address: str
    store_slug: str
    number: int
    issued_at: AwareDatetime
    visit_id: str
    card: str = ""  # such as "Visa •••• 4242"
    lines: tuple[Line, ...]
    total_cents: int  # goods and deposit
    deposit_cents: int = 0
    paid_cents: int = 0
    waived_cents: int = 0
    language: Language = "de"

    @property
    def shown_number(self) -> str:
        return self._shown(self.number)

    @property
    def shown_corrects(self) -> str:
        return self._shown(self.corrects) if self.corrects is not None else ""

    @property
    def open_cents(self) -> int:
        return self.total_cents - self.paid_cents - self.waived_cents

    @property
    def status(self) -> Status:
        if self.kind == "correction":
            return "refunding" if self.open_cents else "refunded"
        if self.open_cents > 0:
            return "open"
        return "waived" if self.waived_cents > 0 and self.paid_cents == 0 else "paid"

    @property
    def vat(self) -> list[VatRow]:
        """Highest rate first; a deposit counts with its contents (UStAE 10.1 (8))."""
        gross_by_rate: dict[int, int] = defaultdict(int)
        for line in self.lines:
            gross_by_rate[line.vat_rate_bp] += line.total_cents + line.deposit_cents
        return [_vat_row(rate, gross_by_rate[rate]) for rate in sorted(gross_by_rate, reverse=True)]

    def _shown(self, number: int) -> str:
        letters = [sign for sign in self.store_slug.upper() if sign.isalnum()]
        return f"{''.join(letters[:3])}-{number:06d}"

    def name_of(self, line: Line) -> str:
        return line.name_de if self.language == "de" else line.name_en


def _vat_row(rate_bp: int, gross_cents: int) -> VatRow:
    vat = money.vat_in(gross_cents, rate_bp)
    return VatRow(rate_bp=rate_bp, net_cents=gross_cents - vat, vat_cents=vat, gross_cents=gross_cents)
