"""A session opened by signing in, and the same one again for who did not hear the answer."""

from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict

from shop.api.repeats import Answer, Once, salt
from shop.domain import sign_in

__all__ = ["Session", "close", "opened", "salt"]


class Session(BaseModel):
    """What is kept of it for a repeat has a salt in place of the token, and no CSRF token."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    token: str
    csrf: str = ""


Opened = TypeVar("Opened", bound=Session)


def opened(answer: Answer, kind: type[Opened], once: Once, request: Request, url: str) -> Response:
    """The answer with its token, as a cookie too; a refusal as it is."""
    if answer.status >= 400:
        return answer.response()
    kept = kind.model_validate_json(answer.body)
    token = once.secret(kept.token)
    told = kept.model_copy(update={"token": token, "csrf": sign_in.csrf_token(token)})
    response = Answer(answer.status, told.model_dump_json(), answer.replayed).response()
    response.set_cookie(
        request.app.state.cookie,
        token,
        max_age=int(sign_in.SESSION_VALID.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=url.startswith("https"),
    )
    return response


def close(request: Request) -> Response:
    response = Response(status_code=204)
    name: str = request.app.state.cookie
    response.delete_cookie(name, httponly=True, samesite="lax", secure=name.startswith(SECURE))
    return response


SECURE = "__Host-"  # browsers take such a cookie only over TLS, for this very host and all of its paths


def cookie_name(name: str, url: str) -> str:
    return SECURE + name if url.startswith("https") else name
