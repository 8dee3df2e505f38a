"""What the device tests play with: links, a device, and a core that stores what it hears."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from devices import signing, topics, ulid
from devices.broker import Broker
from devices.broker_config import HOST, Login
from devices.edge.device import BrokerAddress, Device, Handlers, Identity
from devices.edge.outbox import Outbox
from devices.messages import (
    ChallengeAck,
    ChallengeRequest,
    CommandAck,
    CoreStatus,
    Envelope,
    EventAck,
    ShelfState,
    SignedCommand,
    Unlock,
    parse_ack,
    parse_event,
)
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming, LinkUp, Notice

STORE = "dorf"
ALL_UP = f"{topics.ROOT}/+/+/up/#"  # more than the core asks for: states and samples too
SECRET = signing.store_secret(b"a master secret for tests only", STORE)
T = TypeVar("T")


def login(name: str) -> Login:
    return Login(name, signing.mqtt_password(SECRET, name), "core" if name == topics.CORE else "device")


def link(broker: Broker, name: str, *filters: str, **options: Any) -> Link:
    made = Link(
        LinkOptions(
            host=HOST,
            port=broker.port,
            username=name,
            password=options.pop("password", login(name).password),
            subscriptions=[(f, 1) for f in filters],
            backoff_s=(0.1, 0.5),
            **options,
        )
    )
    made.start()
    return made


def wait_up(made: Link, timeout_s: float = 20.0) -> LinkUp:
    return expect(made.inbox, LinkUp, timeout_s=timeout_s)


def expect(
    inbox: "queue.SimpleQueue[Notice]",
    kind: type[T],
    where: Callable[[T], bool] = lambda _: True,
    timeout_s: float = 20.0,
) -> T:
    """The next notice of that kind for which `where` holds; others on the way are dropped."""
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        try:
            notice = inbox.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(notice, kind) and where(notice):
            return notice
    raise AssertionError(f"no such {kind.__name__} within {timeout_s} s")


def until(condition: Callable[[], T], timeout_s: float = 20.0) -> T:
    """The first truthy answer."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer or time.monotonic() > deadline:
            assert answer, "did not happen in time"
            return answer
        time.sleep(0.02)


class Core:
    """Stands in for the gateway: hears everything, stores events by (epoch, seq), and says so."""

    def __init__(self, broker: Broker, *, storing: bool = True) -> None:
        self.storing = storing
        self.stored: dict[tuple[str, int], Envelope] = {}
        self.heard: list[Incoming] = []
        self.link = link(broker, topics.CORE, ALL_UP, clean_start=False, session_expiry_s=600, keepalive_s=30)

    def listen(self, until_true: Callable[[], T], timeout_s: float = 20.0) -> T:
        deadline = time.monotonic() + timeout_s
        while not (answer := until_true()):
            left = deadline - time.monotonic()
            assert left > 0, f"did not happen in time; stored: {[e.type for e in self.stored.values()]}"
            try:
                notice = self.link.inbox.get(timeout=min(left, 0.1))
            except queue.Empty:
                continue
            if isinstance(notice, LinkUp):
                online = CoreStatus(online=True, ts=time.time_ns() // 1_000_000)
                self.link.publish(topics.core_status(STORE), online.to_bytes(), qos=1, retain=True)
            elif isinstance(notice, Incoming):
                self._take(notice)
        return answer

    def events(self, kind: str, device: str | None = None) -> list[Envelope]:
        found = [e for e in self.stored.values() if e.type == kind and device in (None, e.dev)]
        return sorted(found, key=lambda e: (e.epoch, e.seq))

    def on(self, kind: str, device: str) -> list[Incoming]:
        return [m for m in self.heard if m.topic == topics.up(STORE, device, kind)]

    def command(
        self, device: str, command: ChallengeRequest | SignedCommand, *, retain: bool = False
    ) -> None:
        topic = topics.command(STORE, device)
        expiry_s = None if retain else 3
        assert self.link.publish(topic, command.to_bytes(), qos=1, retain=retain, expiry_s=expiry_s)

    def challenge(self, device: str) -> str:
        request = ChallengeRequest(id=ulid.new())
        self.command(device, request)
        ack = self.answer(device, request.id)
        assert isinstance(ack, ChallengeAck)
        return ack.ch

    def answer(self, device: str, command_id: str, timeout_s: float = 3.0) -> ChallengeAck | CommandAck:
        def found() -> ChallengeAck | CommandAck | None:
            acks = (parse_ack(m.payload) for m in self.on("ack", device))
            return next((ack for ack in acks if ack.id == command_id), None)

        ack = self.listen(found, timeout_s)
        assert ack is not None
        return ack

    def unlock(self, device: str, door: str, *, release_ms: int = 5000) -> CommandAck:
        command = unlock_command(device, door, self.challenge(device), release_ms=release_ms)
        self.command(device, signing.sign(command, key(device), "k1"))
        ack = self.answer(device, command.id)
        assert isinstance(ack, CommandAck)
        return ack

    def _take(self, message: Incoming) -> None:
        self.heard.append(message)
        where = topics.parse_up(message.topic)
        if where is not None and where.kind == "event" and self.storing:
            event = parse_event(message.payload)
            self.stored[event.epoch, event.seq] = event
            done = EventAck(epoch=event.epoch, upto=event.seq)
            self.link.publish(topics.event_ack(STORE, event.dev), done.to_bytes(), qos=1)
        self.link.ack(message)


def key(device: str, kid: str = "k1") -> bytes:
    return signing.signing_key(SECRET, device, kid)


def unlock_command(device: str, door: str, challenge: str, *, release_ms: int = 5000) -> Unlock:
    now = time.time_ns() // 1_000_000
    return Unlock(
        id=ulid.new(),
        dev=device,
        door=door,
        ch=challenge,
        iat=now,
        exp=now + 3000,
        release_ms=release_ms,
        visit="v1",
    )


@contextmanager
def running_device(broker: Broker, folder: Path, *, keep_session: bool = True) -> Iterator[Device]:
    """The device `dev-a` with one plate of 5 g, in a thread of its own, as it would be in a process."""
    identity = Identity(
        store=STORE,
        device="dev-a",
        model="test",
        caps=["scale-1"],
        heartbeat_s=0.5,
        keep_session=keep_session,
    )
    address = BrokerAddress(host=HOST, port=broker.port, password=login("dev-a").password)
    made: queue.SimpleQueue[Device] = queue.SimpleQueue()

    def life() -> None:
        outbox = Outbox(folder / "dev-a.outbox.db")
        device = Device(
            identity, address, outbox, Handlers(states=lambda: {"scale-1": ShelfState(g=5, stable=True)})
        )
        made.put(device)
        device.run()
        outbox.close()

    thread = threading.Thread(target=life)
    thread.start()
    device = made.get(timeout=10)
    try:
        yield device
    finally:
        device.stop()
        thread.join(10)
