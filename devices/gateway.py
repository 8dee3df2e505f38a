"""The process between broker and database: reports in, unlocks out."""

import logging
import queue
import signal
import threading
import time
from collections.abc import Collection
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from devices import registry, reports, topics
from devices.messages import BadMessage, CoreStatus, EventAck, Resend, parse_ack
from devices.mqtt import Incoming, Link, LinkOptions, LinkUp, Notice
from devices.registry import Entry, Registry
from devices.reports import Answer, Missing, Upto
from devices.topics import UpTopic
from devices.ulid import new as new_ulid
from devices.unlock import UnlockDesk
from shop.config import Settings, master_secret
from shop.db import Database, wait_for_schema

log = logging.getLogger(__name__)

# As many reports as one transaction takes, and how long it waits for more (ARCHITECTURE, decision 9).
BATCH = 50
BATCH_WAIT_S = 0.010
SESSION_EXPIRY_S = 7 * 86400
RESEND_EVERY_S = 1.0
REGISTRY_EVERY_S = 2.0
STATUS_EVERY_S = 30.0


class Gateway:
    """Owns the one MQTT connection of the core."""

    def __init__(self, settings: Settings, logins_file: Path) -> None:
        self.database = Database(settings.database_url)
        self._registry = Registry(master_secret(settings))
        self._logins_file = logins_file
        self._entries: list[Entry] = []
        self._stopping = threading.Event()
        self._asked: dict[str, float] = {}  # device -> when it was last asked to resend
        options = LinkOptions(
            host=settings.broker_host,
            port=settings.broker_port,
            username=topics.CORE,
            password=self._registry.core_password(),
            subscriptions=tuple((heard, 1) for heard in topics.CORE_HEARS),
            clean_start=False,
            session_expiry_s=SESSION_EXPIRY_S,
            receive_maximum=BATCH,
            backoff_s=(0.2, 5.0),
        )
        self._link = Link(options)
        self._desk = UnlockDesk(self.database, self._link, self._registry, lambda: self._entries)

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        wait_for_schema(self.database)  # until then a signal ends us at once
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._look_up_devices()
        self._link.start()
        self._desk.start()
        chores = threading.Thread(target=self._chores, name="chores", daemon=True)
        chores.start()
        try:
            while not self._stopping.is_set():
                self._one_batch()
        finally:
            self._desk.stop()
            self._link.stop()
            self.database.close()

    def _one_batch(self) -> None:
        """Commit what arrived, then acknowledge it: to the broker, and to the devices."""
        batch = [notice for notice in self._collect() if isinstance(notice, Incoming)]
        stored: list[tuple[Incoming, UpTopic]] = []
        for incoming in batch:
            topic = topics.parse_up(incoming.topic)
            if topic is not None and topic.kind == "ack":
                self._answered(incoming, topic)
            elif topic is not None and topic.kind in ("event", "birth", "status", "hb"):
                stored.append((incoming, topic))
            # anything else is an old subscription's, or nothing of ours
        answers = self._store(stored) if stored else ()
        if answers is None:
            return
        for incoming in batch:  # in the order of arrival [MQTT-4.6.0-2]: the embedded broker insists on it
            self._link.ack(incoming)
        for answer in answers:
            self._tell(answer)

    def _collect(self) -> list[Notice]:
        """All that waits already; for more of it only what nobody is waiting for."""
        try:
            notices = [self._link.inbox.get(timeout=0.5)]
        except queue.Empty:
            return []
        until = time.monotonic() + BATCH_WAIT_S
        urgent = False
        while len(notices) < BATCH:
            last = notices[-1]
            urgent = urgent or (isinstance(last, Incoming) and last.topic.endswith(("/ack", "/event")))
            left = 0 if urgent else until - time.monotonic()
            try:
                notices.append(self._link.inbox.get(block=left > 0, timeout=max(left, 0) or None))
            except queue.Empty:
                break
        if any(isinstance(notice, LinkUp) for notice in notices):
            self._say_online()
        return notices

    def _store(self, batch: list[tuple[Incoming, UpTopic]]) -> Collection[Answer] | None:
        """What to tell the devices; None when nothing was stored."""
        try:
            return self._commit(batch, guarded=False)
        except Exception as error:
            if reports.database_is_away(error):
                self._wait_for_database(error)
                return None
            log.info("once more, each report on its own: %s", type(error).__name__)
        return self._store_apart(batch)

    def _store_apart(self, batch: list[tuple[Incoming, UpTopic]]) -> Collection[Answer] | None:
        """One message cannot be stored or applied: the others must not wait for it."""
        answers: list[Answer] = []
        for one in batch:
            try:
                answers += self._commit([one], guarded=True)
            except Exception as error:
                if reports.database_is_away(error):
                    self._wait_for_database(error)
                    return None
                log.error("a message could not be stored", exc_info=error)
                self._keep_dead(*one, f"could not be stored: {type(error).__name__}")
        return answers

    def _commit(self, batch: list[tuple[Incoming, UpTopic]], *, guarded: bool) -> Collection[Answer]:
        answers: dict[tuple[str, type], Upto | Missing] = {}
        with self.database.transaction() as tx:
            for incoming, topic in batch:
                retained = incoming.retained
                answer = reports.take(tx, topic, incoming.payload, retained=retained, guarded=guarded)
                if answer is not None:
                    answers[answer.device, type(answer)] = answer
        return answers.values()

    def _wait_for_database(self, error: Exception) -> None:
        log.error("reports not stored, they will come again: %s", type(error).__name__)
        self._link.drop("database away")
        self._stopping.wait(1.0)

    def _tell(self, answer: Answer) -> None:
        if isinstance(answer, Upto):
            ack = EventAck(epoch=answer.epoch, upto=answer.seq)
            self._link.publish(topics.event_ack(answer.store, answer.device), ack.to_bytes(), qos=1)
        elif isinstance(answer, Missing):
            now = time.monotonic()
            if now - self._asked.get(answer.device, -RESEND_EVERY_S) >= RESEND_EVERY_S:
                self._asked[answer.device] = now
                wish = Resend(id=new_ulid(), epoch=answer.epoch, first=answer.first)
                topic = topics.command(answer.store, answer.device)
                self._link.publish(topic, wish.to_bytes(), qos=1, expiry_s=10)

    def _answered(self, incoming: Incoming, topic: UpTopic) -> None:
        try:
            if not incoming.retained:
                self._desk.answered(topic, parse_ack(incoming.payload))
        except BadMessage as bad:
            self._keep_dead(incoming, topic, str(bad))

    def _keep_dead(self, incoming: Incoming, topic: UpTopic, reason: str) -> None:
        try:
            with self.database.transaction() as tx:
                reports.dead(tx, topic, incoming.payload, reason)
        except DBAPIError as error:
            log.error("a dead letter was not stored, it will come again: %s", type(error).__name__)
            self._link.drop("database away")

    def _chores(self) -> None:
        """Follow the registry and keep saying that the core is there."""
        last_status = time.monotonic()
        while not self._stopping.wait(REGISTRY_EVERY_S):
            try:
                self._look_up_devices()
            except (DBAPIError, OSError) as error:
                log.warning("the registry was not followed: %s", type(error).__name__)
            if time.monotonic() - last_status > STATUS_EVERY_S:
                last_status = time.monotonic()
                self._say_online()

    def _look_up_devices(self) -> None:
        with self.database.reading() as tx:
            found = registry.entries(tx)
        if found != self._entries or not self._logins_file.exists():
            registry.write_logins(self._logins_file, self._registry.logins(found))
            self._entries = found

    def _say_online(self) -> None:
        status = CoreStatus(online=True, ts=time.time_ns() // 1_000_000).to_bytes()
        for store in {entry.store for entry in self._entries}:
            self._link.publish(topics.core_status(store), status, qos=1, retain=True)
