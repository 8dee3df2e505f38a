"""Every route of an app with the guard found in its dependencies; FastAPI keeps routers nested."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from shop.api.deps import GUARDS
from shop.api.visits import may_watch

Guard = str | None
KNOWN: dict[Callable[..., Any], str] = {**GUARDS, may_watch: "shopper"}


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
    own = {KNOWN[dependant.call]} if dependant.call in KNOWN else set()
    return own.union(*(_guards(inner) for inner in dependant.dependencies))
