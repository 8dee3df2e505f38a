"""Stripe's error bodies: one exception that the server turns into status and JSON."""

from typing import Any

Obj = dict[str, Any]


class StripeError(Exception):
    """A refusal as Stripe words it.

    `executed` is False for refusals that happen before an endpoint starts to work (wrong key, bad
    parameters, conflicts): those are never stored under an idempotency key.
    Source: docs.stripe.com/api/errors and docs.stripe.com/api/idempotent_requests.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        executed: bool = True,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.error: Obj = {name: value for name, value in details.items() if value is not None}
        self.error |= {"message": message, "type": kind}
        if code := self.error.get("code"):
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"

    def body(self, request_id: str) -> Obj:
        log = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": {**self.error, "request_log_url": log}}


def before_work(message: str, **details: Any) -> StripeError:
    return StripeError(message, executed=False, **details)


def no_such(label: str, id_: str, *, param: str, status: int) -> StripeError:
    return StripeError(f"No such {label}: '{id_}'", status=status, code="resource_missing", param=param)


def declined(message: str, *, code: str, decline_code: str, **objects: Any) -> StripeError:
    return StripeError(
        message, status=402, kind="card_error", code=code, decline_code=decline_code, **objects
    )


def server_error() -> StripeError:
    return StripeError(
        "An unknown error occurred. Contact us via https://support.stripe.com/contact/ for help.",
        status=500,
        kind="api_error",
    )


def rate_limited() -> StripeError:
    return before_work(
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
    )


def key_in_use(key: str) -> StripeError:
    return before_work(
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        "submitted twice, and the other request is still going through): "
        f"{key}. Please try again later.",
        status=409,
        code="idempotency_key_in_use",
    )
