"""Refusals on the wire: one shape, one table of status codes."""

import logging
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from shop.domain.errors import IllegalTransition, Refusal
from shop.domain.refusals import WORDS

log = logging.getLogger(__name__)

STATUS = {
    "invalid_input": 422,
    "invalid_json": 400,
    "bad_signature": 400,
    "wrong_code": 400,
    "expired_code": 400,
    "too_many_attempts": 400,
    "wrong_password": 400,
    "sign_in_required": 401,
    "no_payment_method": 402,
    "csrf": 403,
    "customer_blocked": 403,
    "not_found": 404,
    "unknown_store": 404,
    "unknown_door": 404,
    "unknown_product": 404,
    "receipt_not_ready": 404,
    "not_allowed": 405,
    "too_large": 413,
    "too_many_requests": 429,
    "internal": 500,
    "not_set_up": 503,
    "unavailable": 503,
}
JSON = "application/json"
CONFLICT = 409  # every other refusal: the state of things does not allow it now


class Text(BaseModel):
    de: str
    en: str


class Problem(BaseModel):
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


def answer(refusal: Refusal) -> JSONResponse:
    body = problem(refusal.code, available_at=refusal.available_at, details=refusal.details)
    status = STATUS.get(refusal.code, CONFLICT)
    headers = {"Retry-After": "10"} if status in (429, 503) else None
    return JSONResponse(body.model_dump(mode="json"), status, headers=headers)


ALWAYS = ("invalid_input", "too_large", "too_many_requests", "unavailable")  # any route may give these


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries, with an example of each, for the refusals a route may give."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys((*codes, *ALWAYS)):
        status = STATUS.get(code, CONFLICT)
        entry = found.setdefault(status, {"model": Problem, "description": "", "content": {JSON: {}}})
        entry["description"] = ", ".join(filter(None, (entry["description"], code)))
        examples = entry["content"][JSON].setdefault("examples", {})
        examples[code] = {"value": problem(code).model_dump(mode="json")}
    return found


def install(app: FastAPI) -> None:
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
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "not_allowed", 400: "invalid_json", 413: "too_large"}
        return answer(Refusal(code.get(error.status_code, "internal")))

    @app.exception_handler(OperationalError)
    async def _database_away(_request: Request, error: OperationalError) -> JSONResponse:
        log.error("database: %s", error.orig)
        return answer(Refusal("unavailable"))

    @app.exception_handler(NoConnectionFree)
    async def _database_busy(_request: Request, _error: NoConnectionFree) -> JSONResponse:
        log.error("database: every connection is in use")
        return answer(Refusal("unavailable"))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected error in %s %s", request.method, request.url.path, exc_info=error)
        return answer(Refusal("internal"))
