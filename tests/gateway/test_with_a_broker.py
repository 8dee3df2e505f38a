"""The gateway's own process between a real broker and a real database: a door opens, and is reported open."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from devices import signing, topics, ulid
from devices.broker import Broker
from devices.broker_config import HOST
from devices.messages import (
    Birth,
    ChallengeAck,
    CommandAck,
    ContactChanged,
    EventAck,
    Message,
    OutboxRange,
    Resend,
    SignedCommand,
    Status,
    parse,
    parse_command,
)
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming
from devices.registry import Entry, Registry
from shop.config import Settings, master_secret
from shop.db import Database
from shop.domain.fleet import Device
from shop.domain.visit_states import State
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE, World
from tests.gateway.rigs import CHALLENGE, LOCK, STORE, Door, Reporter, until

CONTACT = Entry(CONTACT_DEVICE, STORE, "contact", "front")
ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret for tests, long enough to be taken"


class Hardware:
    """A device on the broker, played by hand."""

    def __init__(self, broker: Broker, registry: Registry, entry: Entry) -> None:
        self.name, self.key = entry.device, registry.signing_key(entry)
        options = LinkOptions(
            host=HOST,
            port=broker.port,
            username=entry.device,
            password=registry.mqtt_password(entry),
            subscriptions=[(topics.all_down(STORE, entry.device), 1)],
            backoff_s=(0.1, 0.5),
        )
        self.link = Link(options)
        self.link.start()
        until(lambda: self.link.connected)

    def say(self, kind: str, message: Message | bytes, *, retain: bool = False) -> None:
        payload = message if isinstance(message, bytes) else message.to_bytes()
        assert self.link.publish(topics.up(STORE, self.name, kind), payload, qos=1, retain=retain)

    def born(self, epoch: str) -> None:
        birth = Birth(
            birth=ulid.new(),
            fw="1",
            hw="1",
            model="test",
            caps=(),
            egress="mechanical",
            epoch=epoch,
            outbox=OutboxRange(first=1, last=0),
        )
        self.say("birth", birth, retain=True)
        self.say("status", Status(online=True, birth=birth.birth), retain=True)

    def hears(self, kind: str) -> bytes:
        while True:
            notice = self.link.inbox.get(timeout=10)
            if isinstance(notice, Incoming):
                self.link.ack(notice)
                if notice.topic.endswith(f"/down/{kind}"):
                    return notice.payload


@pytest.fixture
def seeded(sqlite_apart: tuple[Database, World]) -> tuple[Database, World]:
    return sqlite_apart


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(master_secret(Settings(data_dir=tmp_path, secret=SecretStr(SECRET))))


@pytest.fixture
def broker(registry: Registry, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker("embedded", 0, tmp_path / "broker")
    broker.start(registry.logins([LOCK, CONTACT]))
    yield broker
    broker.stop()


@pytest.fixture
def gateway(broker: Broker, database: Database, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "SHOP_DATA_DIR": str(tmp_path),
        "SHOP_DATABASE_URL": database.url,
        "SHOP_SECRET": SECRET,
        "SHOP_BROKER_PORT": str(broker.port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "devices", "gateway"], env=os.environ | settings, cwd=ROOT
    )
    yield process
    process.terminate()
    assert process.wait(10) == 0


@pytest.mark.usefixtures("gateway")
def test_a_door_opens_for_a_visit_and_reports_it(
    database: Database, world: World, broker: Broker, registry: Registry
) -> None:
    lock, contact = Hardware(broker, registry, LOCK), Hardware(broker, registry, CONTACT)
    reporter = Reporter(database, CONTACT_DEVICE)
    lock.born(ulid.new())
    contact.born(reporter.epoch)

    def births() -> list[str | None]:
        with database.reading() as tx:
            return [tx.get_one(Device, name).birth for name in (LOCK_DEVICE, CONTACT_DEVICE)]

    until(lambda: all(births()), within_s=30)  # the process starts
    door = Door(database, world)
    asked = parse_command(lock.hears("cmd"))
    lock.say("ack", ChallengeAck(id=asked.id, ch=CHALLENGE))  # type: ignore[union-attr]
    order = parse_command(lock.hears("cmd"))
    assert isinstance(order, SignedCommand)
    assert door.visit_id.encode() in signing.verify(order, lock.key)
    lock.say("ack", CommandAck(id=door.job().id, result="done"))
    until(lambda: door.visit().state == State.UNLOCKED)

    contact.say("event", b"garbage")
    contact.say("event", reporter.event("contact.changed", ContactChanged(open=False), 2))
    wish = parse_command(contact.hears("cmd"))
    assert isinstance(wish, Resend)
    assert (wish.epoch, wish.first) == (reporter.epoch, 1)
    contact.say("event", reporter.event("contact.changed", ContactChanged(open=True), 1))
    until(lambda: parse(EventAck, contact.hears("event-ack")).upto == 1)
    assert door.visit().state == State.SHOPPING
    for device in (lock, contact):
        device.link.stop()
