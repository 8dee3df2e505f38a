"""One MQTT 5 link to a broker: the only user of paho; what it could not send is never sent late."""

import contextlib
import logging
import queue
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices import latency
from devices.messages import MAX_PAYLOAD
from devices.notices import Incoming, LinkDown, LinkUp, Notice

log = logging.getLogger(__name__)

CONNACK_WAIT_S = 10.0
MAX_WAITING = 10_000  # beyond it QoS 0 is dropped; QoS 1 is bounded by the receive maximum


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says in our name once we are gone; a delay must stay below the session expiry."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True
    delay_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    host: str
    port: int
    username: str  # also the client id: the broker binds the two, so nobody can take over another's session
    password: str = field(repr=False)
    subscriptions: Sequence[tuple[str, int]] = ()  # (filter, QoS), made again on each connect
    will: Callable[[int], Will] | None = None  # called with the generation before each connect
    clean_start: bool = True
    session_expiry_s: int = 0
    keepalive_s: int = 30
    receive_maximum: int = 50
    # a broker that was restarted must have all of a store again before the next shopper has given up
    backoff_s: tuple[float, float] = (0.5, 2.0)


class Link:
    """A connection that comes back by itself; `inbox` receives its messages and its ups and downs.

    One paho client object lives for exactly one connection. paho keeps what it could not send and sends it
    after a reconnect, seconds late and with full expiry; an object that never reconnects cannot do that.
    """

    def __init__(self, options: LinkOptions, inbox: "queue.SimpleQueue[Notice] | None" = None) -> None:
        """With a given `inbox` several sources can share one queue; it must be unbounded."""
        self.inbox: queue.SimpleQueue[Notice] = queue.SimpleQueue() if inbox is None else inbox
        self.dropped_qos0 = 0
        self._options = options
        self._lock = threading.RLock()  # whoever calls paho has it, so paho's callbacks run under it too
        self._client: paho.Client | None = None
        self._generation = 0
        self._up = False  # publishing is allowed
        self._was_up = False  # it was, at some time on this connection
        self._stopping = threading.Event()
        self._reason = ""
        self._session_present = False
        self._thread = threading.Thread(target=self._supervise, name=f"mqtt-{options.username}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what is already accepted, say goodbye (so no will), and end the threads."""
        self._stopping.set()
        with self._lock:
            self._up = False
            if self._client is not None:
                self._client.disconnect()
        if self._thread.ident is not None:
            self._thread.join(10)

    @property
    def connected(self) -> bool:
        return self._up

    def publish(
        self, topic: str, payload: bytes, *, qos: int, retain: bool = False, expiry_s: int | None = None
    ) -> bool:
        """Hand a message to the open connection; False if there is none, and then it is never sent later."""
        if len(payload) > MAX_PAYLOAD:
            raise ValueError(f"payload of {len(payload)} bytes, at most {MAX_PAYLOAD}")
        properties = None if expiry_s is None else _expiring(expiry_s)
        with self._lock:
            if not self._up or self._client is None:
                return False
            if self._client.publish(topic, payload, qos, retain, properties).rc == paho.MQTT_ERR_SUCCESS:
                return True
            self._up = False
        self.drop("publish failed")
        return False

    def ack(self, incoming: Incoming) -> None:
        """Confirm a QoS 1 message once its effect is stored; acks of an earlier connection are dropped."""
        if incoming.qos == 0:
            return
        with self._lock:
            if self._client is not None and incoming.generation == self._generation:
                self._client.ack(incoming.mid, incoming.qos)

    def drop(self, reason: str = "dropped") -> None:
        """Throw this connection away at once, with whatever paho still holds; a new one follows."""
        with self._lock:
            self._up = False
            self._reason = reason
            sock = self._client.socket() if self._client is not None else None
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _supervise(self) -> None:
        shortest, longest = self._options.backoff_s
        delay = shortest
        while not self._stopping.is_set():
            was_up = self._one_connection()
            delay = shortest if was_up else min(delay * 2, longest)
            self._stopping.wait(delay * random.uniform(0.7, 1.0))  # noqa: S311 jitter against a reconnect storm

    def _one_connection(self) -> bool:
        """Connect, live, clean up; True if the link was up in between."""
        generation = self._generation + 1
        self._reason = "connection lost"
        try:
            client = self._build(generation)
            with self._lock:
                self._generation, self._client = generation, client
            client.connect(
                self._options.host,
                self._options.port,
                self._options.keepalive_s,
                clean_start=self._options.clean_start,
                properties=_properties(
                    PacketTypes.CONNECT,
                    SessionExpiryInterval=self._options.session_expiry_s,
                    ReceiveMaximum=self._options.receive_maximum,
                ),
            )
        except OSError as error:
            self._reason = f"no connection: {error.strerror or type(error).__name__}"
            self._forget()
            return False
        self._live(client)
        was_up = self._forget()
        if was_up:
            self.inbox.put(LinkDown(generation, self._reason))
        return was_up

    def _live(self, client: paho.Client) -> None:
        """Until it is closed: what arrives is read here; what somebody publishes leaves in his own thread.

        With paho's own thread each message was handed over once more.
        """
        deadline = time.monotonic() + CONNACK_WAIT_S
        while (sock := client.socket()) is not None:
            if not client.is_connected() and time.monotonic() > deadline:
                self.drop("no answer from the broker")
            happened = _wait_for(sock, writing=client.want_write())
            with self._lock:  # two must not write at once
                if self._stopping.is_set():  # while it was still connecting
                    client.disconnect()
                if happened & ~select.POLLOUT:
                    client.loop_read()
                if happened & select.POLLOUT:
                    client.loop_write()
                client.loop_misc()

    def _forget(self) -> bool:
        with self._lock:
            was_up = self._was_up
            self._client, self._up, self._was_up = None, False, False
        return was_up

    def _build(self, generation: int) -> paho.Client:
        options = self._options
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=options.username,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.suppress_exceptions = True
        client.username_pw_set(options.username, options.password)
        client.max_queued_messages_set(1000)
        client.connect_timeout = 5.0
        if options.will is not None:
            will = options.will(generation)
            properties = _properties(PacketTypes.WILLMESSAGE, WillDelayInterval=will.delay_s)
            client.will_set(will.topic, will.payload, will.qos, will.retain, properties)
        client.on_socket_open = lambda _c, _u, sock: latency.no_delay(sock)

        def on_connect(
            _c: object, _u: object, flags: paho.ConnectFlags, code: ReasonCode, _p: object
        ) -> None:
            if code.is_failure:
                self._reason = f"refused: {code}"
                return
            self._session_present = flags.session_present
            if options.subscriptions:
                client.subscribe(list(options.subscriptions))
            else:
                self._announce(generation)

        def on_subscribe(_c: object, _u: object, _mid: int, codes: list[ReasonCode], _p: object) -> None:
            if any(code.is_failure for code in codes):
                self.drop("subscription refused")
            else:
                self._announce(generation)

        def on_publish(*_: object) -> None:
            latency.quick_ack(client.socket())

        def on_message(_c: object, _u: object, message: paho.MQTTMessage) -> None:
            latency.quick_ack(client.socket())
            if message.qos == 0 and self.inbox.qsize() > MAX_WAITING:
                self.dropped_qos0 += 1
                return
            self.inbox.put(_incoming(message, generation))

        def on_disconnect(_c: object, _u: object, _flags: object, code: ReasonCode, _p: object) -> None:
            with self._lock:
                self._up = False
                if self._reason == "connection lost" and code.is_failure:
                    self._reason = str(code)

        client.on_connect = on_connect
        client.on_subscribe = on_subscribe
        client.on_publish = on_publish
        client.on_message = on_message
        client.on_disconnect = on_disconnect
        return client

    def _announce(self, generation: int) -> None:
        with self._lock:
            if self._stopping.is_set() or self._generation != generation:
                return
            self._up = self._was_up = True
        self.inbox.put(LinkUp(generation, self._session_present))


def _incoming(message: paho.MQTTMessage, generation: int) -> Incoming:
    try:
        topic = message.topic
    except UnicodeDecodeError:
        topic = ""  # no topic of ours; the reader will refuse it
    payload, now = bytes(message.payload), time.monotonic()
    return Incoming(topic, payload, message.retain, message.qos, message.mid, generation, now)


def _wait_for(sock: Any, *, writing: bool) -> int:
    """What can be done with it; 0 after a second."""
    asked = select.poll()  # select() knows no numbers above 1023
    try:
        asked.register(sock, select.POLLIN | (select.POLLOUT if writing else 0))
    except ValueError:  # closed meanwhile
        return 0
    return sum(events for _, events in asked.poll(1000))


@cache
def _expiring(seconds: int) -> Properties:
    return _properties(PacketTypes.PUBLISH, MessageExpiryInterval=seconds)


def _properties(packet: int, **values: int) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
