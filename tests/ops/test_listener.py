"""The address for watchers: alive, ready, and the figures, on a port of its own."""

import json
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from shop.config import Settings
from shop.db import Database, is_prepared, migrate
from shop.ops import health, listener, metrics
from shop.ops.health import Ready
from shop.ops.listener import Listener


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(("127.0.0.1", 0), "worker", Ready())
    serving = threading.Thread(target=made.serve_forever, args=(0.01,))
    serving.start()
    yield made
    made.shutdown()
    serving.join()
    made.server_close()


def get(listening: Listener, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_process_that_can_work_is_live_and_ready(listening: Listener) -> None:
    assert get(listening, "/health/live") == (200, '{"status":"ok"}')
    assert get(listening, "/health/ready")[0] == 200
    assert get(listening, "/somewhere")[0] == 404


def test_it_shows_the_figures_of_its_own_process(listening: Listener) -> None:
    status, text = get(listening, "/metrics")
    assert status == 200
    assert "shop_ready 1.0" in text.splitlines()
    assert "# TYPE shop_settle_seconds histogram" in text
    assert "shop_tap_to_unlocked_seconds" not in text  # the gateway's


def test_what_stands_in_the_way_is_named(listening: Listener) -> None:
    listening.ready = Ready(database=lambda: True, broker=lambda: False)
    status, text = get(listening, "/health/ready")
    assert (status, json.loads(text)["problems"]) == (503, ["broker"])
    assert get(listening, "/health/live")[0] == 200


def test_while_the_database_is_away_it_is_live_and_not_ready(listening: Listener) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    listening.ready = Ready(database=lambda: is_prepared(away))
    assert get(listening, "/health/ready")[0] == 503
    assert get(listening, "/health/live")[0] == 200
    assert "shop_ready 0.0" in get(listening, "/metrics")[1].splitlines()
    away.close()


def test_a_schema_of_another_time_is_not_ready(listening: Listener, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    listening.ready = Ready(database=lambda: is_prepared(database))
    migrate(database.url, "0001")
    assert get(listening, "/health/ready")[0] == 503
    migrate(database.url)
    assert get(listening, "/health/ready")[0] == 200
    database.close()


def test_a_check_that_hangs_is_a_problem_and_is_asked_only_once() -> None:
    let_go, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(1)
        return let_go.wait(30)

    patient = health.Patience(hang, otherwise=False, limit_s=0.05)
    assert [patient.answer(), patient.answer()] == [False, False]
    assert len(asked) == 1
    let_go.set()


def test_a_loop_that_stands_still_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = metrics.Loop()
    ready = Ready(loop=loop.is_moving)
    assert ready.problems() == []
    later = time.monotonic() + 25
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert loop.is_moving() is False


def test_nobody_listens_unless_a_port_is_set(tmp_path: Path) -> None:
    assert listener.start("worker", Settings(data_dir=tmp_path), Ready()) is None


def test_a_taken_port_does_not_stop_the_shop(
    listening: Listener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = int(listening.server_address[1]) - listener.PORTS["worker"]
    assert listener.start("worker", Settings(data_dir=tmp_path, metrics_port=taken), Ready()) is None
    assert "metrics_port_taken" in caplog.text


def test_each_process_has_a_port_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def take(address: tuple[str, int], *_: object) -> None:
        asked.append(address)
        raise OSError

    monkeypatch.setattr(listener, "Listener", take)
    for process in listener.PORTS:
        listener.start(process, Settings(data_dir=tmp_path, metrics_port=9464), Ready())
    assert asked == [("127.0.0.1", port) for port in (9464, 9474, 9484, 9494)]
