"""What Schemathesis cannot know: some well-made requests are refused for a reason no schema can tell."""

import re
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

# Proofs that do not fit, and a name somebody gave to another request; everything else must be taken.
REFUSED_THOUGH_WELL_MADE = {
    "bad_signature",
    "expired_challenge",
    "expired_code",
    "idempotency_key_reused",
    "passkey_refused",
    "too_many_attempts",
    "wrong_code",
    "wrong_password",
}
GOOD_KEY = re.compile(r"[\x21-\x7e]{22,200}")  # good enough for every route


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, _case: Case[Any], response: Response) -> bool:
    """False leaves it out."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem, request = response.json(), response.request
    fields = (problem.get("details") or {}).get("fields", [])
    if fields and all(_is_ours_to_refuse(field, request) for field in fields):
        return False
    return problem.get("code") not in REFUSED_THOUGH_WELL_MADE


def _is_ours_to_refuse(field: dict[str, str], request: Any) -> bool:
    if field["path"] == "header.idempotency-key":
        # it makes up spaces and empty texts against the pattern and calls them well-made
        return not GOOD_KEY.fullmatch(str(request.headers.get("idempotency-key", "")))
    # for JSON Schema 17.0 is whole; we take strict types
    sent = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    return field["problem"] == "Input should be a valid integer" and bool(re.search(rb"\d\.0\b", sent))
