"""What both services offer to whom, as one table; a new route must be entered here or be guarded."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.testclient import TestClient

import admin.app
import shop.app
from shop.api.errors import CONFLICT, STATUS
from shop.api.routes import HouseRoute
from shop.domain.refusals import WORDS
from tests.api.rigs import Client, codes_of, refusal, settings
from tests.api.surface import document, files, routes, strangers_answers

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "routes.md"
PUBLIC_EVERYWHERE = {
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/api/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
}
PUBLIC = {
    "shopper": PUBLIC_EVERYWHERE
    | {
        ("POST", "/api/v1/sign-in/codes"),
        ("POST", "/api/v1/sign-in/sessions"),
        ("POST", "/api/v1/sign-in/passkey-challenges"),
        ("POST", "/api/v1/sign-in/passkeys"),
        ("POST", "/api/v1/webhooks/stripe"),  # guarded by its signature
        ("GET", "/sw.js"),
        ("GET", "/sign-in"),
        ("GET", "/help"),
        ("GET", "/visits/{visit_id}"),
        ("GET", "/cards/{method_id}"),
        ("GET", "/account"),
        ("GET", "/pages/{kind}"),
        ("GET", "/api/v1/pages/{kind}"),
        ("GET", "/r/{token}"),  # guarded by 192 random bits
        ("GET", "/r/{token}.pdf"),
    },
    "staff": PUBLIC_EVERYWHERE | {("POST", "/api/v1/sign-in")},
}
ALWAYS = {"too_many_requests", "unavailable"}
BOTH = pytest.mark.parametrize("service", ["shopper", "staff"])


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    config = settings(tmp_path_factory.mktemp("surface"))
    return {"shopper": shop.app.create_app(config), "staff": admin.app.create_app(config)}


@BOTH
def test_every_route_is_guarded_or_stands_in_the_table_of_what_is_public(
    services: dict[str, FastAPI], service: str
) -> None:
    found = routes(services[service])
    assert {route for route, guard in found.items() if guard is None} == PUBLIC[service]
    assert set(found.values()) == {None, service}  # no shopper at the desk, no staff in the shop
    assert files(services[service]) <= {"/assets", "/docs/assets"}  # the built pages only


def test_the_table_of_routes_is_current() -> None:
    """Whoever adds a route shows with it who may call it."""
    assert GUIDE.read_text() == document(), "run: python -m tests.api.surface > docs/routes.md"


def test_a_route_without_a_guard_cannot_be_written(tmp_path: Path) -> None:
    app = shop.app.create_app(settings(tmp_path))

    def forgotten(_nothing: Annotated[None, Depends(lambda: None)]) -> None: ...

    with pytest.raises(TypeError, match="must name one guard"):
        app.get("/api/v1/everybody")(forgotten)
    with pytest.raises(TypeError, match="must name one guard"):
        APIRouter(route_class=HouseRoute).post("/api/v1/everybody")(forgotten)


def test_a_route_of_another_kind_would_be_seen(tmp_path: Path) -> None:
    app = shop.app.create_app(settings(tmp_path))
    app.add_route("/api/v1/everybody", lambda _: Response())
    with pytest.raises(AssertionError, match="not of our kind"):
        routes(app)


@BOTH
def test_without_a_session_a_guarded_route_says_nothing_but_sign_in(
    services: dict[str, FastAPI], service: str
) -> None:
    client = TestClient(services[service])
    for method, path in (route for route, guard in routes(services[service]).items() if guard):
        answer = client.request(method, re.sub(r"\{[a-z_]+\}", "0" * 26, path))
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required"), f"{method} {path}"
        answer.close()


def test_the_guard_of_every_route_knows_a_stranger(nobody: Client) -> None:
    answers = strangers_answers(nobody)
    assert len(answers) > 10
    assert {refusal(answer, 401) for answer in answers.values()} == {"sign_in_required"}


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, by_method in app.openapi()["paths"].items():
        for method, operation in by_method.items():
            yield method.upper(), path, operation


@BOTH
def test_every_operation_documents_the_refusals_of_its_guard_and_its_body(
    services: dict[str, FastAPI], service: str
) -> None:
    for method, path, operation in operations(services[service]):
        expected = set(ALWAYS)
        if routes(services[service])[method, path] is not None:
            expected |= {"sign_in_required", "invalid_input"}
        if method != "GET":
            expected |= {"csrf", "too_large", "invalid_input"}
        if "{" in path:
            expected |= {"not_found", "not_allowed", "invalid_input"}
        if "requestBody" in operation:
            expected |= {"invalid_json", "not_json"}
        if any(parameter["name"] == "idempotency-key" for parameter in operation.get("parameters", ())):
            expected.add("idempotency_key_reused")
        assert expected <= codes_of(operation), f"{method} {path} lacks {expected - codes_of(operation)}"


@BOTH
def test_every_documented_refusal_has_an_example_in_both_languages(
    services: dict[str, FastAPI], service: str
) -> None:
    for method, path, operation in operations(services[service]):
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            examples = answer["content"]["application/json"]["examples"]
            assert set(examples) == set(answer["description"].split(", ")), f"{method} {path} {status}"
            for code, example in examples.items():
                assert STATUS.get(code, CONFLICT) == int(status)
                assert example["value"]["code"] == code
                assert set(example["value"]["message"]) == set(example["value"]["next_step"]) == {"de", "en"}


@BOTH
def test_every_field_of_a_body_has_an_example_or_a_default(
    services: dict[str, FastAPI], service: str
) -> None:
    described = services[service].openapi()
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations(services[service])
        if "requestBody" in operation
    ]
    assert bodies
    for name in bodies:
        schema = described["components"]["schemas"][name]
        assert schema["additionalProperties"] is False
        for field, described_field in schema["properties"].items():
            assert {"examples", "default"} & set(described_field), f"{name}.{field}"


@BOTH
def test_the_description_is_served_and_knows_no_other_shape_of_error(
    services: dict[str, FastAPI], service: str
) -> None:
    described = TestClient(services[service]).get("/api/openapi.json").json()
    assert described == json.loads(json.dumps(services[service].openapi()))
    assert "ValidationError" not in json.dumps(described)
    assert "x-refusals" not in json.dumps(described)


def test_every_refusal_has_words_in_both_languages() -> None:
    for code, words in WORDS.items():
        said = (words.de, words.en, words.next_de, words.next_en)
        assert all(text.strip() for text in said), code
        assert words.de != words.en
    assert set(STATUS) <= set(WORDS)
