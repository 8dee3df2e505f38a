"""Stripe's test cards: which names reach them and how each behaves. Source: docs.stripe.com/testing."""

from dataclasses import dataclass
from typing import Literal

from simulators.stripe.errors import Obj

Authentication = Literal["never", "optional", "unless_set_up", "already_set_up", "required"]


@dataclass(slots=True, frozen=True)
class Refusal:
    message: str
    code: str
    decline_code: str


GENERIC = Refusal("Your card was declined.", "card_declined", "generic_decline")
NO_FUNDS = Refusal("Your card has insufficient funds.", "card_declined", "insufficient_funds")
LOST = Refusal("Your card was declined.", "card_declined", "lost_card")
STOLEN = Refusal("Your card was declined.", "card_declined", "stolen_card")
VELOCITY = Refusal("Your card was declined.", "card_declined", "card_velocity_exceeded")
EXPIRED = Refusal("Your card has expired.", "expired_card", "expired_card")
WRONG_CVC = Refusal("Your card's security code is incorrect.", "incorrect_cvc", "incorrect_cvc")
PROCESSING = Refusal(
    "An error occurred while processing your card. Try again in a little bit.",
    "processing_error",
    "processing_error",
)
UNAUTHENTICATED = Refusal(
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
    "authentication_required",
)
NOT_A_TEST_CARD = Refusal(
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of "
    "valid test cards, visit: https://stripe.com/docs/testing.",
    "card_declined",
    "test_mode_live_card",
)


@dataclass(slots=True, frozen=True)
class Card:
    """`on_setup` False means saving the card works although charging it fails."""

    number: str
    names: tuple[str, ...] = ()
    brand: str = "visa"
    country: str = "US"
    authentication: Authentication = "never"
    refusal: Refusal | None = None
    on_setup: bool = True


CARDS = (
    Card("4242424242424242", ("visa",)),
    Card("4000002760000016", ("de",), country="DE"),
    Card("5555555555554444", ("mastercard",), brand="mastercard"),
    Card("378282246310005", ("amex",), brand="amex"),
    Card("4000000000000002", ("visa_chargeDeclined", "chargeDeclined"), refusal=GENERIC),
    Card(
        "4000000000009995",
        ("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"),
        refusal=NO_FUNDS,
    ),
    Card("4000000000009987", ("visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"), refusal=LOST),
    Card("4000000000009979", ("visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"), refusal=STOLEN),
    Card("4000000000000069", ("chargeDeclinedExpiredCard",), refusal=EXPIRED),
    Card("4000000000000127", ("chargeDeclinedIncorrectCvc",), refusal=WRONG_CVC),
    Card("4000000000000119", ("chargeDeclinedProcessingError",), refusal=PROCESSING),
    Card("4000000000006975", ("visa_chargeDeclinedVelocityLimitExceeded",), refusal=VELOCITY),
    Card("4000000000000341", ("chargeCustomerFail",), refusal=GENERIC, on_setup=False),
    Card("4000002500003155", ("authenticationRequiredOnSetup",), authentication="unless_set_up"),
    Card("4000002760003184", ("authenticationRequired",), authentication="required"),
    Card(
        "4000003800000446",
        ("authenticationRequiredSetupForOffSession",),
        authentication="already_set_up",
    ),
    Card(
        "4000008260003178",
        ("authenticationRequiredChargeDeclinedInsufficientFunds",),
        authentication="unless_set_up",
        refusal=NO_FUNDS,
        on_setup=False,
    ),
    Card("4000000000003220", ("threeDSecure2Required",), authentication="required"),
    Card(
        "4000008400001629",
        ("threeDSecureRequiredChargeDeclined",),
        authentication="required",
        refusal=GENERIC,
    ),
    Card("4000000000003055", ("threeDSecureOptional",), authentication="optional"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_NAME = {name: card for card in CARDS for name in card.names}


def setup_needs_authentication(card: Card) -> bool:
    return card.authentication in ("unless_set_up", "required")


def payment_needs_authentication(method: Obj, *, off_session: bool, requested: bool) -> bool:
    """`requested`: the merchant asked for 3-D Secure (request_three_d_secure any or challenge)."""
    card = BY_NUMBER[method["_number"]]
    match card.authentication:
        case "never":
            return False
        case "optional":
            return requested
        case "required":
            return True
        case "already_set_up":
            return not off_session
        case "unless_set_up":
            return not (off_session and method["_set_up"])
