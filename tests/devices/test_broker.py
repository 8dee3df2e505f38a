"""Link and broker: nothing late, nothing lost that was promised, nobody in another's name."""

import queue
import socket
import statistics
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTErrorCode

from devices import topics
from devices.broker import Broker, BrokerError
from devices.broker_config import Login
from devices.messages import Birth, Heartbeat, LockChanged, Status, parse
from devices.mqtt import Link, Will
from devices.notices import Incoming, LinkDown, LinkUp
from tests.devices.rigs import ALL_UP, STORE, Core, expect, link, login, running_device, until, wait_up

A_EVENT, B_EVENT = (topics.up(STORE, name, "event") for name in ("dev-a", "dev-b"))
A_COMMAND = topics.command(STORE, "dev-a")


def hears(listener: Link, payload: bytes, timeout_s: float = 5.0) -> Incoming:
    return expect(listener.inbox, Incoming, lambda message: message.payload == payload, timeout_s)


def hears_nothing(listener: Link, seconds: float = 0.4) -> None:
    with pytest.raises(queue.Empty):
        raise AssertionError(f"heard {listener.inbox.get(timeout=seconds)}")


def test_a_message_arrives_and_is_redelivered_until_it_is_acknowledged(broker: Broker) -> None:
    core = link(broker, "core", ALL_UP, clean_start=False, session_expiry_s=600)
    device = link(broker, "dev-a")
    wait_up(core)
    wait_up(device)
    assert device.publish(A_EVENT, b"one", qos=1)
    first = hears(core, b"one")
    core.drop()
    again = hears(core, b"one")
    core.ack(replace(again, generation=first.generation))  # an ack of the lost connection means nothing now
    time.sleep(0.2)  # were it sent, it would arrive
    core.drop()
    last = hears(core, b"one")
    core.ack(last)
    core.drop()
    expect(core.inbox, LinkUp, lambda up: up.generation > last.generation)
    hears_nothing(core)
    assert first.generation < again.generation < last.generation
    core.stop()
    device.stop()


def test_what_is_published_leaves_in_the_publishers_own_thread(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = link(broker, "dev-a")
    wait_up(device)
    client, wrote = device._client, []
    assert client is not None
    write = client.loop_write

    def noted() -> MQTTErrorCode:
        wrote.append(threading.current_thread())
        return write()

    monkeypatch.setattr(client, "loop_write", noted)
    assert device.publish(A_EVENT, b"one", qos=1)
    assert (wrote, client.want_write()) == ([threading.current_thread()], False)
    device.stop()


def test_a_round_trip_has_no_nagle_steps(broker: Broker) -> None:
    core, device = link(broker, "core", ALL_UP), link(broker, "dev-a", topics.all_down(STORE, "dev-a"))
    wait_up(core)
    wait_up(device)
    took = []
    for _ in range(40):
        start = time.perf_counter()
        core.publish(A_COMMAND, b"x" * 300, qos=1, expiry_s=3)
        device.ack(hears(device, b"x" * 300))
        device.publish(topics.up(STORE, "dev-a", "ack"), b"y" * 100, qos=1)
        core.ack(hears(core, b"y" * 100))
        took.append((time.perf_counter() - start) * 1000)
    assert statistics.median(took) < 20  # ms; with Nagle and delayed acks it is above 40
    core.stop()
    device.stop()


def test_what_was_published_while_the_broker_was_gone_is_never_sent(broker: Broker) -> None:
    core, device = link(broker, "core"), link(broker, "dev-a", topics.all_down(STORE, "dev-a"))
    wait_up(core)
    wait_up(device)
    broker.kill()
    outcomes = set()
    for _ in range(20):  # before and after the loss is noticed
        outcomes.add(core.publish(A_COMMAND, b"late", qos=1))
        time.sleep(0.02)
    assert False in outcomes
    expect(core.inbox, LinkDown)
    assert core.publish(A_COMMAND, b"late", qos=1) is False
    broker.start([login(name) for name in ("core", "dev-a")])
    wait_up(core)
    wait_up(device)
    assert core.publish(A_COMMAND, b"now", qos=1)
    heard = expect(device.inbox, Incoming)
    assert heard.payload == b"now"
    hears_nothing(device, 1.0)
    core.stop()
    device.stop()


def test_the_largest_allowed_payload_passes_and_a_larger_one_is_refused(broker: Broker) -> None:
    core, device = link(broker, "core", ALL_UP), link(broker, "dev-a")
    wait_up(core)
    wait_up(device)
    assert device.publish(A_EVENT, b"x" * 16384, qos=1)
    assert len(hears(core, b"x" * 16384).payload) == 16384
    with pytest.raises(ValueError, match="16384"):
        device.publish(A_EVENT, b"x" * 16385, qos=1)
    core.stop()
    device.stop()


def test_a_dead_device_is_announced_under_the_birth_it_had(
    broker: Broker, tmp_path: Path, core: Core
) -> None:
    with running_device(broker, tmp_path, keep_session=False) as device:
        core.listen(lambda: core.on("hb", "dev-a"))
        device._link.drop()
        core.listen(lambda: len(core.on("birth", "dev-a")) == 2 and len(core.on("status", "dev-a")) == 3)
    core.listen(lambda: len(core.on("status", "dev-a")) == 4)

    births = [parse(Birth, m.payload).birth for m in core.on("birth", "dev-a")]
    lives = [parse(Status, m.payload) for m in core.on("status", "dev-a")]
    assert [status.birth for status in lives if status.online] == births
    assert [status.birth for status in lives if not status.online] == births
    assert births[0] < births[1]
    told = next(m.payload for m in core.heard if m.topic.endswith("state/scale-1"))
    assert told == b'{"g":5,"stable":true}'


def test_a_device_sends_its_outbox_again_after_the_broker_was_killed(
    broker: Broker, tmp_path: Path, core: Core
) -> None:
    with running_device(broker, tmp_path) as device:
        core.listen(lambda: core.on("birth", "dev-a"))
        until(lambda: not device.offline)
        core.storing = False
        device.inbox.put(lambda: device.report("lock.changed", LockChanged(bolt="unlocked")))
        core.listen(lambda: core.on("event", "dev-a"))
        broker.kill()
        until(lambda: device.offline)
        device.inbox.put(lambda: device.report("lock.changed", LockChanged(bolt="locked")))
        core.storing = True
        broker.start([login(name) for name in ("core", "dev-a")])
        core.listen(lambda: len(core.stored) == 2)
        core.listen(lambda: parse(Heartbeat, core.on("hb", "dev-a")[-1].payload).q == 0)

    events = core.events("lock.changed")
    assert [(event.seq, event.offline) for event in events] == [(1, False), (2, True)]


def test_a_core_that_comes_back_is_told_at_once_what_it_missed(broker: Broker, tmp_path: Path) -> None:
    with running_device(broker, tmp_path) as device:
        until(lambda: device._link.connected)
        device.inbox.put(lambda: device.report("lock.changed", LockChanged(bolt="locked")))
        time.sleep(0.3)
        core = Core(broker)
        core.listen(lambda: len(core.stored) == 1, 5.0)  # long before the first resend by timer
    core.link.stop()
    assert core.events("lock.changed")[0].offline


@pytest.mark.mosquitto
def test_a_hidden_device_is_called_dead_only_after_the_will_delay(mosquitto: Broker, tmp_path: Path) -> None:
    core = Core(mosquitto)
    with running_device(mosquitto, tmp_path, keep_session=True) as device:
        core.listen(lambda: core.on("hb", "dev-a"))
        device._link.drop()
        core.listen(lambda: len(core.on("birth", "dev-a")) == 2)
        assert all(parse(Status, m.payload).online for m in core.on("status", "dev-a"))
    core.link.stop()


@pytest.mark.mosquitto
def test_device_a_can_neither_speak_as_b_nor_hear_b(mosquitto: Broker) -> None:
    core = link(mosquitto, "core", ALL_UP)
    a = link(mosquitto, "dev-a", "shop/v1/#")
    b = link(mosquitto, "dev-b", topics.all_down(STORE, "dev-b"))
    for each in (core, a, b):
        wait_up(each)
    a.publish(B_EVENT, b"forged", qos=1)
    a.publish(topics.command(STORE, "dev-b"), b"forged", qos=1)
    a.publish(topics.core_status(STORE), b"forged", qos=1, retain=True)
    a.publish(A_EVENT, b"own", qos=1)
    assert expect(core.inbox, Incoming).payload == b"own"
    core.publish(topics.command(STORE, "dev-b"), b"for b", qos=1)
    core.publish(A_COMMAND, b"for a", qos=1)
    assert expect(b.inbox, Incoming).payload == b"for b"
    assert expect(a.inbox, Incoming).payload == b"for a"
    for each in (core, a, b):
        hears_nothing(each, 0.1)
        each.stop()


@pytest.mark.mosquitto
def test_a_will_on_another_devices_topic_is_not_spoken(mosquitto: Broker) -> None:
    core = link(mosquitto, "core", ALL_UP)
    wait_up(core)
    evil = Will(topics.up(STORE, "dev-b", "status"), b'{"online":false}')
    a = link(mosquitto, "dev-a", will=lambda _: evil)
    wait_up(a)
    a.drop()
    expect(a.inbox, LinkDown)
    hears_nothing(core)
    a.stop()
    core.stop()


def test_a_wrong_password_is_let_in_nowhere(broker: Broker) -> None:
    stranger = link(broker, "dev-a", password="guessed")
    hears_nothing(stranger, 0.5)
    assert not stranger.connected
    assert not stranger.publish(A_EVENT, b"hello", qos=1)
    stranger.stop()


def test_a_removed_login_is_thrown_out_and_a_new_one_let_in(broker: Broker) -> None:
    a = link(broker, "dev-a")
    wait_up(a)
    assert broker.follow([login("core"), login("dev-b")])
    b = link(broker, "dev-b")
    wait_up(b)
    expect(a.inbox, LinkDown)
    hears_nothing(a, 0.5)
    assert not broker.follow([login("core"), login("dev-b")])
    a.stop()
    b.stop()


def test_the_brokers_files_are_private(broker: Broker, tmp_path: Path) -> None:
    files = [path for path in (tmp_path / "broker" / broker.kind).iterdir() if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    if broker.kind == "mosquitto":
        assert not any(login("core").password in path.read_text() for path in files)


def test_a_taken_port_is_named(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=f"port {broker.port}"):
        Broker("embedded", broker.port, tmp_path).start([login("core")])


@pytest.mark.mosquitto
def test_mosquitto_listens_where_it_is_told_and_nowhere_else(tmp_path: Path) -> None:
    broker = Broker("mosquitto", 0, tmp_path / "broker", "127.0.0.2")
    broker.start([login("core")])
    socket.create_connection(("127.0.0.2", broker.port), 1).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", broker.port), 1)
    broker.stop()


@pytest.mark.mosquitto
def test_mosquitto_listens_on_all_addresses_when_told_so(tmp_path: Path) -> None:
    broker = Broker("mosquitto", 0, tmp_path / "broker", "0.0.0.0")  # noqa: S104
    broker.start([login("core")])
    socket.create_connection(("127.0.0.2", broker.port), 1).close()
    broker.stop()


def test_only_mosquitto_may_listen_beyond_loopback(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="no access rules"):
        Broker("embedded", 0, tmp_path, "192.0.2.1")


@pytest.mark.parametrize(
    ("name", "kind"), [("core", "device"), ("dev-a", "core"), ("a:b", "device"), ("+", "device")]
)
def test_a_login_that_could_mean_more_is_refused(name: str, kind: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be|not an id"):
        Login(name, "p", kind)  # type: ignore[arg-type]
