"""What the shop asks of the outside world, in our words; adapters answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
class RefundState:
    """Where a refund stands; `requested`: the bank is still working."""

    status: Literal["requested", "done", "failed"]
    provider_id: str | None = None
    refund_id: str | None = None  # our own name for it, given as metadata when it was asked for
    why: str | None = None  # it failed
    payment: str | None = None  # the provider's name of the hold or charge it is taken from
    amount_cents: int = 0


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
    """A verified webhook; `subject` is the id of the intent, setup session or refund it is about."""

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

    def forget_card(self, *, key: str, method: str) -> None: ...

    def forget_customer(self, *, customer: str) -> None: ...

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

    def refund(
        self, *, refund_id: str, provider_id: str, amount_cents: int, metadata: dict[str, str]
    ) -> RefundState:
        """Give back a part of what was captured. Once for each `refund_id`, however often and late."""

    def refund_state(self, provider_id: str) -> RefundState: ...

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


@dataclass(frozen=True)
class NewPasskey:
    """Of a passkey that was just made; texts are base64url."""

    credential_id: str
    public_key: str
    sign_count: int


class Ceremonies(Protocol):
    """WebAuthn: what a browser is asked for, and whether what it answers is true.

    An answer is what the browser's `toJSON` tells, by our names: `id`, `client_data` and either `attestation`
    or `authenticator_data`, `signature` and `user_handle`.
    """

    def creation(
        self, *, challenge: str, shop: str, customer_id: str, email: str, known: list[str]
    ) -> dict[str, Any]: ...

    def request(self, *, challenge: str) -> dict[str, Any]: ...

    def challenge_in(self, answer: Mapping[str, str]) -> str:
        """What it claims to have signed; empty when nobody can tell."""

    def made(self, attestation: Mapping[str, str], challenge: str) -> NewPasskey | None: ...

    def signed(
        self, assertion: Mapping[str, str], challenge: str, customer_id: str, public_key: str
    ) -> int | None:
        """How often the passkey was used by its own count; None for a signature that is not true."""
