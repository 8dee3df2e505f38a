"""Between broker and database: confirmed only when stored, and no message stands in the way of the others."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError, OperationalError

from devices import reports, topics, ulid
from devices.gateway import Gateway
from devices.messages import CommandAck, ContactChanged, EventAck, Heartbeat, Resend, parse, parse_command
from devices.notices import Incoming, LinkUp
from shop.config import Settings
from shop.db import Database
from shop.domain import doors
from shop.domain.inbox import Inbox
from tests.domain.world import CONTACT_DEVICE, SHELF_DEVICE
from tests.gateway.reading import door_of
from tests.gateway.rigs import STORE, Line, Reporter, rows


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


@pytest.fixture
def gateway(database: Database, line: Line, tmp_path: Path) -> Gateway:
    secret = SecretStr("a secret for tests, long enough to be taken")
    config = Settings(data_dir=tmp_path, secret=secret, database_url=database.url)
    made = Gateway(config, tmp_path / "logins.json")
    made.database.close()
    made.database = database
    made._link = line  # type: ignore[assignment]
    made._stopping.set()  # so that it never waits before it tries again
    made._look_up_devices()
    return made


def arrives(line: Line, device: str, kind: str, payload: bytes, *, retained: bool = False) -> Incoming:
    topic = topics.up(STORE, device, kind)
    incoming = Incoming(topic, payload, retained, 1, len(line.acked) + 1, 1, time.monotonic())
    line.inbox.put(incoming)
    return incoming


def opened(database: Database, seq: int, **more: Any) -> tuple[Reporter, bytes]:
    contact = Reporter(database, CONTACT_DEVICE)
    return contact, contact.event("contact.changed", ContactChanged(open=True), seq, **more)


def told(line: Line, kind: str) -> list[bytes]:
    return [payload for topic, payload in line.published if topic.endswith(f"/down/{kind}")]


def test_what_is_stored_is_confirmed_to_the_broker_and_to_the_device(
    database: Database, gateway: Gateway, line: Line
) -> None:
    contact, payload = opened(database, 1)
    incoming = arrives(line, CONTACT_DEVICE, "event", payload)
    gateway._one_batch()
    assert line.acked == [incoming]
    [ack] = told(line, "event-ack")
    assert parse(EventAck, ack) == EventAck(epoch=contact.epoch, upto=1)


def test_a_heartbeat_soon_after_another_does_not_ask_the_database(
    gateway: Gateway, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    take = reports.take

    def note(tx: Any, topic: topics.UpTopic, *rest: Any, **more: Any) -> Any:
        taken.append(topic.device)
        return take(tx, topic, *rest, **more)

    monkeypatch.setattr(reports, "take", note)
    for device in (CONTACT_DEVICE, SHELF_DEVICE, CONTACT_DEVICE):
        arrives(line, device, "hb", Heartbeat(up_s=5, q=0).to_bytes())
        gateway._one_batch()
    assert taken == [CONTACT_DEVICE, SHELF_DEVICE]
    gateway._beaten[CONTACT_DEVICE] -= reports.SEEN_EVERY.total_seconds() + 1
    arrives(line, CONTACT_DEVICE, "hb", Heartbeat(up_s=35, q=0).to_bytes())
    gateway._one_batch()
    assert taken == [CONTACT_DEVICE, SHELF_DEVICE, CONTACT_DEVICE]
    assert len(line.acked) == 4


def test_a_gap_is_asked_for_once_a_second_at_most(database: Database, gateway: Gateway, line: Line) -> None:
    contact, payload = opened(database, 5)
    for _ in range(3):
        arrives(line, CONTACT_DEVICE, "event", payload)
        gateway._one_batch()
    [wish] = [parse_command(command) for command in told(line, "cmd")]
    assert isinstance(wish, Resend)
    assert (wish.epoch, wish.first) == (contact.epoch, 1)
    assert len(line.acked) == 3  # the broker need not keep it: the device does


def test_with_the_database_away_nothing_is_confirmed(
    database: Database, gateway: Gateway, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(reports, "take", away)
    _, payload = opened(database, 1)
    incoming = arrives(line, CONTACT_DEVICE, "event", payload)
    gateway._one_batch()
    assert (line.acked, line.published) == ([], [])
    assert line.dropped == ["database away"]  # the broker sends it again on the next connection
    monkeypatch.undo()
    line.inbox.put(incoming)
    gateway._one_batch()
    assert line.acked == [incoming]


@pytest.mark.parametrize("error", [IntegrityError("x", {}, Exception()), RuntimeError("a bug of ours")])
def test_a_message_that_cannot_be_stored_stands_in_nobodys_way(
    database: Database, gateway: Gateway, line: Line, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real = reports.take

    def take(tx: Any, topic: topics.UpTopic, payload: bytes, **options: bool) -> Any:
        answer = real(tx, topic, payload, **options)
        if topic.device == SHELF_DEVICE:
            raise error
        return answer

    monkeypatch.setattr(reports, "take", take)
    contact, first = opened(database, 1)
    second = contact.event("contact.changed", ContactChanged(open=False), 2)
    poison = Reporter(database, SHELF_DEVICE).event("shelf.hummed", {}, 1)
    batch = [
        (arrives(line, device, "event", payload), topics.UpTopic(STORE, device, "event"))
        for device, payload in ((CONTACT_DEVICE, first), (SHELF_DEVICE, poison), (CONTACT_DEVICE, second))
    ]
    gateway._store(batch)
    assert contact.row().last_seq == 2
    [row] = [row for row in rows(database, Inbox) if row.status == "dead"]
    assert (row.source, type(error).__name__ in str(row.reason)) == (f"device:{SHELF_DEVICE}", True)


def test_an_effect_that_fails_half_way_is_undone_and_the_rest_of_its_batch_is_stored(
    database: Database, gateway: Gateway, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = doors.closed

    def breaks_afterwards(*arguments: Any) -> None:
        real(*arguments)
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("devices.handlers.doors.closed", breaks_afterwards)
    contact, first = opened(database, 1)
    second = contact.event("contact.changed", ContactChanged(open=False), 2)
    third = contact.event("contact.smelled", {}, 3)
    arrived = [arrives(line, CONTACT_DEVICE, "event", payload) for payload in (first, second, third)]
    gateway._one_batch()
    assert line.acked == arrived
    assert parse(EventAck, told(line, "event-ack")[-1]) == EventAck(epoch=contact.epoch, upto=3)
    assert door_of(database).is_open
    assert contact.row().state == {"open": True}
    assert [(row.kind, row.status) for row in rows(database, Inbox)] == [
        ("contact.changed", "done"),
        ("contact.changed", "dead"),
        ("contact.smelled", "done"),
    ]


def test_reports_that_wait_together_are_stored_and_confirmed_together(
    database: Database, gateway: Gateway, line: Line
) -> None:
    contact, first = opened(database, 1)
    second = contact.event("contact.changed", ContactChanged(open=False), 2)
    arrived = [arrives(line, CONTACT_DEVICE, "event", payload) for payload in (first, second)]
    gateway._one_batch()
    assert line.acked == arrived
    [ack] = told(line, "event-ack")
    assert parse(EventAck, ack) == EventAck(epoch=contact.epoch, upto=2)


def test_reports_that_follow_each_other_closely_are_stored_together_and_an_answer_waits_for_none(
    database: Database, gateway: Gateway, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.gateway.BATCH_WAIT_S", 30)  # only the answer ends the waiting
    heard: list[Any] = []
    gateway._desk.answered = lambda *told: heard.append(told)  # type: ignore[method-assign]
    contact, first = opened(database, 1)
    second = contact.event("contact.changed", ContactChanged(open=False), 2)
    answer = CommandAck(id=ulid.new(), result="done").to_bytes()
    arrived = [arrives(line, CONTACT_DEVICE, "event", first)]

    def follow() -> None:
        arrived.append(arrives(line, CONTACT_DEVICE, "event", second))
        arrived.append(arrives(line, "lock-1", "ack", answer))

    later = threading.Timer(0.1, follow)
    later.start()
    gateway._one_batch()
    later.join()
    assert line.acked == arrived
    assert len(heard) == 1


@pytest.mark.parametrize(
    "payload", [b"", b"{", b'{"id":1}', b'{"id":"x","result":"maybe"}', b'{"id":"x","ch":"short"}']
)
def test_an_answer_that_is_none_is_a_dead_letter(
    database: Database, gateway: Gateway, line: Line, payload: bytes
) -> None:
    incoming = arrives(line, "lock-1", "ack", payload)
    gateway._one_batch()
    assert line.acked == [incoming]
    [row] = rows(database, Inbox)
    assert (row.kind, row.status) == ("ack", "dead")


def test_a_retained_answer_means_nothing(database: Database, gateway: Gateway, line: Line) -> None:
    heard: list[Any] = []
    gateway._desk.answered = lambda *told: heard.append(told)  # type: ignore[method-assign]
    arrives(line, "lock-1", "ack", f'{{"id":"{ulid.new()}","result":"done"}}'.encode(), retained=True)
    gateway._one_batch()
    assert heard == []
    assert len(line.acked) == 1


def test_states_samples_and_strange_topics_are_confirmed_and_left_alone(
    database: Database, gateway: Gateway, line: Line
) -> None:
    state = topics.up(STORE, SHELF_DEVICE, "state", "scale-1")
    for topic in (state, "shop/v1/x/y/up/nothing", "", "shop/v1/+/#"):
        line.inbox.put(Incoming(topic, b"{", False, 1, 1, 1, 0.0))
    while line.inbox.qsize():
        gateway._one_batch()
    assert len(line.acked) == 4
    assert rows(database, Inbox) == []


def test_the_core_says_it_is_there_whenever_it_connects(gateway: Gateway, line: Line) -> None:
    line.inbox.put(LinkUp(1, True))
    gateway._one_batch()
    assert [topic for topic, _ in line.published] == ["shop/v1/witzenhausen/core/status"]
    assert line.options[0]["retain"] is True


def test_the_brokers_logins_follow_the_registry_and_are_for_this_user_only(gateway: Gateway) -> None:
    path = gateway._logins_file
    assert path.stat().st_mode & 0o077 == 0
    names = [row[0] for row in json.loads(path.read_text())]
    assert names == ["core", "contact-1", "lock-1", "shelf-1"]
    assert list(path.parent.glob("tmp*")) == []
