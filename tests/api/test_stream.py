"""The live visit over a real server: at once, resumable, over when the visit is, and holding no session."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from shop.api import news
from shop.app import create_app
from shop.db import Database
from shop.domain.visit_states import Event
from tests.api.rigs import Shop, settings
from tests.api.serving import served
from tests.domain.world import COLA, DOOR_CODE, World

SOON_S = 5.0


@dataclass
class Told:
    id: int
    visit: dict[str, Any]


class Stream:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer

    def next(self) -> Told | None:
        """The next event; None when the stream has ended."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line == "\n" and fields:
                assert fields["event"] == "visit"
                return Told(int(fields["id"]), json.loads(fields["data"]))
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
        return None


class Live:
    """The shop behind a uvicorn of its own."""

    def __init__(self, shop: Shop, port: int) -> None:
        self.shop, self.port = shop, port

    @contextmanager
    def stream(self, visit_id: str, token: str, **headers: str) -> Iterator[Stream]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON_S)
        path = f"/api/v1/visits/{visit_id}/events"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} | headers)
        try:
            yield Stream(connection.getresponse())
        finally:
            connection.close()

    def connections_in_use(self) -> int:
        return int(self.shop.database.engine.pool.checkedout())  # type: ignore[attr-defined]


@pytest.fixture
def live(sqlite: tuple[Database, World], tmp_path: Path) -> Iterator[Live]:
    url, world = sqlite[0].url, sqlite[1]
    app = create_app(settings(tmp_path), Database(url))
    with served(app) as port:
        yield Live(Shop(app, app.state.database, world, alone=False), port)


def test_a_visit_is_told_from_its_wish_to_its_end(live: Live) -> None:
    shop = live.shop
    anna = shop.client(shop.world.anna_id)
    token = shop.token(shop.world.anna_id)
    visit_id = anna.post("/api/v1/visits", json={"door_code": DOOR_CODE}).json()["id"]
    idle = live.connections_in_use()
    with live.stream(visit_id, token) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-cache"  # and so not answered from a copy
        first = stream.next()
        assert first is not None
        assert first.visit == anna.get(f"/api/v1/visits/{visit_id}").json()
        assert live.connections_in_use() == idle  # a stream that waits holds nothing

        began = time.monotonic()
        shop.hold(visit_id, "held")
        shop.happens(visit_id, Event.HOLD_PLACED)
        second = stream.next()
        assert second is not None
        assert (second.visit["state"], second.id > first.id) == ("admitted", True)
        assert time.monotonic() - began < SOON_S / 2

        shop.happens(visit_id, Event.UNLOCKED, Event.DOOR_OPENED)
        told = stream.next()
        assert told is not None
        assert told.visit["state"] == "shopping"
        shop.ends(visit_id)
        over = stream.next()
        assert over is not None
        assert (over.visit["state"], over.visit["hold"]["status"]) == ("empty", "placed")
        shop.releases(visit_id)
        last = stream.next()
        assert last is not None
        assert (last.visit["state"], last.visit["hold"]["status"]) == ("empty", "released")
        assert stream.next() is None  # over, and her money is free again
    with live.stream(visit_id, token) as stream:  # looked at again later
        again = stream.next()
        assert again == last
        assert stream.next() is None
    with live.stream(visit_id, token, **{"Last-Event-ID": str(last.id)}) as stream:
        assert stream.next() is None  # nothing she has not seen


def test_a_stream_resumes_after_the_last_event_she_saw(live: Live) -> None:
    shop = live.shop
    anna, token = shop.client(shop.world.anna_id), shop.token(shop.world.anna_id)
    visit_id = shop.let_in(anna)
    with live.stream(visit_id, token) as stream:
        seen = stream.next()
    assert seen is not None
    with live.stream(visit_id, token, **{"Last-Event-ID": str(seen.id)}) as stream:
        anna.post(f"/api/v1/visits/{visit_id}/scans", json={"gtin": COLA.gtin})
        told = stream.next()
        assert told is not None
        assert told.id > seen.id
        assert told.visit["total_cents"] == 124
    with live.stream(visit_id, token, **{"Last-Event-ID": str(seen.id)}) as stream:
        missed = stream.next()  # told at once, because it happened while she was away
        assert missed == told


def test_who_may_not_watch_is_refused_before_the_stream_begins(live: Live) -> None:
    shop = live.shop
    visit_id = shop.let_in(shop.client(shop.world.anna_id))
    mine, hers = shop.token(shop.world.anna_id), shop.token(shop.world.ben_id)
    for token, headers, status in (
        (hers, {}, 404),
        ("nobody", {}, 401),
        (mine, {"Last-Event-ID": "x"}, 422),
        (mine, {"Last-Event-ID": "-1"}, 422),
        (mine, {"Last-Event-ID": "9" * 30}, 422),
    ):
        with live.stream(visit_id, token, **headers) as stream:
            assert stream.answer.status == status
            assert json.loads(stream.answer.read())["code"]


@pytest.mark.parametrize(
    "error", [OperationalError("select", {}, Exception("away")), RuntimeError("a bug of ours")]
)
def test_a_stream_survives_trouble_that_was_over_in_a_moment(
    live: Live, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shop, once = live.shop, [error]
    real = news._newer

    def away_once(*arguments: Any) -> Any:
        if once:
            raise once.pop()
        return real(*arguments)

    monkeypatch.setattr(news, "_newer", away_once)
    monkeypatch.setattr("shop.api.news.AFTER_TROUBLE_S", 0.02)
    visit_id = shop.let_in(shop.client(shop.world.anna_id))
    with live.stream(visit_id, shop.token(shop.world.anna_id)) as stream:
        assert stream.next() is not None
        shop.ends(visit_id)
        told = stream.next()
        assert told is not None
        assert told.visit["state"] == "empty"
    assert once == []


def test_a_stream_ends_when_she_has_signed_out(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by another process, and although nothing happens to the visit; her other sessions go on."""
    monkeypatch.setattr("shop.api.visits.SIGNED_IN_FOR_S", 0.05)
    shop = live.shop
    visit_id = shop.let_in(shop.client(shop.world.anna_id))
    gone, stays = shop.token(shop.world.anna_id), shop.token(shop.world.anna_id)
    with live.stream(visit_id, gone) as ending, live.stream(visit_id, stays) as going_on:
        assert ending.next() is not None
        assert going_on.next() is not None
        bearer = {"authorization": f"Bearer {gone}"}
        assert shop.client().delete("/api/v1/sign-in/sessions/current", headers=bearer).status_code == 204
        assert ending.next() is None
        shop.ends(visit_id)
        told = going_on.next()
        assert told is not None
        assert told.visit["state"] == "empty"
