"""Our kind of route: it names who may call it, and reads nothing of a request that it does not know.

A route without a guard cannot be written: it must be guarded by a session (shop.api.deps) or say why it is
open to everybody.
"""

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shop.api.deps import GUARDS, SAFE_METHODS, must_be_signed_in
from shop.api.repeats import KEYS
from shop.domain.errors import Refusal

OURS = ("same-origin", "none")  # what a browser says of a call by our page, or by nobody's
DEEPEST = 8  # nested values in a body; ours need two

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_OPEN: dict[Callable[..., Any], tuple[str, str]] = {}


def open_to_all(because: str, guard: str = "public") -> Callable[[Endpoint], Endpoint]:
    """Marks a route that asks for no session, and says what protects it instead."""

    def mark(endpoint: Endpoint) -> Endpoint:
        _OPEN[endpoint] = guard, because
        return endpoint

    return mark


class HouseRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        called = [found.call for found in _all(self.dependant) if found.call is not None]
        guards = {GUARDS[call] for call in called if call in GUARDS}
        if len(guards) + (endpoint in _OPEN) != 1:
            raise TypeError(f"{path} must name one guard, or say why it is open to all")
        self.shortest_key = next((KEYS[call] for call in called if call in KEYS), None)
        self._guard = next(iter(guards), None)
        self.guard, self.protected_by = (self._guard.name, "a session") if self._guard else _OPEN[endpoint]

    @property
    def asks_for_session(self) -> bool:
        return self._guard is not None

    @property
    def changes(self) -> bool:
        return bool((self.methods or set()) - SAFE_METHODS)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                if request.scope["path"].startswith("/api/"):
                    self._refuse_unknown(request)
                return await handle(_Request(request.scope, request.receive))
            except (RequestValidationError, HTTPException) as error:
                if self._guard is not None:
                    await must_be_signed_in(request, self._guard)
                if isinstance(error, RequestValidationError) and self._is_not_json(request, error):
                    raise Refusal("not_json") from error
                raise

        return handler

    def _refuse_unknown(self, request: Request) -> None:
        """No page of another origin makes a browser call us, and no query carries what we do not read."""
        if self.changes and request.headers.get("sec-fetch-site", OURS[0]) not in OURS:
            raise Refusal("csrf")
        if not request.scope["query_string"]:
            return
        known = {field.alias for found in _all(self.dependant) for field in found.query_params}
        names = [name for name, _ in request.query_params.multi_items()]
        wrong = sorted({name for name in names if name not in known or names.count(name) > 1})
        if wrong:
            why = "unknown or repeated"
            raise RequestValidationError([{"type": "extra", "loc": ("query", n), "msg": why} for n in wrong])

    def _is_not_json(self, request: Request, error: RequestValidationError) -> bool:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = media_type.startswith("application/") and media_type.endswith(("/json", "+json"))
        return self.body_field is not None and isinstance(error.body, bytes) and not is_json


class _Request(Request):
    async def json(self) -> Any:
        return strict_json(await self.body())


def strict_json(body: bytes) -> Any:
    """ValueError for what two readers could understand differently, and for what is nested too deep."""
    found = json.loads(body, object_pairs_hook=_no_name_twice, parse_constant=_no_number)
    if _is_deeper(found, DEEPEST):
        raise ValueError("nested too deep")
    return found


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in inside)


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _all(inner)
