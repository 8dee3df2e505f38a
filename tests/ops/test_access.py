"""A request at the service's door: named, counted, timed, and told in one line without her secrets."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from shop.api.routes import open_to_all
from shop.app import create_app
from shop.config import Settings
from shop.db import migrate
from shop.ops import logs, metrics

UUID = "3f2b8c1e-0a4d-4e57-9b1c-5a6d7e8f9a0b"
HEX = "0123456789abcdef" * 2
VISIT = "01JD0000000000000000000000"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("access")
    app = create_app(Settings(data_dir=folder))
    migrate(app.state.database.url)

    @app.get("/breaks")
    @open_to_all("only here")
    async def breaks() -> None:
        raise RuntimeError("anna@example.org")

    app.router.routes.insert(0, app.router.routes.pop())  # before the pages
    yield app
    app.state.database.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def heard(paper: io.StringIO) -> Any:
    """Our lines as the process writes them."""
    logs.begin("serve", "json", paper)

    def heard() -> list[dict[str, Any]]:
        told = map(json.loads, paper.getvalue().splitlines())
        return [line for line in told if "logger" not in line]

    return heard


@pytest.mark.parametrize("name", [UUID, HEX])
def test_the_proxys_name_for_a_request_is_kept(client: TestClient, name: str) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": name}).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["anna@example.org", HEX.upper(), HEX[:-1], f"{HEX}\tx", UUID + "0", ""])
def test_any_other_name_is_replaced(client: TestClient, name: str) -> None:
    given = client.get("/health/live", headers={"X-Request-ID": name}).headers["x-request-id"]
    assert given != name
    assert len(given) == 32


def test_two_requests_never_share_a_name(client: TestClient) -> None:
    names = {client.get("/health/live").headers["x-request-id"] for _ in range(3)}
    assert len(names) == 3


def test_a_request_is_told_by_its_route_without_tokens(client: TestClient, heard: Any) -> None:
    client.get("/r/a-receipts-secret-token?also=this", headers={"X-Request-ID": UUID})
    [line] = heard()
    assert {key: line[key] for key in ("event", "request", "method", "route", "status")} == {
        "event": "request",
        "request": UUID,
        "method": "GET",
        "route": "/r/{token}",
        "status": 404,
    }
    assert line["ms"] >= 0
    assert "secret" not in json.dumps(line)
    assert "also" not in json.dumps(line)


@pytest.mark.parametrize(("asked", "told"), [(VISIT, VISIT), ("whatever-somebody-typed", None)])
def test_the_visit_it_is_about_is_told_if_it_can_be_one(
    client: TestClient, heard: Any, asked: str, told: str | None
) -> None:
    client.get(f"/api/v1/visits/{asked}")
    [line] = heard()
    assert (line["route"], line.get("visit")) == ("/api/v1/visits/{visit_id}", told)


def test_words_of_strangers_are_neither_told_nor_counted(client: TestClient, heard: Any) -> None:
    client.request("BREW", "/nowhere/anna")
    [line] = heard()
    assert (line["method"], line["route"]) == ("other", "unknown")


def test_watchers_are_counted_and_not_told(client: TestClient, heard: Any) -> None:
    client.get("/health/live")
    assert heard() == []
    assert 'shop_requests_total{method="GET",route="/health/live",status="200"}' in "\n".join(
        metrics.REQUESTS.text()
    )


def test_a_fault_of_ours_is_told_with_its_place_and_the_requests_name(client: TestClient, heard: Any) -> None:
    answer = client.get("/breaks", headers={"X-Request-ID": UUID})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, UUID)
    told = {line["event"]: line for line in heard()}
    assert told["request"]["status"] == 500
    assert told["unexpected_error"]["request"] == UUID
    assert told["unexpected_error"]["at"][-1].startswith("test_access.py:")
    assert "anna" not in json.dumps(told)


def test_everything_that_is_no_request_passes(app: FastAPI) -> None:
    with TestClient(app) as client:  # start and stop of the service
        assert client.get("/health/ready").json() == {"status": "ok"}
