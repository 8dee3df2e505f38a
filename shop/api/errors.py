"""Refusals on the wire: one shape, one table of status codes."""

import logging
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from shop.domain import clock
from shop.domain.errors import IllegalTransition, Refusal
from shop.domain.refusals import WORDS
from shop.ops.logs import told

log = logging.getLogger(__name__)

STATUS = {
    "invalid_input": 422,
    "idempotency_key_reused": 422,
    "invalid_json": 400,
    "bad_signature": 400,
    "wrong_code": 400,
    "expired_code": 400,
    "too_many_attempts": 400,
    "wrong_password": 400,
    "expired_challenge": 400,
    "unknown_passkey": 400,
    "passkey_refused": 400,
    "passkey_copied": 400,
    "sign_in_required": 401,
    "no_payment_method": 402,
    "csrf": 403,
    "customer_blocked": 403,
    "not_found": 404,
    "unknown_store": 404,
    "unknown_door": 404,
    "unknown_product": 404,
    "not_bought": 404,
    "receipt_not_ready": 404,
    "page_not_written": 404,
    "not_allowed": 405,
    "too_large": 413,
    "not_json": 415,
    "too_many_requests": 429,
    "internal": 500,
    "not_set_up": 503,
    "unavailable": 503,
}
JSON = "application/json"
RETRY_AFTER_S = {429: 10, 503: 2}  # where the refusal itself does not know
CONFLICT = 409  # every other refusal: the state of things does not allow it now


class Text(BaseModel):
    de: str
    en: str


class Problem(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)  # each answer has all

    code: str
    message: Text
    next_step: Text
    available_at: datetime | None = None
    details: dict[str, Any] | None = None


def problem(
    code: str, *, available_at: datetime | None = None, details: dict[str, Any] | None = None
) -> Problem:
    words = WORDS[code]
    return Problem(
        code=code,
        message=Text(de=words.de, en=words.en),
        next_step=Text(de=words.next_de, en=words.next_en),
        available_at=available_at,
        details=details,
    )


def status_of(refusal: Refusal) -> int:
    return STATUS.get(refusal.code, CONFLICT)


def problem_of(refusal: Refusal) -> Problem:
    return problem(refusal.code, available_at=refusal.available_at, details=refusal.details)


def answer(refusal: Refusal, headers: Mapping[str, str] | None = None) -> JSONResponse:
    status = status_of(refusal)
    more = dict(headers or {})
    if status in RETRY_AFTER_S:
        more["Retry-After"] = str(_wait_s(refusal) or RETRY_AFTER_S[status])
    return JSONResponse(problem_of(refusal).model_dump(mode="json"), status, headers=more)


def _wait_s(refusal: Refusal) -> int:
    """Whole seconds until it is possible again; 0 when nobody knows."""
    if refusal.available_at is None:
        return 0
    return max(1, math.ceil((refusal.available_at - clock.now()).total_seconds()))


def install(app: FastAPI, methods_at: Callable[[str], set[str]]) -> None:
    """Every error leaves in the one shape; the unexpected is logged and says nothing of its inside."""

    @app.exception_handler(Refusal)
    async def _refused(_request: Request, refusal: Refusal) -> JSONResponse:
        return answer(refusal)

    @app.exception_handler(IllegalTransition)
    async def _not_now(_request: Request, _error: IllegalTransition) -> JSONResponse:
        return answer(Refusal("not_shopping"))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        problems = error.errors()
        if any(found["type"] == "json_invalid" for found in problems):
            return answer(Refusal("invalid_json"))
        fields = [
            {"path": ".".join(str(part) for part in found["loc"])[:200], "problem": found["msg"]}
            for found in problems[:20]
        ]
        return answer(Refusal("invalid_input", details={"fields": fields}))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "not_allowed", 400: "invalid_json", 413: "too_large"}
        refusal = Refusal(code.get(error.status_code, "internal"))
        if error.status_code == 405:
            return answer(refusal, {"Allow": ", ".join(sorted(methods_at(request.url.path)))})
        return answer(refusal)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)  # a connection that was lost under way
    @app.exception_handler(InternalError)
    async def _database_away(_request: Request, error: DBAPIError) -> JSONResponse:
        log.error(told("database_away", error=type(error.orig).__name__))
        return answer(Refusal("unavailable"))

    @app.exception_handler(NoConnectionFree)
    async def _database_busy(_request: Request, _error: NoConnectionFree) -> JSONResponse:
        log.error(told("database_busy"))
        return answer(Refusal("unavailable"))

    @app.exception_handler(Exception)
    async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
        log.exception(told("unexpected_error"), exc_info=error)
        return answer(Refusal("internal"))
