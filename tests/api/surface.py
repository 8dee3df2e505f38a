"""Every route of an app with the guard found in its dependencies; FastAPI keeps routers nested."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from shop.api.deps import GUARDS

Guard = str | None


def routes(app: FastAPI) -> dict[tuple[str, str], Guard]:
    """(method, path) -> shopper, staff, or None for everybody."""
    found: dict[tuple[str, str], Guard] = {}
    for route in _flat(app.routes):
        assert isinstance(route, Route), f"{route} is neither a route nor a folder of files"
        guards = _guards(route.dependant) if isinstance(route, APIRoute) else set()
        assert len(guards) <= 1, f"{route.path} names several guards: {guards}"
        for method in (route.methods or set()) - {"HEAD"}:
            assert (method, route.path) not in found, f"{method} {route.path} exists twice"
            found[method, route.path] = next(iter(guards), None)
    return found


def strangers_answers(client: TestClient) -> dict[tuple[str, str], Any]:
    """What every guarded route of the client's app says to a well-made request with an unknown token."""
    app: Any = client.app
    answers: dict[tuple[str, str], Any] = {}
    for (method, path), guard in routes(app).items():
        if guard is not None:
            url = re.sub(r"\{[a-z_]+\}", "0" * 26, path)
            token, body = {"authorization": "Bearer nobody"}, _example(app, method, path)
            answers[method, path] = client.request(method, url, headers=token, json=body)
    return answers


def _example(app: FastAPI, method: str, path: str) -> dict[str, Any] | None:
    """A body made of the examples in the description."""
    described = app.openapi()
    operation = described["paths"][path][method.lower()]
    if "requestBody" not in operation:
        return None
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = described["components"]["schemas"][name]["properties"].items()
    return {field: about["examples"][0] for field, about in fields if "examples" in about}


def files(app: FastAPI) -> set[str]:
    """Where folders of files are mounted."""
    return {route.path for route in app.routes if isinstance(route, Mount)}


def _flat(listed: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in listed:
        nested = getattr(route, "original_router", None)
        if nested is not None:
            yield from _flat(nested.routes)
        elif not isinstance(route, Mount):
            yield route


def _guards(dependant: Any) -> set[str]:
    own = {GUARDS[dependant.call]} if dependant.call in GUARDS else set()
    return own.union(*(_guards(inner) for inner in dependant.dependencies))
