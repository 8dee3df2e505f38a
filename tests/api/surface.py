"""Every route with its guard, its limits and whether it takes a key; docs/routes.md is made here."""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from shop.api.description import house_routes
from shop.api.limits import body_limit, rate_class
from shop.api.routes import HouseRoute

Guard = str | None

SERVICES = {"Shopper service": "shop.app", "Operator's desk": "admin.app"}
HEAD = (
    "| method | path | guard | protected by | Idempotency-Key | rate | body |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)
INTRODUCTION = """# Routes

Every route of both services; made by `python -m tests.api.surface > docs/routes.md`, and a test compares
it with the services. A route that names no guard cannot be written: the service would not start.

- **guard**: `shopper` and `staff` need a session (bearer token, or cookie and for changes the CSRF token).
  `public` routes say what protects them instead; `webhook` is the payment provider's signature.
- **Idempotency-Key**: `taken` means a repeat under the same key is answered again and changes nothing. The
  webhook is left out by name: the provider's own event id does the same there. Signing out ends the session
  whose keys they are.
- **rate**: `sign-in` counts apart (SHOP_SIGN_INS_PER_MINUTE), `all` is everything else
  (SHOP_REQUESTS_PER_MINUTE), both for each caller's address and each process.
- **body**: the most that is read of a request.
"""


def routes(app: FastAPI) -> dict[tuple[str, str], Guard]:
    """(method, path) -> shopper, staff, or None for everybody."""
    found: dict[tuple[str, str], Guard] = {}
    for method, route in _by_method(app):
        assert (method, route.path) not in found, f"{method} {route.path} exists twice"
        found[method, route.path] = route.guard if route.asks_for_session else None
    assert len(app.routes) == len(files(app)) + _included(app), "a route that is not of our kind"
    return found


def table(app: FastAPI) -> list[str]:
    return [
        f"| {method} | `{route.path}` | {route.guard} | {route.protected_by} "
        f"| {'taken' if route.shortest_key else ''} | {rate_class(route.path)} "
        f"| {body_limit(route.path) // 1024} KiB |"
        for method, route in sorted(_by_method(app), key=lambda found: (found[1].path, found[0]))
    ]


def document() -> str:
    from importlib import import_module

    from shop.config import Settings

    parts = [INTRODUCTION]
    with tempfile.TemporaryDirectory() as folder:
        for name, module in SERVICES.items():
            app: FastAPI = import_module(module).create_app(Settings(data_dir=Path(folder)))
            parts.append("\n".join((f"## {name}\n", *HEAD, *table(app))) + "\n")
    return "\n".join(parts)


def _by_method(app: FastAPI) -> Iterator[tuple[str, HouseRoute]]:
    for route in house_routes(app):
        for method in route.methods or ():
            yield method, route


def _included(app: FastAPI) -> int:
    """Routes and routers of ours."""
    return sum(isinstance(r, HouseRoute) or hasattr(r, "original_router") for r in app.routes)


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


if __name__ == "__main__":
    sys.stdout.write(document())
