"""Stripe, spoken to in our words: saved cards, holds, charges, captures and signed news."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, Unpack, cast
from urllib.parse import quote, urlsplit

import stripe

from shop.domain.errors import PaymentGone, PaymentUnavailable
from shop.domain.ports import CardSetup, IntentState, IntentStatus

TIMEOUT_S = 10.0

# docs.stripe.com/payments/paymentintents/lifecycle
STATUS: dict[str, IntentStatus] = {
    "requires_capture": "held",
    "requires_action": "action",
    "succeeded": "captured",
    "canceled": "released",
    "requires_payment_method": "declined",
    "processing": "asked",
    "requires_confirmation": "asked",
}

Told = dict[str, Any]  # an object of Stripe's as its answer has it
Ask = Callable[[str], Told]  # one request, given its idempotency key


class Wish(TypedDict):
    """A hold or charge as `Payments` asks for it."""

    key: str
    customer: str
    method: str
    amount_cents: int
    return_url: str
    metadata: dict[str, str]


# What a capture or cancel answers when somebody was faster (docs.stripe.com/error-codes).
OVERTAKEN = ("payment_intent_unexpected_state", "charge_already_captured", "charge_expired_for_capture")
CHARGE = ["latest_charge"]


class StripePayments:
    """Never repeats a call by itself: jobs do, with the same key.

    Answers are read as they come: the library's own objects cost as much CPU as all the rest of a call.
    """

    def __init__(self, key: str, url: str) -> None:
        if key.startswith(("sk_live_", "rk_live_")) and urlsplit(url).hostname != "api.stripe.com":
            raise ValueError("a live Stripe key must not be sent to any address but Stripe's own")
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": url},
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
            max_network_retries=0,
        )

    def create_customer(self, *, key: str, customer_id: str, email: str) -> str:
        with _our_errors():
            customer = self._post("customers", key, email=email, metadata={"customer": customer_id})
        return str(customer["id"])

    def start_card_setup(
        self, *, key: str, customer: str, method_id: str, return_url: str, language: str
    ) -> CardSetup:
        with _our_errors():
            session = self._post(
                "checkout/sessions",
                key,
                mode="setup",
                currency="eur",
                allowed_payment_method_types=["card"],
                customer=customer,
                client_reference_id=method_id,
                metadata={"method": method_id},
                success_url=return_url,
                cancel_url=return_url,
                locale="de" if language == "de" else "en",
            )
        return _card_setup(session)

    def card_setup(self, session_id: str) -> CardSetup:
        with _our_errors():
            session = self._get(f"checkout/sessions/{_id(session_id)}", ["setup_intent.payment_method"])
        return _card_setup(session)

    def place_hold(self, **wish: Unpack[Wish]) -> IntentState:
        return self._pay("manual", **wish)

    def charge(self, **wish: Unpack[Wish]) -> IntentState:
        return self._pay("automatic", **wish)

    def capture(self, *, key: str, provider_id: str, amount_cents: int) -> IntentState:
        """A final capture: what is left of the hold is freed by it."""

        def ask(key: str) -> Told:
            path = f"payment_intents/{_id(provider_id)}/capture"
            return self._post(path, key, amount_to_capture=amount_cents, expand=CHARGE)

        return self._move(ask, key, provider_id)

    def release(self, *, key: str, provider_id: str) -> IntentState:
        def ask(key: str) -> Told:
            return self._post(f"payment_intents/{_id(provider_id)}/cancel", key, expand=CHARGE)

        return self._move(ask, key, provider_id)

    def look_up(self, provider_id: str) -> IntentState:
        with _our_errors():
            return _state(self._get(f"payment_intents/{_id(provider_id)}", CHARGE))

    def _post(self, path: str, key: str, **wish: Any) -> Told:
        answer = self._client.raw_request("post", f"/v1/{path}", idempotency_key=key, **wish)
        return cast(Told, answer.data)

    def _get(self, path: str, expand: list[str], **wish: Any) -> Told:
        answer = self._client.raw_request("get", f"/v1/{path}", expand=expand, **wish)
        return cast(Told, answer.data)

    def _pay(self, capture_method: Literal["manual", "automatic"], **wish: Unpack[Wish]) -> IntentState:
        """The shopper is present, so her bank may ask her; a no from the bank is an answer."""

        def ask(key: str) -> Told:
            return self._post(
                "payment_intents",
                key,
                amount=wish["amount_cents"],
                currency="eur",
                customer=wish["customer"],
                payment_method=wish["method"],
                allowed_payment_method_types=["card"],
                capture_method=capture_method,
                confirm=True,
                off_session=False,
                return_url=wish["return_url"],
                metadata=wish["metadata"],
                expand=CHARGE,
            )

        try:
            with _our_errors():
                return self._create(ask, wish["key"], wish["customer"], wish["metadata"])
        except stripe.CardError as error:
            return _declined(error)

    def _create(self, ask: Ask, key: str, customer: str, metadata: dict[str, str]) -> IntentState:
        try:
            return _state(ask(key))
        except (stripe.APIError, stripe.IdempotencyError) as error:
            if not _is_spent(error):
                raise
        found = self._find(customer, metadata)
        return _state(found) if found else self._create(ask, f"{key}+", customer, metadata)

    def _find(self, customer: str, metadata: dict[str, str]) -> Told | None:
        """What a request whose answer is lost for good may have left behind."""
        recent = self._get("payment_intents", ["data.latest_charge"], customer=customer, limit=20)
        return next((intent for intent in recent["data"] if intent["metadata"] == metadata), None)

    def _move(self, ask: Ask, key: str, provider_id: str) -> IntentState:
        """Capture or cancel; when it already happened, or cannot, the answer is where the intent stands."""
        with _our_errors():
            try:
                return _state(ask(key))
            except stripe.InvalidRequestError as error:
                if error.code not in OVERTAKEN:
                    raise
                return self.look_up(provider_id)
            except (stripe.APIError, stripe.IdempotencyError) as error:
                if not _is_spent(error):
                    raise
        now = self.look_up(provider_id)
        return now if now.status in ("captured", "released") else self._move(ask, f"{key}+", provider_id)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Stripe's errors in our words (docs.stripe.com/error-low-level); a declined card passes.

    The text holds no personal data: it is written to logs and job rows.
    """
    try:
        yield
    except stripe.CardError:
        raise
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise PaymentGone(_words(error)) from error
    except stripe.StripeError as error:
        # network, 429, 409, 5xx; a wrong key too, because whoever corrects it wants the work done
        raise PaymentUnavailable(_words(error)) from error


def _words(error: stripe.StripeError) -> str:
    parts = (type(error).__name__, error.http_status, error.code, error.request_id)
    return " ".join(str(part) for part in parts if part)


def _is_spent(error: stripe.StripeError) -> bool:
    """The key will never bring another answer: its 500 was stored, or it stands for other parameters.

    Source: docs.stripe.com/api/idempotent_requests.
    """
    replayed = (error.headers or {}).get("idempotent-replayed") == "true"
    return replayed or isinstance(error, stripe.IdempotencyError)


def _id(name: str) -> str:
    return quote(name, safe="")


def _state(told: Told) -> IntentState:
    failure = told.get("last_payment_error") or {}
    status = STATUS.get(told["status"], "asked")
    if status == "declined" and not failure:
        status = "asked"  # nobody has tried yet
    redirect = (told.get("next_action") or {}).get("redirect_to_url") or {}
    return IntentState(
        status=status,
        provider_id=told["id"],
        captured_cents=told["amount_received"] if status == "captured" else 0,
        action_url=redirect.get("url") if status == "action" else None,
        decline_code=_decline_code(failure) if status == "declined" else None,
        payment_id=told["metadata"].get("payment"),
        capture_before=_capture_before(told.get("latest_charge")),
    )


def _decline_code(failure: dict[str, Any]) -> str | None:
    """The bank's reason (docs.stripe.com/declines/codes), else Stripe's own."""
    return failure.get("decline_code") or failure.get("code")


def _capture_before(charge: Any) -> datetime | None:
    if not isinstance(charge, dict):
        return None
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    until = card.get("capture_before")  # only while a hold stands
    return datetime.fromtimestamp(until, UTC) if until else None


def _declined(error: stripe.CardError) -> IntentState:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    failure = body.get("error", {})
    intent = failure.get("payment_intent") or {}
    return IntentState(
        status="declined",
        provider_id=intent.get("id"),
        decline_code=_decline_code(failure),
        payment_id=intent.get("metadata", {}).get("payment"),
    )


def _card_setup(session: Told) -> CardSetup:
    intent = session.get("setup_intent")
    method = intent.get("payment_method") if isinstance(intent, dict) else None
    if isinstance(method, dict) and method.get("card") and session["status"] == "complete":
        card = method["card"]
        return CardSetup(
            session_id=session["id"],
            url=None,
            status="saved",
            method_id=method["id"],
            brand=card["brand"],
            last4=card["last4"],
            exp_month=card["exp_month"],
            exp_year=card["exp_year"],
        )
    status: Literal["open", "failed"] = "failed" if session["status"] == "expired" else "open"
    return CardSetup(session_id=session["id"], url=session.get("url"), status=status)
