"""The OpenAPI description: what every route may refuse follows from its kind, the rest it names itself."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shop.api import repeats
from shop.api.errors import CONFLICT, JSON, STATUS, Problem, problem
from shop.api.routes import HouseRoute

OWN = "x-refusals"
ALWAYS = ("too_many_requests", "unavailable")
UNUSED = ("HTTPValidationError", "ValidationError")  # FastAPI's own shape of an error, which we never answer


def refusals(*codes: str) -> dict[str, Any]:
    """For `openapi_extra`: what this route may refuse beyond what its kind may."""
    return {OWN: codes}


class Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = _with_refusals(super().openapi(), self)
        return self.openapi_schema


def house_routes(app: FastAPI) -> Iterator[HouseRoute]:
    for found in iter_route_contexts(app.routes):
        if isinstance(found.original_route, HouseRoute):
            yield found.original_route


def methods_at(app: FastAPI, path: str) -> set[str]:
    """What an address can be asked with."""
    found = (route.methods for route in house_routes(app) if route.path_regex.match(path))
    return {method for methods in found for method in methods or ()}


def _with_refusals(described: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    schemas = described["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    shape = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas |= shape.pop("$defs") | {"Problem": shape}
    described["components"]["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
    for route in house_routes(app):
        for method in route.methods or ():
            operation = described["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                if route.asks_for_session:
                    operation["security"] = [{"session": []}]
                if route.shortest_key is not None:
                    operation.setdefault("parameters", []).append(repeats.described(route.shortest_key))
                operation["responses"].pop("422", None)
                operation["responses"] |= _answers((*operation.pop(OWN, ()), *_by_kind(route)))
    return described


def _by_kind(route: HouseRoute) -> Iterator[str]:
    yield from ALWAYS
    if route.asks_for_session:
        yield "sign_in_required"
    if route.changes:
        yield from ("csrf", "too_large")
    if "{" in route.path_format:
        yield from ("not_found", "not_allowed")  # a slash inside a parameter makes it another address
    if route.body_field is not None:
        yield from ("invalid_json", "not_json")
    if route.path_format.startswith("/api/") or "{" in route.path_format:
        yield "invalid_input"
    if route.shortest_key is not None:
        yield "idempotency_key_reused"


def _answers(codes: tuple[str, ...]) -> dict[str, Any]:
    """By status, with an example of each in both languages."""
    found: dict[str, Any] = {}
    for code in dict.fromkeys(codes):
        content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        status = str(STATUS.get(code, CONFLICT))
        entry = found.setdefault(status, {"description": "", "content": {JSON: content}})
        entry["description"] = ", ".join(filter(None, (entry["description"], code)))
        entry["content"][JSON]["examples"][code] = {"value": problem(code).model_dump(mode="json")}
    return dict(sorted(found.items()))
