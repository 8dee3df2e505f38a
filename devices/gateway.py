"""The process between broker and database: reports in, unlocks out; for its share of the stores."""

import logging
import math
import queue
import signal
import threading
import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from devices import registry, reports, senders, topics
from devices.displays import Displays
from devices.messages import BadMessage, CoreStatus, EventAck, Resend, parse_ack
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming, LinkUp, Notice
from devices.registry import Entry, Registry
from devices.reports import Answer, Missing, Upto
from devices.topics import UpTopic
from devices.ulid import new as new_ulid
from devices.unlock import UnlockDesk
from shop.config import Settings, master_secret
from shop.db import Database, is_away, is_prepared, until_won, wait_for_schema
from shop.domain import gateways
from shop.domain.gateways import Shares
from shop.ops import metrics
from shop.ops.health import Ready
from shop.ops.logs import told

log = logging.getLogger(__name__)

# As many reports as one transaction takes, and how long it waits for more (ARCHITECTURE, decision 9).
BATCH = 50
BATCH_WAIT_S = 0.010
SESSION_EXPIRY_S = 7 * 86400
RESEND_EVERY_S = 1.0
AFTER_TROUBLE_S = 1.0
STATUS_EVERY_S = 30.0
STORED = ("event", "birth", "status", "hb")


class Gateway:
    """One MQTT connection of the core. All gateways hear all devices; each answers those of its stores."""

    def __init__(self, settings: Settings, logins_file: Path, number: int = 1) -> None:
        """Numbers count from 1, and no two gateways have the same one: it is their login at the broker."""
        self.name = topics.core(number)
        self.database = Database(settings.database_url)
        self._registry = Registry(master_secret(settings))
        self._logins_file = logins_file
        self._gateways = settings.gateway_processes
        self._entries: list[Entry] = []
        self._shares = Shares()
        self._sharing = threading.Lock()
        # births and states of devices that are another's, by topic: should it die, they may be news
        self._kept: dict[str, Incoming] = {}
        self._stopping = threading.Event()
        self._asked: dict[str, float] = {}  # device -> when it was last asked to resend
        self._beaten: dict[str, float] = {}  # device -> when a heartbeat of it was last looked at
        options = LinkOptions(
            host=settings.broker_host,
            port=settings.broker_port,
            username=self.name,
            password=self._registry.core_password(self.name),
            subscriptions=tuple((heard, 1) for heard in topics.CORE_HEARS),
            clean_start=False,
            session_expiry_s=SESSION_EXPIRY_S,
            receive_maximum=BATCH,
            backoff_s=(0.2, 1.0),  # there are few of us
        )
        self._link = Link(options)
        self._displays = Displays(self.database, self._link, settings.public_url)
        self._desk = UnlockDesk(self.database, self._link, self._registry, lambda: self._entries, self.name)

    def ready(self) -> Ready:
        metrics.BROKER.ask = lambda: {(): float(self._link.connected)}
        return Ready(
            database=lambda: is_prepared(self.database),
            broker=lambda: self._link.connected,
            loop=metrics.LOOP.is_moving,
        )

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        wait_for_schema(self.database)  # until then a signal ends us at once
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._look_up_devices()
        self._share_out()
        self._link.start()
        self._desk.start()
        chores = threading.Thread(target=self._chores, name="chores", daemon=True)
        chores.start()
        try:
            while not self._stopping.is_set():
                metrics.LOOP.moved()
                self._one_batch()
        finally:
            self._stopping.set()
            chores.join()
            self._desk.stop()
            self._link.stop()
            self._leave()
            self.database.close()

    def _one_batch(self) -> None:
        """Commit what arrived, then acknowledge it: to the broker, and to the devices."""
        batch = [notice for notice in self._collect() if isinstance(notice, Incoming)]
        stored: list[tuple[Incoming, UpTopic]] = []
        for incoming in batch:
            topic = topics.parse_up(incoming.topic)
            if topic is not None and topic.kind == "ack":
                self._answered(incoming, topic)
            elif topic is not None and topic.kind in STORED and self._is_for_us(incoming, topic):
                stored.append((incoming, topic))
            # anything else is another gateway's, an old subscription's, or nothing of ours
        answers = self._store(stored) if stored else ()
        if answers is None:
            return
        for incoming in batch:  # in the order of arrival [MQTT-4.6.0-2]: the embedded broker insists on it
            self._link.ack(incoming)
        for answer in answers:
            self._tell(answer)

    def _is_for_us(self, incoming: Incoming, topic: UpTopic) -> bool:
        if self._left_to_another(incoming, topic):
            return False
        return topic.kind != "hb" or self._is_due(topic.device)

    def _left_to_another(self, incoming: Incoming, topic: UpTopic) -> bool:
        with self._sharing:
            is_theirs = topic.store in self._shares.others
            if is_theirs and topic.kind in ("birth", "status"):
                self._kept[incoming.topic] = incoming
        return is_theirs

    def _is_due(self, device: str) -> bool:
        """Most heartbeats change nothing: they are not worth the database's only write lock."""
        now = time.monotonic()
        due = now - self._beaten.get(device, -math.inf) > reports.SEEN_EVERY.total_seconds()
        if due:
            self._beaten[device] = now
        return due

    def _collect(self) -> list[Notice]:
        """All that waits already, and what follows it closely; a lock's answer is not kept waiting."""
        try:
            notices = [self._link.inbox.get(timeout=0.5)]
        except queue.Empty:
            return []
        until = time.monotonic() + BATCH_WAIT_S
        urgent = False
        while len(notices) < BATCH:
            last = notices[-1]
            urgent = urgent or (isinstance(last, Incoming) and last.topic.endswith("/ack"))
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
            return until_won(lambda: self._commit(batch, guarded=False))
        except Exception as error:
            if is_away(error):
                self._wait_for_database(error)
                return None
            log.info(told("reports_apart", error=type(error).__name__))
        return self._store_apart(batch)

    def _store_apart(self, batch: list[tuple[Incoming, UpTopic]]) -> Collection[Answer] | None:
        """One message cannot be stored or applied: the others must not wait for it."""
        answers: list[Answer] = []
        for one in batch:
            try:
                answers += until_won(partial(self._commit, [one], guarded=True))
            except Exception as error:
                if is_away(error):
                    self._wait_for_database(error)
                    return None
                log.error(told("message_not_stored"), exc_info=error)
                self._keep_dead(*one, f"could not be stored: {type(error).__name__}")
        return answers

    def _commit(self, batch: list[tuple[Incoming, UpTopic]], *, guarded: bool) -> Collection[Answer]:
        answers: dict[tuple[str, type], Upto | Missing] = {}
        with self.database.transaction() as tx:
            if not self.database.is_sqlite:
                senders.lock(tx, {topic.device for _, topic in batch})
            for incoming, topic in batch:
                retained = incoming.retained
                answer = reports.take(tx, topic, incoming.payload, retained=retained, guarded=guarded)
                if answer is not None:
                    answers[answer.device, type(answer)] = answer
        return answers.values()

    def _wait_for_database(self, error: Exception) -> None:
        log.error(told("database_away", error=type(error).__name__))
        self._link.drop("database away")
        time.sleep(AFTER_TROUBLE_S)  # not by the event: a signal that sets it just then would lock up

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
        except (DBAPIError, NoConnectionFree) as error:
            log.error(told("dead_letter_not_stored", error=type(error).__name__))
            self._link.drop("database away")

    def _chores(self) -> None:
        """Follow registry and shares, and keep saying that the core is there."""
        last_status = time.monotonic()
        while not self._stopping.wait(gateways.RENEW_EVERY_S):
            try:
                self._look_up_devices()
                self._share_out()
                others = self._shares.others
                self._displays.keep_showing(entry for entry in self._entries if entry.store not in others)
            except (DBAPIError, NoConnectionFree, OSError) as error:
                log.warning(told("registry_not_followed", error=type(error).__name__))
            if time.monotonic() - last_status > STATUS_EVERY_S:
                last_status = time.monotonic()
                self._say_online()

    def _look_up_devices(self) -> None:
        with self.database.reading() as tx:
            found = registry.entries(tx)
        if found != self._entries or not self._logins_file.exists():
            logins = self._registry.logins(found, gateways=self._gateways)
            registry.write_logins(self._logins_file, logins)
            self._entries = found

    def _share_out(self) -> None:
        with self.database.transaction() as tx:
            shares = gateways.renew(tx, self.name)
        with self._sharing:
            taken_over = shares.mine & self._shares.others
            self._shares = shares
        if taken_over:
            log.info(told("took_over", stores=",".join(sorted(taken_over))))
            self._catch_up(taken_over)

    def _catch_up(self, stores: Collection[str]) -> None:
        """What their last owner may not have come to: devices that hear us send their reports again."""
        topic_of = topics.parse_up  # nobody adds to what is kept of these stores any more
        again = [topic for topic in list(self._kept) if (up := topic_of(topic)) and up.store in stores]
        for topic in sorted(again, key=lambda topic: topic.endswith("/status")):  # it names a birth
            self._link.inbox.put(replace(self._kept.pop(topic), qos=0))  # confirmed to the broker long ago
        self._say_online(stores)

    def _leave(self) -> None:
        try:
            with self.database.transaction() as tx:
                gateways.leave(tx, self.name)
        except (DBAPIError, NoConnectionFree) as error:
            log.warning(told("lease_not_given_back", error=type(error).__name__))

    def _say_online(self, stores: Collection[str] | None = None) -> None:
        status = CoreStatus(online=True, ts=time.time_ns() // 1_000_000).to_bytes()
        ours = {entry.store for entry in self._entries} - self._shares.others
        for store in ours if stores is None else stores:
            self._link.publish(topics.core_status(store), status, qos=1, retain=True)
