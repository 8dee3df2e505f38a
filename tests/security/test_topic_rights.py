"""On the real broker a device speaks only on its own upward topics and hears only its own downward ones."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import topics
from devices.broker import Broker
from devices.mqtt import Link
from devices.notices import Incoming
from tests.devices.rigs import expect, link, login, wait_up

pytestmark = pytest.mark.mosquitto

LOCK, NEIGHBOUR = "dorf-lock", "dorf-contact"
STORE, ELSEWHERE = "dorf", "stadt"
UP_KINDS = ("birth", "status", "event", "ack", "hb", "state", "sample")
WITH_CAPABILITY = ("state", "sample")
END = b"the end"


def upward(store: str, device: str) -> list[str]:
    return [topics.up(store, device, kind, "bolt" if kind in WITH_CAPABILITY else None) for kind in UP_KINDS]


def downward(store: str, device: str) -> list[str]:
    return [
        name(store, device) for name in (topics.command, topics.event_ack, topics.config, topics.door_code)
    ]


def every_topic(store: str) -> list[str]:
    own = [topic for device in (LOCK, NEIGHBOUR) for topic in upward(store, device) + downward(store, device)]
    return [*own, topics.core_status(store), f"shop/v1/{store}/{topics.CORE}/down/cmd"]


EVERYWHERE = [
    *every_topic(STORE),
    *every_topic(ELSEWHERE),
    "shop/v1",
    "shop/v2/dorf/dorf-lock/up/event",
    "anything",
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker("mosquitto", 0, tmp_path / "broker")
    broker.start([login(name) for name in (topics.CORE, LOCK, NEIGHBOUR)])
    yield broker
    broker.stop()


def heard(listener: Link) -> set[str]:
    """The topics on which something came before the end was told."""
    found: set[str] = set()
    while (message := expect(listener.inbox, Incoming)).payload != END:
        listener.ack(message)
        found.add(message.topic)
    return found


def test_these_are_all_kinds_of_topics_there_are() -> None:
    named = re.search(r"\?P<kind>([a-z|]+)\)", topics._UP.pattern)
    assert named is not None
    assert set(named[1].split("|")) == set(UP_KINDS)
    of_a_device = [
        name
        for name, function in inspect.getmembers(topics, inspect.isfunction)
        if list(inspect.signature(function).parameters) == ["store", "device"] and not name.startswith("_")
    ]
    assert set(of_a_device) == {"command", "event_ack", "config", "door_code", "all_down"}


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("retain", [False, True])
def test_a_lock_is_heard_only_on_its_own_upward_topics(broker: Broker, qos: int, retain: bool) -> None:
    core, lock = link(broker, topics.CORE, "#"), link(broker, LOCK)
    wait_up(core)
    wait_up(lock)
    for topic in EVERYWHERE:
        lock.publish(topic, b"is it I?", qos=qos, retain=retain)
    lock.publish(topics.up(STORE, LOCK, "event"), END, qos=qos)
    # in its own name in another store, too: who belongs where is the gateway's to know, and it refuses
    assert heard(core) == {*upward(STORE, LOCK), *upward(ELSEWHERE, LOCK)}
    core.stop()
    lock.stop()


@pytest.mark.parametrize("asked", ["#", "shop/v1/#", "+/+/+/+/+/+", "$share/all/shop/v1/#"])
def test_a_lock_hears_only_its_own_downward_topics(broker: Broker, asked: str) -> None:
    core, lock = link(broker, topics.CORE), link(broker, LOCK, asked, topics.command(STORE, LOCK))
    wait_up(core)
    wait_up(lock)
    for topic in every_topic(STORE) + every_topic(ELSEWHERE):
        core.publish(topic, b"for whom?", qos=1)
    core.publish(topics.command(STORE, LOCK), END, qos=1)
    # the core's own status names no device and carries the time; each may read it
    public = {topics.core_status(STORE), topics.core_status(ELSEWHERE)}
    own = {*downward(STORE, LOCK), *downward(ELSEWHERE, LOCK)}
    found = heard(lock)
    assert own <= found <= own | public
    core.stop()
    lock.stop()


def test_what_was_told_before_it_came_is_kept_from_it_too(broker: Broker) -> None:
    core = link(broker, topics.CORE)
    wait_up(core)
    kept = [*upward(STORE, NEIGHBOUR), *downward(STORE, NEIGHBOUR), topics.core_status(STORE)]
    for topic in kept:
        core.publish(topic, b"kept", qos=1, retain=True)
    lock = link(broker, LOCK, "#", topics.core_status(STORE), topics.command(STORE, LOCK))
    wait_up(lock)
    core.publish(topics.command(STORE, LOCK), END, qos=1)
    assert heard(lock) == {topics.core_status(STORE)}
    core.stop()
    lock.stop()
