"""What the shop asks of the outside world, in our words; adapters answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

IntentStatus = Literal["action", "held", "captured", "released", "declined", "asked"]

# A statement and its values, asked as things stand now and in no transaction: rows of a few columns.
Look = Callable[..., Sequence[Any]]


@dataclass(frozen=True)
class IntentState:
    """Where a hold or charge stands; amounts in cents. `asked`: the provider is still working."""

    status: IntentStatus
    provider_id: str | None = None
    captured_cents: int = 0
    action_url: str | None = None
    decline_code: str | None = None
    payment_id: str | None = None  # our own name for it, given as metadata when it was asked for
    capture_before: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A hold or charge as it was found by looking at the provider, with what we gave it along."""

    state: IntentState
    amount_cents: int
    metadata: dict[str, str]


@dataclass(frozen=True)
class CardSetup:
    """A hosted page where the shopper types her card; `method_id` once she has."""

    session_id: str
    url: str | None
    status: Literal["open", "saved", "failed"]
    method_id: str | None = None
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None


@dataclass(frozen=True)
class PaymentNews:
    """A verified webhook; `subject` is the id of the intent or setup session it is about."""

    id: str
    kind: str
    subject: str
    raw: dict[str, Any]


class Payments(Protocol):
    """Every call with a `key` may be repeated with the same key and has one effect.

    Raises PaymentUnavailable (try again) and PaymentGone (never will); a no from the bank is an answer.
    """

    def create_customer(self, *, key: str, customer_id: str, email: str) -> str: ...

    def start_card_setup(
        self, *, key: str, customer: str, method_id: str, return_url: str, language: str
    ) -> CardSetup: ...

    def card_setup(self, session_id: str) -> CardSetup: ...

    def place_hold(
        self,
        *,
        key: str,
        customer: str,
        method: str,
        amount_cents: int,
        return_url: str,
        metadata: dict[str, str],
    ) -> IntentState: ...

    def charge(
        self,
        *,
        key: str,
        customer: str,
        method: str,
        amount_cents: int,
        return_url: str,
        metadata: dict[str, str],
    ) -> IntentState: ...

    def capture(self, *, key: str, provider_id: str, amount_cents: int) -> IntentState: ...

    def release(self, *, key: str, provider_id: str) -> IntentState: ...

    def look_up(self, provider_id: str) -> IntentState: ...

    def search(self, *, customer: str, payment_id: str, since: datetime) -> IntentState | None:
        """The hold or charge we asked for under this name; None when it never came to that."""

    def begun(self, *, since: datetime, until: datetime) -> Iterator[Found]:
        """Everything begun in that time, whoever asked for it."""


class WebhookVerifier(Protocol):
    def __call__(self, payload: bytes, signature: str) -> PaymentNews:
        """Raises Refusal bad_signature."""


class Mail(Protocol):
    def send(self, to: str, subject: str, text: str) -> None:
        """Raises OSError or smtplib.SMTPException when it could not be handed over."""
