"""What every answer of both services tells a browser, and what neither of them serves at all."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import admin.app
import shop.app
from tests.api.rigs import settings
from tests.api.surface import routes

SERVICES = {"shopper": shop.app.create_app, "staff": admin.app.create_app}
HTTPS = "https://shop.example"
ID = "0" * 26
NOWHERE = [
    "/nowhere",
    "/api/v1/nowhere",
    "/assets/nowhere.js",
    "/assets/",
    "/assets",
    "/.git/config",
    "/.env",
]
AROUND = [
    "/assets/../../config.py",
    "/assets/%2e%2e/%2e%2e/config.py",
    "/assets/..%2f..%2fconfig.py",
    "//etc/passwd",
]


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FastAPI]:
    config = settings(tmp_path, public_url=HTTPS, admin_url=HTTPS)
    made = SERVICES[request.param](config)
    yield made
    made.state.database.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=HTTPS, raise_server_exceptions=False)


def answers(client: TestClient) -> Iterator[tuple[str, str, httpx2.Response]]:
    """What a stranger gets of every route there is, and of places and methods that are not."""
    for method, path in sorted(routes(client.app)):  # type: ignore[arg-type]
        url = re.sub(r"\{[a-z_]+\}", ID, path)
        yield method, path, client.request(method, url)
    for path in NOWHERE:
        yield "GET", path, client.get(path)
    yield "PATCH", "/health/live", client.patch("/health/live")
    yield "POST", "/health/live", client.post("/health/live", content=b"x" * 1_000_000)


def policy(answer: httpx2.Response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")]
    return {name: sources for name, _, sources in parts}


def test_every_answer_says_what_it_may_load(client: TestClient) -> None:
    for method, path, answer in answers(client):
        where, told = f"{method} {path}", policy(answer)
        assert told["default-src"] == "'none'", where  # and with it objects, workers, frames
        assert told["base-uri"] == told["frame-ancestors"] == "'none'", where
        assert told["form-action"] in ("'self'", "'none'"), where
        assert "unsafe" not in answer.headers["content-security-policy"], where
        assert "http" not in answer.headers["content-security-policy"], where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer"), where
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
        assert "server" not in answer.headers, where


def test_data_is_no_page(client: TestClient) -> None:
    for method, path, answer in answers(client):
        if path.startswith("/api/"):
            assert set(policy(answer).values()) == {"'none'"}, f"{method} {path}"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_over_tls_every_answer_asks_for_tls_for_a_year(client: TestClient) -> None:
    wanted = "max-age=31536000; includeSubDomains"
    for method, path, answer in answers(client):
        assert answer.headers["strict-transport-security"] == wanted, f"{method} {path}"
    assert Path("docker/Caddyfile").read_text().count(f'Strict-Transport-Security "{wanted}"') == 2


def test_no_other_origin_is_let_in(client: TestClient) -> None:
    client.headers |= {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    for method, path, answer in answers(client):
        assert not [name for name in answer.headers if name.startswith("access-control")], f"{method} {path}"
    preflight = client.options("/api/v1/me", headers={"access-control-request-headers": "x-csrf-token"})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_every_answer_names_its_type_and_charset(client: TestClient) -> None:
    for method, path, answer in answers(client):
        kind, _, charset = answer.headers["content-type"].partition("; ")
        wanted = ("text/javascript",) if path == "/sw.js" else ("application/json", "text/html")
        assert kind in wanted, f"{method} {path} answers {kind}"
        assert (charset == "charset=utf-8") == kind.startswith("text/")


def test_what_is_somebodys_is_kept_by_no_cache(client: TestClient) -> None:
    for method, path, answer in answers(client):
        if path.startswith(("/api/", "/r/")):
            assert "no-store" in answer.headers["cache-control"], f"{method} {path}"


def test_no_file_beside_the_pages_is_served(client: TestClient) -> None:
    for path in NOWHERE + AROUND:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found", path


def test_no_method_is_answered_that_no_route_has(client: TestClient) -> None:
    known = routes(client.app)  # type: ignore[arg-type]
    for path in {path for _, path in known}:
        for method in ("TRACE", "PATCH", "OPTIONS", "CONNECT", "PROPFIND"):
            answer = client.request(method, re.sub(r"\{[a-z_]+\}", ID, path))
            assert answer.status_code == 405, f"{method} {path}"


def test_no_service_is_in_debug_mode(app: FastAPI) -> None:
    assert app.debug is False
    assert "debug" not in Path("shop/api/web.py").read_text()
