"""Stripe, spoken to in our words: saved cards, holds, charges, captures and refunds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal, TypedDict, Unpack, cast
from urllib.parse import quote, urlsplit

import stripe

from shop.adapters import stripe_answers as answers
from shop.adapters.stripe_answers import Told
from shop.adapters.stripe_line import StripeLine
from shop.domain.errors import PaymentGone, PaymentUnavailable
from shop.domain.ports import CardSetup, Found, IntentState, IntentStatus, RefundState
from shop.ops import metrics

TIMEOUT_S = 10.0

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
PAGE = 100  # the most that Stripe gives at a time
MOST_MONEY: list[IntentStatus] = ["declined", "released", "asked", "action", "held", "captured"]


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
            http_client=StripeLine(url, timeout_s=TIMEOUT_S),
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
        return answers.card_setup(session)

    def card_setup(self, session_id: str) -> CardSetup:
        with _our_errors():
            session = self._get(f"checkout/sessions/{_id(session_id)}", ["setup_intent.payment_method"])
        return answers.card_setup(session)

    def forget_card(self, *, key: str, method: str) -> None:
        with _our_errors():
            self._post(f"payment_methods/{_id(method)}/detach", key)

    def forget_customer(self, *, customer: str) -> None:
        """Who is deleted stays so: asking twice is no harm."""
        with _our_errors():
            self._ask("delete", f"customers/{_id(customer)}")

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

    def refund(
        self, *, refund_id: str, provider_id: str, amount_cents: int, metadata: dict[str, str]
    ) -> RefundState:
        """Looked for first: Stripe forgets an idempotency key after a day."""

        def ask(key: str) -> Told:
            return self._post(
                "refunds",
                key,
                payment_intent=provider_id,
                amount=amount_cents,
                metadata=metadata | {"refund": refund_id},
            )

        def find() -> Told | None:
            given = self._pages("refunds", payment_intent=provider_id)
            return next((told for told in given if told["metadata"].get("refund") == refund_id), None)

        with _our_errors():
            return answers.refund(find() or self._create(ask, refund_id, find))

    def refund_state(self, provider_id: str) -> RefundState:
        with _our_errors():
            return answers.refund(self._ask("get", f"refunds/{_id(provider_id)}"))

    def look_up(self, provider_id: str) -> IntentState:
        with _our_errors():
            return answers.state(self._get(f"payment_intents/{_id(provider_id)}", CHARGE))

    def search(self, *, customer: str, payment_id: str, since: datetime) -> IntentState | None:
        """Of several under one name, which an answer lost for good may leave behind, that with the money."""
        with _our_errors():
            told = [
                answers.state(intent)
                for intent in self._intents(customer=customer, created={"gte": int(since.timestamp())})
                if intent["metadata"].get("payment") == payment_id
            ]
        return max(told, key=lambda state: MOST_MONEY.index(state.status), default=None)

    def begun(self, *, since: datetime, until: datetime) -> Iterator[Found]:
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        with _our_errors():
            for intent in self._intents(created=created):
                yield Found(answers.state(intent), intent["amount"], intent["metadata"])

    def _intents(self, **which: Any) -> Iterator[Told]:
        return self._pages("payment_intents", expand=["data.latest_charge"], **which)

    def _pages(self, what: str, **which: Any) -> Iterator[Told]:
        """Newest first (docs.stripe.com/api/pagination)."""
        while True:
            page = self._ask("get", what, limit=PAGE, **which)
            yield from page["data"]
            if not page["has_more"]:
                return
            which["starting_after"] = page["data"][-1]["id"]

    def check(self) -> datetime | None:
        """A call that changes nothing; Stripe's own time, for whoever compares clocks."""
        with _our_errors():
            told = self._client.raw_request("get", "/v1/payment_intents", limit=1)
        date = (told.headers or {}).get("date")
        return parsedate_to_datetime(date) if date else None

    def _post(self, path: str, key: str, **wish: Any) -> Told:
        return self._ask("post", path, idempotency_key=key, **wish)

    def _get(self, path: str, expand: list[str], **wish: Any) -> Told:
        return self._ask("get", path, expand=expand, **wish)

    def _ask(self, method: str, path: str, **wish: Any) -> Told:
        what, _, deed = path.partition("/")
        name = f"{method} {what} {deed.partition('/')[2]}".strip()  # without the id
        with metrics.STRIPE.timed(name, failed=_outcome):
            return cast(Told, self._client.raw_request(method, f"/v1/{path}", **wish).data)

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
                return answers.state(self._create(ask, wish["key"], partial(self._find, wish)))
        except stripe.CardError as error:
            return _declined(error)

    def _create(self, ask: Ask, key: str, find: Callable[[], Told | None]) -> Told:
        """`find`: what a request whose answer is lost for good may have left behind."""
        try:
            return ask(key)
        except (stripe.APIError, stripe.IdempotencyError) as error:
            if not _is_spent(error):
                raise
        return find() or self._create(ask, f"{key}+", find)

    def _find(self, wish: Wish) -> Told | None:
        recent = self._get("payment_intents", ["data.latest_charge"], customer=wish["customer"], limit=20)
        return next((intent for intent in recent["data"] if intent["metadata"] == wish["metadata"]), None)

    def _move(self, ask: Ask, key: str, provider_id: str) -> IntentState:
        """Capture or cancel; when it already happened, or cannot, the answer is where the intent stands."""
        with _our_errors():
            try:
                return answers.state(ask(key))
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


def _outcome(error: BaseException) -> str:
    if isinstance(error, stripe.CardError):
        return "declined"
    gone = isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError)
    return "gone" if gone else "unavailable"


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


def _declined(error: stripe.CardError) -> IntentState:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    failure = body.get("error", {})
    intent = failure.get("payment_intent") or {}
    return IntentState(
        status="declined",
        provider_id=intent.get("id"),
        decline_code=answers.decline_code(failure),
        payment_id=intent.get("metadata", {}).get("payment"),
    )
