"""A device's life on the broker: birth, heartbeat, numbered reports, commands (protocol section 4)."""

import logging
import queue
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from devices import topics, ulid
from devices.door_code import DoorCode
from devices.edge import clocks
from devices.edge.delivery import Delivery, on_the_wire
from devices.edge.outbox import Encode, Outbox, Pending
from devices.edge.timers import Timers
from devices.messages import (
    PRIORITY_TYPES,
    BadMessage,
    Birth,
    ChallengeAck,
    ChallengeRequest,
    CommandAck,
    Config,
    CoreStatus,
    Envelope,
    EventAck,
    EventData,
    Heartbeat,
    Message,
    OutboxRange,
    Resend,
    Scale,
    SignedCommand,
    Status,
    parse,
    parse_command,
)
from devices.mqtt import Link, LinkOptions, Will
from devices.notices import Incoming, LinkDown, LinkUp, Notice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What stands on the type plate."""

    store: str
    device: str
    model: str
    caps: Sequence[str]
    egress: Literal["mechanical", "hardware_button", "software"] | None = None
    fw: str = "1.0.0"
    hw: str = "sim"
    scale: Scale | None = None
    heartbeat_s: float = 30.0
    keep_session: bool = True  # a lock keeps none, so no command can wait for it (section 4.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    host: str
    port: int
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """What a kind of device adds; all are called in the device's one thread."""

    states: Callable[[], Mapping[str, EventData]]  # the retained states, published after each birth
    challenge: Callable[[ChallengeRequest], ChallengeAck] | None = None
    command: Callable[[SignedCommand, bool], None] | None = None  # second: it was retained
    config: Callable[[Config], None] | None = None
    door_code: Callable[[DoorCode], None] | None = None
    item: Callable[[Any], None] | None = None  # anything else put into `Device.inbox`


class Device:
    """Everything happens in the thread that calls `run`; other threads may only put items into `inbox`."""

    def __init__(self, identity: Identity, broker: BrokerAddress, outbox: Outbox, handlers: Handlers) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.timers = Timers()
        self.outbox = outbox
        self._identity = identity
        self._handlers = handlers
        self._births: dict[int, str] = {}
        self._birth = ""
        self._config = Config(ver=0)
        self._core_online = False
        self._delivery = Delivery(outbox, self._send)
        self._started = time.monotonic()
        self._running = True
        self._link = Link(self._link_options(broker), self.inbox)

    def run(self) -> None:
        """Until `stop`."""
        self._link.start()
        self.timers.every(self._identity.heartbeat_s, self._heartbeat)
        self.timers.every(1.0, self._delivery.tick)
        while self._running:
            wait = self.timers.run_due()
            try:
                item = self.inbox.get(timeout=wait)
            except queue.Empty:
                continue
            if isinstance(item, Notice):
                self._notice(item)
            elif callable(item):
                item()
            elif self._handlers.item is not None:
                self._handlers.item(item)
        self._publish("status", Status(online=False, birth=self._birth, ts=clocks.wall_ms()), retain=True)
        self._link.stop()

    def stop(self) -> None:
        """Safe from any thread and from a signal handler: of the queues only SimpleQueue is."""
        self._running = False
        self.inbox.put(lambda: None)

    def report(self, kind: str, data: EventData) -> None:
        """On the disk first, then on the wire, in order; a priority type also at once."""
        try:
            pending = self.outbox.append(kind, self._encoder(kind)(data))
        except sqlite3.Error:  # disk full: the report is lost, but the door must still lock again
            log.exception("a report of type %s could not be stored", kind)
            return
        if kind in PRIORITY_TYPES:
            self._send(pending)
        self._delivery.pump()

    def state(self, capability: str, data: EventData) -> None:
        self._publish("state", data, capability, retain=True)

    def sample(self, capability: str, data: EventData) -> None:
        self._publish("sample", data, capability, qos=0)

    def answer(self, ack: ChallengeAck | CommandAck) -> None:
        self._publish("ack", ack)

    @property
    def config(self) -> Config:
        return self._config

    @property
    def offline(self) -> bool:
        """The core cannot hear us, as far as we know."""
        return not (self._link.connected and self._core_online)

    def _notice(self, notice: Notice) -> None:
        match notice:
            case LinkUp(generation=generation):
                self._born(generation)
            case LinkDown():
                self._core_online = False
            case Incoming():
                try:
                    self._received(notice)
                except BadMessage as error:
                    log.warning("ignored on %s: %s", notice.topic, error)
                self._link.ack(notice)

    def _born(self, generation: int) -> None:
        self._birth = self._births[generation]
        self._births = {g: birth for g, birth in self._births.items() if g >= generation}
        me = self._identity
        birth = Birth(
            birth=self._birth,
            fw=me.fw,
            hw=me.hw,
            model=me.model,
            caps=tuple(me.caps),
            egress=me.egress,
            cfg_ver=self._config.ver,
            epoch=self.outbox.epoch,
            outbox=OutboxRange(first=self.outbox.first, last=self.outbox.last),
            scale=me.scale,
        )
        self._publish("birth", birth, retain=True)
        self._publish("status", Status(online=True, birth=self._birth, ts=clocks.wall_ms()), retain=True)
        for capability, data in self._handlers.states().items():
            self.state(capability, data)
        self._delivery.all_again()
        self._heartbeat()

    def _received(self, message: Incoming) -> None:
        store, device = self._identity.store, self._identity.device
        if message.topic == topics.command(store, device):
            self._command(message)
        elif message.topic == topics.event_ack(store, device):
            self._stored(parse(EventAck, message.payload))
        elif message.topic == topics.config(store, device):
            self._configure(parse(Config, message.payload))
        elif message.topic == topics.door_code(store, device):
            if self._handlers.door_code is not None and not message.retained:
                self._handlers.door_code(parse(DoorCode, message.payload))
        elif message.topic == topics.core_status(store):
            self._core_online = parse(CoreStatus, message.payload).online
            if self._core_online and not message.retained:  # it has just come back
                self._delivery.all_again()

    def _command(self, message: Incoming) -> None:
        command = parse_command(message.payload)
        match command:
            case SignedCommand() if self._handlers.command is not None:
                self._handlers.command(command, message.retained)
            case ChallengeRequest() if self._handlers.challenge is not None and not message.retained:
                self.answer(self._handlers.challenge(command))
            case Resend() if not message.retained and command.epoch == self.outbox.epoch:
                self._delivery.again_from(command.first)

    def _configure(self, config: Config) -> None:
        if config.ver <= self._config.ver:
            return
        self._config = config
        if self._handlers.config is not None:
            self._handlers.config(config)

    def _stored(self, ack: EventAck) -> None:
        if self._delivery.stored(ack.epoch, ack.upto) and self.outbox.report_losses(
            self._encoder("outbox.overflow")
        ):
            self._delivery.pump()

    def _heartbeat(self) -> None:
        beat = Heartbeat(
            up_s=int(time.monotonic() - self._started),
            q=len(self.outbox),
            ts=clocks.wall_ms(),
            mono=clocks.boot_ms(),
        )
        self._publish("hb", beat, qos=0)

    def _encoder(self, kind: str) -> Callable[[EventData], Encode]:
        def with_data(data: EventData) -> Encode:
            def encode(epoch: str, seq: int) -> bytes:
                return Envelope(
                    id=ulid.new(),
                    dev=self._identity.device,
                    epoch=epoch,
                    seq=seq,
                    ts=clocks.wall_ms(),
                    tsq="ntp",
                    mono=clocks.boot_ms(),
                    offline=self.offline,
                    type=kind,
                    data=data,
                ).to_bytes()

            return encode

        return with_data

    def _send(self, pending: Pending) -> bool:
        topic = topics.up(self._identity.store, self._identity.device, "event")
        return self._link.publish(topic, on_the_wire(pending), qos=1)

    def _publish(
        self,
        kind: str,
        message: Message,
        capability: str | None = None,
        *,
        qos: int = 1,
        retain: bool = False,
    ) -> None:
        topic = topics.up(self._identity.store, self._identity.device, kind, capability)
        self._link.publish(topic, message.to_bytes(), qos=qos, retain=retain)

    def _link_options(self, broker: BrokerAddress) -> LinkOptions:
        store, device = self._identity.store, self._identity.device
        keep = self._identity.keep_session

        def will(generation: int) -> Will:
            birth = self._births.setdefault(generation, ulid.new())
            dead = Status(online=False, birth=birth)
            return Will(topics.up(store, device, "status"), dead.to_bytes(), delay_s=5 if keep else 0)

        return LinkOptions(
            host=broker.host,
            port=broker.port,
            username=device,
            password=broker.password,
            subscriptions=((topics.all_down(store, device), 1), (topics.core_status(store), 1)),
            will=will,
            clean_start=not keep,
            session_expiry_s=600 if keep else 0,
            keepalive_s=30 if keep else 5,
        )
