"""What every answer tells the browser, over TLS and without."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import admin.app
import shop.app
from shop.db import Database
from shop.domain.sign_in import Staff
from tests.api.rigs import Client, Shop, settings
from tests.domain.staff import DESK_EMAIL, PASSWORD
from tests.domain.world import World

ANNA = "anna@example.org"


@pytest.fixture
def over_tls(tmp_path: Path, sqlite: tuple[Database, World]) -> dict[str, FastAPI]:
    config = settings(tmp_path, public_url="https://shop.example.org", admin_url="https://desk.example.org")
    return {
        "shop": shop.app.create_app(config, sqlite[0]),
        "desk": admin.app.create_app(config, sqlite[0]),
    }


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/nothing", "/api/openapi.json", "/health/live", "/r/nobody", "/elsewhere"]
)
def test_data_is_neither_kept_nor_framed_nor_run(nobody: Client, path: str) -> None:
    headers = nobody.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert set(policy.values()) == {"'none'"}
    assert {"default-src", "frame-ancestors"} <= set(policy)
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", ["/", "/visits/01JDOOR", "/docs"])
def test_pages_load_their_own_files_and_no_inline_code(nobody: Client, path: str) -> None:
    answer = nobody.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert answer.headers["cache-control"] == "no-cache"
    assert nobody.get(answer.text.split(' src="')[1].split('"')[0]).status_code == 200


def test_the_barcode_reader_alone_may_compile_wasm_and_loads_it_from_us(nobody: Client) -> None:
    [script, wasm] = sorted((shop.app.PAGES / "assets" / "scanner").iterdir())
    answer = nobody.get(f"/assets/scanner/{script.name}")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "connect-src": "'self'",
    }
    assert f"/assets/scanner/{wasm.name}" in answer.text
    assert nobody.get(f"/assets/scanner/{wasm.name}").headers["content-type"] == "application/wasm"


def test_our_own_fault_carries_them_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop.domain.tenancy.stores_of", lambda *_: 1 / 0)
    bearer = {"authorization": f"Bearer {shop.token(shop.world.anna_id)}"}
    answer = TestClient(shop.app, raise_server_exceptions=False).get("/api/v1/stores", headers=bearer)
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_a_session_over_tls_is_bound_to_this_very_host(over_tls: dict[str, FastAPI], shop: Shop) -> None:
    phone = TestClient(over_tls["shop"], base_url="https://shop.example.org")
    phone.post("/api/v1/sign-in/codes", json={"email": ANNA})
    proof = {"email": ANNA, "code": shop.jobs("mail_code")[0].payload["code"]}
    answer = phone.post("/api/v1/sign-in/sessions", json=proof)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-shop_session=")
    for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert phone.get("/api/v1/me").json()["csrf"] == answer.json()["csrf"]
    gone = phone.delete("/api/v1/sign-in/sessions/current", headers={"x-csrf-token": answer.json()["csrf"]})
    assert gone.status_code == 204
    assert "Secure" in gone.headers["set-cookie"]  # else the browser would not drop it
    assert dict(phone.cookies) == {}


def test_the_desk_goes_by_its_own_address(over_tls: dict[str, FastAPI], shop: Shop) -> None:
    assert shop.rows(Staff)
    login = {"email": DESK_EMAIL, "password": PASSWORD}
    answer = TestClient(over_tls["desk"]).post("/api/v1/sign-in", json=login)
    assert answer.headers["set-cookie"].startswith("__Host-desk_session=")
    assert "strict-transport-security" in answer.headers
