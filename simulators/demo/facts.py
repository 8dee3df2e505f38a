"""What each source says about the visits of one demo, before anything is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ZERO_STATES = ("empty", "refused", "abandoned")
DUE_STATES = ("in_review", "payment_due")
COUNTED_STATES = ("settled", *ZERO_STATES, *DUE_STATES)
FIGURES = ("truth_cents", "charged_cents", "stripe_captured_cents", "receipts_cents")


@dataclass(frozen=True, slots=True)
class ReceiptFigures:
    """What one document says, in cents; zeros when there is none."""

    total_cents: int = 0
    paid_cents: int = 0

    def __str__(self) -> str:
        return f"total {self.total_cents}, paid {self.paid_cents}"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit; each of the four money figures comes from its own source, less what was given back."""

    visit: str
    party: str
    persona: str
    state: str
    expected: str  # how this persona's visits are meant to end
    reason: str | None  # the code the shopper was told
    causes: tuple[str, ...]  # why a person had to look, from the operator's desk
    truth_cents: int  # prices of the goods that physically left, less what she was promised back
    charged_cents: int  # our ledger
    stripe_captured_cents: int
    receipt: ReceiptFigures  # the PDF
    page: ReceiptFigures  # the same receipt as a web page
    hold: str  # at Stripe: none, open, captured, released
    settle_ms: int | None  # from "I have left" to settled on her screen
    correction: ReceiptFigures = ReceiptFigures()  # what its PDF gives back
    correction_page: ReceiptFigures = ReceiptFigures()
    refunded_cents: int = 0  # by Stripe

    @property
    def receipts_cents(self) -> int:
        return self.receipt.paid_cents - self.correction.paid_cents

    @property
    def reviewed(self) -> bool:
        return bool(self.causes)


@dataclass(frozen=True, slots=True)
class Order:
    """An unlock as our database committed it."""

    command: str
    visit: str
    committed_ms: int


@dataclass(frozen=True, slots=True)
class Release:
    """A line of the bolt's own log."""

    command: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class StockFact:
    sku: str
    on_the_shelf: int  # the world's count
    in_the_books: int  # the product's sum of movements
    visits: tuple[str, ...]  # who took some of it home


@dataclass(frozen=True, slots=True)
class RanOn:
    db: str
    broker: str
    commit: str
    seed: int


@dataclass(frozen=True, slots=True)
class Facts:
    ran_on: RanOn
    visits: Sequence[VisitFacts]
    orders: Sequence[Order]
    releases: Sequence[Release]
    stock: Sequence[StockFact]
    strangers: Mapping[str, str] = field(default_factory=dict)  # money or goods of no visit -> which
