"""A bank in memory behind the shop's payment port, and a plan of what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shop.domain.errors import PaymentGone, PaymentUnavailable
from shop.domain.ports import CardSetup, Found, IntentState, IntentStatus, RefundState


@dataclass
class Intent:
    visit_id: str
    amount_cents: int
    state: IntentState


@dataclass
class Bank:
    """Every call is remembered under its key; a repeat has no second effect."""

    holds_answer: IntentStatus = "held"
    charges_answer: IntentStatus = "captured"
    captures_fail: bool = False
    refunds_answer: Literal["requested", "done", "failed"] = "done"
    out_of_reach: bool = False
    lost_answers: int = 0  # so many calls have their effect, and the answer never comes back
    intents: dict[str, Intent] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    refunds: dict[str, tuple[str, int, RefundState]] = field(default_factory=dict)  # intent, cents, state
    _by_key: dict[str, str] = field(default_factory=dict)

    def create_customer(self, *, key: str, customer_id: str, email: str) -> str:
        return f"cus_{customer_id}"

    def start_card_setup(
        self, *, key: str, customer: str, method_id: str, return_url: str, language: str
    ) -> CardSetup:
        return CardSetup(session_id=f"cs_{method_id}", url=f"https://bank.test/{key}", status="open")

    def card_setup(self, session_id: str) -> CardSetup:
        return CardSetup(session_id=session_id, url=None, status="saved", method_id="pm_1")

    def forget_card(self, *, key: str, method: str) -> None:
        self.forgotten.append(method)

    def forget_customer(self, *, customer: str) -> None:
        self.forgotten.append(customer)

    def place_hold(
        self,
        *,
        key: str,
        customer: str,
        method: str,
        amount_cents: int,
        return_url: str,
        metadata: dict[str, str],
    ) -> IntentState:
        return self._open("hold", key, metadata, amount_cents, self.holds_answer)

    def charge(
        self,
        *,
        key: str,
        customer: str,
        method: str,
        amount_cents: int,
        return_url: str,
        metadata: dict[str, str],
    ) -> IntentState:
        return self._open("charge", key, metadata, amount_cents, self.charges_answer)

    def capture(self, *, key: str, provider_id: str, amount_cents: int) -> IntentState:
        self._reach()
        intent = self.intents[provider_id]
        if key not in self._by_key:
            if self.captures_fail or intent.state.status != "held" or amount_cents > intent.amount_cents:
                raise PaymentGone(intent.state.status)
            self._by_key[key] = provider_id
            self._move(intent, "captured", amount_cents)
        return self._answer(intent)

    def release(self, *, key: str, provider_id: str) -> IntentState:
        self._reach()
        intent = self.intents[provider_id]
        if intent.state.status == "captured":
            raise PaymentGone("captured")
        self._move(intent, "released", 0)
        return self._answer(intent)

    def refund(
        self, *, refund_id: str, provider_id: str, amount_cents: int, metadata: dict[str, str]
    ) -> RefundState:
        self._reach()
        name = f"re_{refund_id}"
        if name not in self.refunds:
            left = self.intents[provider_id].state.captured_cents - self._given(provider_id)
            if amount_cents > left:
                raise PaymentGone("more than is left")
            state = RefundState(self.refunds_answer, name, refund_id)
            self.refunds[name] = provider_id, amount_cents, state
        self._lose()
        return self.refunds[name][2]

    def refund_state(self, provider_id: str) -> RefundState:
        self._reach()
        return self.refunds[provider_id][2]

    def given_back(self, visit_id: str) -> int:
        """Cents that came back to her account."""
        return sum(
            cents
            for intent, cents, state in self.refunds.values()
            if self.intents[intent].visit_id == visit_id and state.status == "done"
        )

    def look_up(self, provider_id: str) -> IntentState:
        return self.intents[provider_id].state

    def search(self, *, customer: str, payment_id: str, since: datetime) -> IntentState | None:
        self._reach()
        states = (intent.state for intent in self.intents.values())
        return next((state for state in states if state.payment_id == payment_id), None)

    def begun(self, *, since: datetime, until: datetime) -> Iterator[Found]:
        """Nothing that the shop does not know: a story's bank serves nobody else."""
        self._reach()
        return iter(())

    def authenticated(self, visit_id: str) -> Intent:
        """The shopper has proved to her bank that it is she; the first waiting intent goes ahead."""
        hers = [intent for intent in self.intents.values() if intent.visit_id == visit_id]
        intent = next(intent for intent in hers if intent.state.status == "action")
        if str(intent.state.provider_id).startswith("hold"):
            self._move(intent, "held", 0)
        else:
            self._move(intent, "captured", intent.amount_cents)
        return intent

    def taken(self, visit_id: str) -> int:
        """Cents that left her account."""
        return sum(i.state.captured_cents for i in self.intents.values() if i.visit_id == visit_id)

    def held(self, visit_id: str) -> int:
        """Cents still reserved on her card."""
        return sum(
            i.amount_cents
            for i in self.intents.values()
            if i.visit_id == visit_id and i.state.status in ("held", "action")
        )

    def _open(
        self, kind: str, key: str, metadata: dict[str, str], amount_cents: int, answer: IntentStatus
    ) -> IntentState:
        self._reach()
        if key not in self._by_key:
            name = f"{kind}_{len(self.intents) + 1}"
            state = IntentState(
                status=answer,
                provider_id=name,
                captured_cents=amount_cents if answer == "captured" else 0,
                action_url="https://bank.test/prove-it" if answer == "action" else None,
                decline_code="insufficient_funds" if answer == "declined" else None,
                payment_id=metadata["payment"],
            )
            self.intents[name] = Intent(metadata["visit"], amount_cents, state)
            self._by_key[key] = name
        return self._answer(self.intents[self._by_key[key]])

    def _given(self, provider_id: str) -> int:
        return sum(cents for intent, cents, _ in self.refunds.values() if intent == provider_id)

    def _reach(self) -> None:
        if self.out_of_reach:
            raise PaymentUnavailable("no route")

    def _answer(self, intent: Intent) -> IntentState:
        self._lose()
        return intent.state

    def _lose(self) -> None:
        if self.lost_answers:
            self.lost_answers -= 1
            raise PaymentUnavailable("the line was cut before the answer")

    def _move(self, intent: Intent, status: IntentStatus, captured_cents: int) -> None:
        intent.state = replace(intent.state, status=status, captured_cents=captured_cents, action_url=None)
