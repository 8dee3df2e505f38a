"""A database that cannot be reached, is locked or full: 503 for as long as that lasts, and no longer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import httpx2
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from shop.app import create_app
from shop.db import Database
from shop.domain.visit_states import Event
from tests.api.rigs import Shop, refusal, settings
from tests.api.serving import served
from tests.api.test_stream import Live
from tests.chaos.postgres import Server
from tests.domain.world import COLA, DOOR_CODE, World

LONGEST_S = 10.0  # more nobody waits
SCAN = {"gtin": COLA.gtin}


@contextmanager
def running(database: Database, world: World, folder: Path) -> Iterator[Live]:
    app = create_app(settings(folder), database)
    with served(app, log_level="critical") as port:
        yield Live(Shop(app, database, world, alone=False), port)


def is_away(answer: httpx.Response) -> bool:
    if answer.status_code != 503:
        return False
    assert answer.headers["retry-after"]
    return bool(answer.json()["code"] == "unavailable")


@pytest.mark.postgres
def test_every_request_is_told_to_come_back_and_then_all_goes_on(
    crashing: tuple[Database, World], server: Server, tmp_path: Path
) -> None:
    with running(*crashing, tmp_path) as live:
        shop = live.shop
        token = shop.token(shop.world.anna_id)
        headers = {"Authorization": f"Bearer {token}"}
        where = f"http://127.0.0.1:{live.port}"
        with httpx.Client(base_url=where, headers=headers, timeout=LONGEST_S, trust_env=False) as anna:
            visit = anna.post("/api/v1/visits", json={"door_code": DOOR_CODE}).json()["id"]
            mine = f"/api/v1/visits/{visit}"
            shop.hold(visit, "held")
            shop.happens(visit, Event.HOLD_PLACED, Event.UNLOCKED, Event.DOOR_OPENED)
            with live.stream(visit, token) as stream:
                assert stream.next() is not None
                server.stop_at_once()
                for _ in range(2):
                    assert is_away(anna.get(mine))
                    assert is_away(anna.post(f"{mine}/scans", json=SCAN))
                    assert is_away(anna.get(f"{mine}/events"))
                    assert is_away(anna.post("/api/v1/sign-in/codes", json={"email": "anna@example.org"}))
                assert anna.get("/health/live").status_code == 200
                server.start()
                scanned = anna.post(f"{mine}/scans", json=SCAN)
                assert scanned.json()["total_cents"] == 124
                told = stream.next()
                assert told is not None
                assert told.visit["total_cents"] == 124


@pytest.mark.postgres
def test_a_row_that_stays_locked_holds_nobody_for_long(
    crashing: tuple[Database, World], tmp_path: Path
) -> None:
    with running(*crashing, tmp_path) as live:
        shop = live.shop
        visit = shop.let_in(shop.client(shop.world.anna_id))
        headers = {"Authorization": f"Bearer {shop.token(shop.world.anna_id)}"}
        where = f"http://127.0.0.1:{live.port}/api/v1/visits/{visit}/scans"
        with shop.database.transaction() as tx:
            tx.connection().exec_driver_sql("SELECT id FROM visit FOR UPDATE")
            answer = httpx.post(where, json=SCAN, headers=headers, timeout=LONGEST_S, trust_env=False)
        assert is_away(answer)


def test_a_locked_file_is_unavailable_until_it_is_free(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop.engines.BUSY_TIMEOUT_S", 0.2)
    anna = shop.client(shop.world.anna_id)
    visit = shop.let_in(anna)
    path = str(make_url(shop.database.url).database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = anna.post(f"/api/v1/visits/{visit}/scans", json=SCAN)
        assert refusal(answer, 503) == "unavailable"
        other.execute("ROLLBACK")
    assert anna.post(f"/api/v1/visits/{visit}/scans", json=SCAN).status_code == 200


def test_a_full_disk_is_unavailable_until_there_is_room(shop: Shop) -> None:
    anna = shop.client(shop.world.anna_id)
    visit = shop.let_in(anna)
    text = {"kind": "other", "text": "x" * 500}

    def call() -> httpx2.Response:
        return anna.post(f"/api/v1/visits/{visit}/help", json=text)

    with at_most(1, shop.database.engine):  # SQLite takes it for what there is
        answers = [call()]
        while answers[-1].status_code == 202 and len(answers) < 1000:
            answers.append(call())
        assert len(answers) > 1  # there was some room in the last pages
        assert refusal(answers[-1], 503) == "unavailable"
    assert call().status_code == 202


@contextmanager
def at_most(pages: int, engine: Engine) -> Iterator[None]:
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        engine.dispose()  # it is a setting of the connection
