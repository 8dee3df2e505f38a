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
    "expired_code",
    "idempotency_key_reused",
    "too_many_attempts",
    "wrong_code",
    "wrong_password",
}
KEY = "header.idempotency-key"
GOOD_KEY = re.compile(r"[\x21-\x7e]{22,200}")  # good enough for every route


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, _case: Case[Any], response: Response) -> bool:
    """False leaves it out."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = response.json()
    # for this header it makes up spaces and empty texts against the pattern and calls them well-made
    blamed = {field["path"] for field in (problem.get("details") or {}).get("fields", [])}
    sent = str(response.request.headers.get("idempotency-key", ""))
    if blamed == {KEY} and not GOOD_KEY.fullmatch(sent):
        return False
    return problem.get("code") not in REFUSED_THOUGH_WELL_MADE
