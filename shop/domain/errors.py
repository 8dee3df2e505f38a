"""What can go wrong, as one small tree.

ShopError
├── Refusal            a shopper or staff member is told no: code, plain words, when, next step
├── IllegalTransition  the life-cycle table has no such row: a bug or news we cannot place
├── PaymentDeclined    the bank said no; final for this attempt
├── PaymentUnavailable the payment service did not answer properly; try again with the same key
└── PaymentGone        the payment is in a state that makes the request impossible
"""

from datetime import datetime
from typing import Any


class ShopError(Exception):
    pass


class IllegalTransition(ShopError):
    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"{event} is not possible while {state}")


class PaymentDeclined(ShopError):
    """`code` is the bank's reason, such as insufficient_funds."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PaymentUnavailable(ShopError):
    pass


class PaymentGone(ShopError):
    pass


class Refusal(ShopError):
    """A no that is safe to show; the words for each code are in `refusals`."""

    def __init__(
        self, code: str, *, available_at: datetime | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.available_at = available_at
        self.details = details
