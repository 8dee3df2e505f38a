"""A bank in memory for tests that are not about the bank."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from shop.domain.ports import CardSetup, Found, IntentState, RefundState


@dataclass
class Bank:
    """Grants everything; `before_answer` happens between its deed and our hearing of it."""

    before_answer: Callable[[], object] = lambda: None
    asked: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def create_customer(self, *, key: str, customer_id: str, email: str) -> str:
        return f"cus_{customer_id}"

    def start_card_setup(
        self, *, key: str, customer: str, method_id: str, return_url: str, language: str
    ) -> CardSetup:
        return CardSetup(f"cs_{method_id}", f"https://bank.test/{language}", "open")

    def card_setup(self, session_id: str) -> CardSetup:
        return CardSetup(session_id, None, "saved", "pm_1", "visa", "4242", 12, 2034)

    def forget_card(self, *, key: str, method: str) -> None:
        self.forgotten.append(method)

    def forget_customer(self, *, customer: str) -> None:
        self.forgotten.append(customer)

    def place_hold(self, *, key: str, amount_cents: int, metadata: dict[str, str], **_: str) -> IntentState:
        return self._answer(key, "held", f"hold-{metadata['payment']}")

    def charge(self, *, key: str, amount_cents: int, metadata: dict[str, str], **_: str) -> IntentState:
        return self._answer(key, "captured", f"charge-{metadata['payment']}", amount_cents)

    def capture(self, *, key: str, provider_id: str, amount_cents: int) -> IntentState:
        return self._answer(key, "captured", provider_id, amount_cents)

    def release(self, *, key: str, provider_id: str) -> IntentState:
        return self._answer(key, "released", provider_id)

    def refund(self, *, refund_id: str, amount_cents: int, **_: object) -> RefundState:
        self.asked.append(refund_id)
        self.before_answer()
        return RefundState("done", f"re_{refund_id}", refund_id)

    def refund_state(self, provider_id: str) -> RefundState:
        return RefundState("done", provider_id)

    def look_up(self, provider_id: str) -> IntentState:
        return IntentState("held", provider_id)

    def search(self, *, customer: str, payment_id: str, since: datetime) -> IntentState | None:
        return None

    def begun(self, *, since: datetime, until: datetime) -> Iterator[Found]:
        return iter(())

    def _answer(self, key: str, status: str, provider_id: str, cents: int = 0) -> IntentState:
        self.asked.append(key)
        self.before_answer()
        return IntentState(status, provider_id, captured_cents=cents)  # type: ignore[arg-type]
