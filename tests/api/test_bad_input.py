"""Whatever is sent: one shape of error, nothing changed, and never our fault."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from shop.api.limits import MAX_BODY
from tests.api.rigs import Client, Shop, refusal
from tests.domain.world import COLA, DOOR_CODE

# every operation that takes a body, with one that it would accept
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/sign-in/codes"): {"email": "zoe@example.org", "language": "en"},
    ("POST", "/api/v1/sign-in/sessions"): {"email": "zoe@example.org", "code": "123456", "language": "de"},
    ("POST", "/api/v1/payment-methods"): {"return_url": "/"},
    ("POST", "/api/v1/visits"): {"door_code": DOOR_CODE},
    ("POST", "/api/v1/visits/{visit_id}/scans"): {"gtin": COLA.gtin, "quantity": 1},
    ("PUT", "/api/v1/visits/{visit_id}/lines/{sku}"): {"quantity": 1},
    ("POST", "/api/v1/visits/{visit_id}/help"): {"kind": "question", "text": "x"},
}
UNREADABLE = [
    b"{",
    b"nothing",
    b"\xff\xfe{}",
    b"\x00",
    b'{"quantity": 1' + b"0" * 5000 + b"}",
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 30_000,
    b"[" * 50 + b"]" * 50,
    b"NaN",
    b'{"quantity": Infinity}',
    b'{"email": "a@example.org", "email": "b@example.org"}',  # which one would another reader take?
]
NO_OBJECT = [b"", b"null", b"[]", b"7", b"1e999", b'"x"', b"true", b"[[[[[[[[]]]]]]]]"]
VALUES: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 10**300, 1.5, float("inf"), "", " ", "x" * 10_000, "\x00", "a\x00b",
    "\ud800", "\u202e", "٣٣٣٣٣٣", "1", "' OR 1=1 --", [], {}, [[]], {"$ref": "#"},
]  # fmt: skip
SEGMENTS = ["%00", "%FF", "%F0%9F%8D%8E", "x" * 3000, "0" * 26, "'--"]


@pytest.fixture
def visit_id(shop: Shop, anna: Client) -> str:
    return shop.let_in(anna)


def send(
    client: Client, method: str, path: str, visit_id: str, content: bytes, kind: str = "application/json"
) -> httpx2.Response:
    path = path.format(visit_id=visit_id, sku="cola")
    return client.request(method, path, content=content, headers={"content-type": kind})


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_unreadable_bodies(anna: Client, visit_id: str, method: str, path: str) -> None:
    for content in UNREADABLE:
        assert refusal(send(anna, method, path, visit_id, content), 400) == "invalid_json", content[:40]


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_bodies_that_are_no_object(anna: Client, visit_id: str, method: str, path: str) -> None:
    for content in NO_OBJECT:
        assert refusal(send(anna, method, path, visit_id, content), 422) == "invalid_input", content[:40]


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application", ""])
def test_bodies_that_are_not_called_json(
    anna: Client, visit_id: str, method: str, path: str, kind: str
) -> None:
    """A form of another site can send these without asking the browser first."""
    content = json.dumps(BODIES[method, path]).encode()
    assert refusal(send(anna, method, path, visit_id, content, kind), 415) == "not_json"


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_stranger_is_not_told_what_a_good_request_looks_like(
    shop: Shop, visit_id: str, method: str, path: str
) -> None:
    if "sign-in" in path:
        return
    for header in ({}, {"authorization": "Bearer nobody"}):
        stranger = Client(shop.app, headers=header)
        for content in (*UNREADABLE, *NO_OBJECT, b"{}"):
            answer = send(stranger, method, path, visit_id, content)
            assert refusal(answer, 401) == "sign_in_required"
        assert refusal(send(stranger, method, path, "x", b"{}", kind="text/plain"), 401) == "sign_in_required"


@pytest.mark.parametrize("query", ["limit=1", "x=", "x=1&x=2", "%00=1"])
def test_a_query_that_nobody_reads(anna: Client, query: str) -> None:
    assert refusal(anna.get(f"/api/v1/visits?{query}"), 422) == "invalid_input"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_origin_makes_no_browser_call_us(nobody: Client, site: str) -> None:
    """Also where there is no session yet: nobody is signed in as somebody else unawares."""
    wish, said = {"email": "zoe@example.org"}, {"sec-fetch-site": site}
    assert refusal(nobody.post("/api/v1/sign-in/codes", json=wish, headers=said), 403) == "csrf"
    ours = nobody.post("/api/v1/sign-in/codes", json=wish, headers={"sec-fetch-site": "same-origin"})
    assert ours.status_code == 202


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("name", ["price_cents", "customer_id", "\ud800", "x" * 5000, "__class__", "a.b", ""])
def test_unknown_fields(anna: Client, visit_id: str, method: str, path: str, name: str) -> None:
    content = json.dumps(BODIES[method, path] | {name: 1}).encode()
    answer = send(anna, method, path, visit_id, content)
    assert refusal(answer, 422) == "invalid_input"
    [field] = answer.json()["details"]["fields"]
    assert field["path"].startswith("body")
    assert len(answer.content) < 2000


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_bodies_too_large(anna: Client, visit_id: str, method: str, path: str) -> None:
    content = b" " * (MAX_BODY + 1)
    assert refusal(send(anna, method, path, visit_id, content), 413) == "too_large"

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b" " * (MAX_BODY // 4)

    full = path.format(visit_id=visit_id, sku="cola")
    headers = {"content-type": "application/json"}
    assert refusal(anna.request(method, full, content=pieces(), headers=headers), 413) == "too_large"


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_strange_values_in_every_field(
    shop: Shop, anna: Client, visit_id: str, method: str, path: str
) -> None:
    """The client checks shape, status and that a refusal changed nothing; a 500 would raise here."""
    for field in BODIES[method, path]:
        for value in VALUES:
            content = json.dumps(BODIES[method, path] | {field: value}).encode()
            answer = send(anna, method, path, visit_id, content)
            assert answer.status_code < 500, f"{field}={value!r}"
            if value in (None, [], {}, [[]]):
                assert refusal(answer, 422) == "invalid_input"


def test_strange_paths(shop: Shop, anna: Client, visit_id: str) -> None:
    for template, by_method in shop.app.openapi()["paths"].items():
        if "{" not in template:
            continue
        for method in by_method:
            for segment in SEGMENTS:
                path = template.replace("{", "").replace("}", "")
                for name in ("visit_id", "method_id", "sku", "slug", "token"):
                    path = path.replace(f"/{name}", f"/{segment}")
                answer = anna.request(method.upper(), path, json={"quantity": 1} if method == "put" else None)
                assert answer.status_code in (404, 405, 422), f"{method} {path}: {answer.status_code}"


def test_calls_that_do_not_exist(anna: Client) -> None:
    assert refusal(anna.get("/api/v1/nothing"), 404) == "not_found"
    assert refusal(anna.get("/api/v2/visits"), 404) == "not_found"
    answer = anna.put("/api/v1/visits", json={})
    assert refusal(answer, 405) == "not_allowed"
    assert answer.headers["allow"] == "GET, POST"
    assert refusal(anna.get(f"/api/v1/visits/{'0' * 26}/pay"), 405) == "not_allowed"
    assert refusal(anna.delete("/api/v1/me"), 405) == "not_allowed"


def test_a_fault_of_ours_says_nothing_of_our_inside(
    shop: Shop, visit_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret: " + "4242")

    from fastapi.testclient import TestClient

    monkeypatch.setattr("shop.domain.visits.of_customer", broken)
    client = TestClient(shop.app, raise_server_exceptions=False)
    token = shop.token(shop.world.anna_id)
    answer = client.get("/api/v1/visits", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
