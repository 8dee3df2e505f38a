"""Two gateways at real brokers: one answers each device, and one that is killed is stood in for."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from devices import topics
from devices.broker import Broker, Mode
from devices.broker_config import HOST
from devices.edge.device import BrokerAddress, Device, Handlers, Identity
from devices.edge.outbox import Outbox
from devices.events import ContactState, EventData, LockState
from devices.messages import ContactChanged, EventAck, parse
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming
from devices.registry import Entry, Registry
from shop.db import Database
from shop.domain import fleet
from shop.domain.gateways import GatewayLease
from tests.domain.world import World
from tests.gateway.rigs import LOCK, STORE, until
from tests.gateway.test_with_a_broker import CONTACT, ROOT, SECRET, registry

__all__ = ["registry"]

STATES = {"contact": ContactState(open=False), "lock": LockState(bolt="locked")}
PLACES = [
    ("embedded", "sqlite_apart"),
    pytest.param(("mosquitto", "postgres"), marks=[pytest.mark.mosquitto, pytest.mark.postgres]),
]
BEFORE_A_DEVICE_TRIES_AGAIN_S = 9.0  # by itself


@pytest.fixture(params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[Mode, str]:
    """Which broker and which database."""
    place: tuple[Mode, str] = request.param
    return place


@pytest.fixture
def seeded(place: tuple[Mode, str], request: pytest.FixtureRequest) -> tuple[Database, World]:
    seeded: tuple[Database, World] = request.getfixturevalue(place[1])
    return seeded


@pytest.fixture
def broker(place: tuple[Mode, str], registry: Registry, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(place[0], 0, tmp_path / "broker")
    broker.start(registry.logins([LOCK, CONTACT], gateways=3))
    yield broker
    broker.stop()


@pytest.fixture
def gateways(
    broker: Broker, database: Database, tmp_path: Path
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    settings = {
        "SHOP_DATA_DIR": str(tmp_path),
        "SHOP_DATABASE_URL": database.url,
        "SHOP_SECRET": SECRET,
        "SHOP_BROKER_PORT": str(broker.port),
        "SHOP_GATEWAY_PROCESSES": "2",
    }
    command = [sys.executable, "-m", "devices", "gateway", "--number"]
    running = {
        topics.core(number): subprocess.Popen([*command, str(number)], env=os.environ | settings, cwd=ROOT)
        for number in (1, 2)
    }
    yield running
    for process in running.values():
        process.terminate()
        process.wait(10)


class Hardware:
    """A device as it ships, with an outbox on the disk."""

    def __init__(self, broker: Broker, registry: Registry, entry: Entry, folder: Path) -> None:
        states: dict[str, EventData] = {entry.kind: STATES[entry.kind]}
        identity = Identity(store=STORE, device=entry.device, model="test", caps=(entry.kind,))
        address = BrokerAddress(host=HOST, port=broker.port, password=registry.mqtt_password(entry))
        self._made: list[Device] = []
        self._ready = threading.Event()

        def live() -> None:
            outbox = Outbox(folder / f"{entry.device}.outbox")
            self._made.append(Device(identity, address, outbox, Handlers(states=lambda: states)))
            self._ready.set()
            self._made[0].run()
            outbox.close()

        self._thread = threading.Thread(target=live)

    def __enter__(self) -> "Hardware":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._made[0].stop()
        self._thread.join(10)

    def reports(self, *, is_open: bool) -> None:
        device = self._made[0]
        device.inbox.put(lambda: device.report("contact.changed", ContactChanged(open=is_open)))


@pytest.fixture
def acks(broker: Broker, registry: Registry) -> Iterator[list[Incoming]]:
    """Every word of the core to the contact that its reports are stored."""
    options = LinkOptions(
        host=HOST,
        port=broker.port,
        username=topics.core(3),
        password=registry.core_password(topics.core(3)),
        subscriptions=[(topics.event_ack(STORE, CONTACT.device), 0)],
    )
    link, heard = Link(options), list[Incoming]()
    link.start()
    until(lambda: link.connected)

    def listen() -> None:
        while (notice := link.inbox.get()) is not None:
            if isinstance(notice, Incoming):
                heard.append(notice)

    listening = threading.Thread(target=listen)
    listening.start()
    yield heard
    link.stop()
    link.inbox.put(None)  # type: ignore[arg-type]
    listening.join()


def row(database: Database, entry: Entry) -> fleet.Device:
    with database.reading() as tx:
        return tx.get_one(fleet.Device, entry.device)


def owners(database: Database) -> dict[str, str]:
    with database.reading() as tx:
        return {lease.store_id: lease.gateway for lease in tx.exec(select(GatewayLease))}


def test_one_answers_and_when_it_is_killed_the_other_does(
    database: Database,
    world: World,
    broker: Broker,
    registry: Registry,
    gateways: dict[str, subprocess.Popen[bytes]],
    acks: list[Incoming],
    tmp_path: Path,
) -> None:
    until(lambda: set(owners(database).values()) == set(gateways), within_s=60)  # two stores, two owners
    with Hardware(broker, registry, CONTACT, tmp_path) as contact:
        until(lambda: row(database, CONTACT).birth, within_s=30)
        contact.reports(is_open=True)
        until(lambda: row(database, CONTACT).last_seq == 1)
        until(lambda: uptos(acks)[-1:] == [1])
        killed = owners(database)[world.store_id]
        gateways[killed].kill()
        gateways[killed].wait(10)
        contact.reports(is_open=False)  # nobody answers yet
        with Hardware(broker, registry, LOCK, tmp_path):  # and nobody of hers hears that she was born
            until(lambda: row(database, CONTACT).last_seq == 2, BEFORE_A_DEVICE_TRIES_AGAIN_S)
            until(lambda: row(database, LOCK).birth)
        until(lambda: uptos(acks)[-1:] == [2])
    assert owners(database)[world.store_id] in gateways.keys() - {killed}
    assert uptos(acks).count(1) == 1


def uptos(acks: list[Incoming]) -> list[int]:
    return [parse(EventAck, ack.payload).upto for ack in acks]
