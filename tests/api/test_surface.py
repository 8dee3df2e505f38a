"""What both services offer to whom, as one table; a new route must be entered here or be guarded."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

import admin.app
import shop.app
from shop.api.errors import CONFLICT, STATUS
from shop.domain.refusals import WORDS
from tests.api.rigs import Client, codes_of, refusal, settings
from tests.api.surface import files, routes, strangers_answers

PUBLIC_EVERYWHERE = {
    ("GET", "/"),
    ("GET", "/api/docs"),
    ("GET", "/api/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
}
PUBLIC = {
    "shopper": PUBLIC_EVERYWHERE
    | {
        ("POST", "/api/v1/sign-in/codes"),
        ("POST", "/api/v1/sign-in/sessions"),
        ("POST", "/api/v1/webhooks/stripe"),  # guarded by its signature
        ("GET", "/r/{token}"),  # guarded by 192 random bits
        ("GET", "/r/{token}.pdf"),
    },
    "staff": PUBLIC_EVERYWHERE | {("POST", "/api/v1/sign-in")},
}
GUARDED = {
    "shopper": {
        ("DELETE", "/api/v1/sign-in/sessions/current"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/payment-methods"),
        ("GET", "/api/v1/payment-methods/{method_id}"),
        ("GET", "/api/v1/stores"),
        ("GET", "/api/v1/stores/{slug}"),
        ("GET", "/api/v1/stores/{slug}/products"),
        ("GET", "/api/v1/visits"),
        ("GET", "/api/v1/visits/{visit_id}"),
        ("GET", "/api/v1/visits/{visit_id}/events"),
        ("GET", "/api/v1/visits/{visit_id}/receipt"),
        ("POST", "/api/v1/payment-methods"),
        ("POST", "/api/v1/visits"),
        ("POST", "/api/v1/visits/{visit_id}/cancel"),
        ("POST", "/api/v1/visits/{visit_id}/help"),
        ("POST", "/api/v1/visits/{visit_id}/leave"),
        ("POST", "/api/v1/visits/{visit_id}/pay"),
        ("POST", "/api/v1/visits/{visit_id}/scans"),
        ("PUT", "/api/v1/visits/{visit_id}/lines/{sku}"),
    },
    "staff": {
        ("DELETE", "/api/v1/sign-in"),
        ("GET", "/api/v1/audit"),
        ("GET", "/api/v1/incidents"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/reviews"),
        ("GET", "/api/v1/stores"),
        ("GET", "/api/v1/stores/{slug}/facings"),
        ("GET", "/api/v1/visits"),
        ("GET", "/api/v1/visits/{visit_id}"),
        ("POST", "/api/v1/facings/{facing_id}/restocks"),
        ("POST", "/api/v1/facings/{facing_id}/stocktakes"),
        ("POST", "/api/v1/incidents/{incident_id}/close"),
        ("POST", "/api/v1/reviews/{visit_id}/resolve"),
        ("POST", "/api/v1/stores/{slug}/doors/{door}/exit-tests"),
    },
}
ALWAYS = {"invalid_input", "too_large", "too_many_requests", "unavailable"}
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
    assert {route for route, guard in found.items() if guard == service} == GUARDED[service]
    assert set(found.values()) == {None, service}  # no shopper at the desk, no staff in the shop
    assert files(services[service]) <= {""}  # the built pages only


def test_a_new_route_without_a_guard_would_be_seen(tmp_path: Path) -> None:
    app = shop.app.create_app(settings(tmp_path))

    @app.get("/api/v1/everybody")
    def forgotten(_nothing: Annotated[None, Depends(lambda: None)]) -> None: ...

    assert routes(app)["GET", "/api/v1/everybody"] is None


@BOTH
def test_without_a_session_a_guarded_route_says_nothing_but_sign_in(
    services: dict[str, FastAPI], service: str
) -> None:
    client = TestClient(services[service])
    for method, path in GUARDED[service]:
        answer = client.request(method, re.sub(r"\{[a-z_]+\}", "0" * 26, path))
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required"), f"{method} {path}"
        answer.close()


def test_the_guard_of_every_route_knows_a_stranger(nobody: Client) -> None:
    answers = strangers_answers(nobody)
    assert set(answers) == GUARDED["shopper"]
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
        if (method, path) in GUARDED[service]:
            expected |= {"sign_in_required"} | ({"csrf"} if method != "GET" else set())
        if "requestBody" in operation:
            expected.add("invalid_json")
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
def test_the_description_and_the_plain_docs_page_are_served(
    services: dict[str, FastAPI], service: str
) -> None:
    client = TestClient(services[service])
    described = client.get("/api/openapi.json").json()
    page = client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    for path in described["paths"]:
        assert path in page.text
    assert json.dumps(described) == json.dumps(services[service].openapi())


def test_every_refusal_has_words_in_both_languages() -> None:
    for code, words in WORDS.items():
        said = (words.de, words.en, words.next_de, words.next_en)
        assert all(text.strip() for text in said), code
        assert words.de != words.en
    assert set(STATUS) <= set(WORDS)
