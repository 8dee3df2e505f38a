"""A device's messages made by hand, and a link to a lock that answers as the test wants."""

import dataclasses
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from devices import reports, signing, ulid
from devices.events import EventData
from devices.messages import (
    Birth,
    ChallengeAck,
    ChallengeRequest,
    CommandAck,
    Envelope,
    OutboxRange,
    Scale,
    SignedCommand,
    Status,
    Unlock,
    parse,
    parse_command,
)
from devices.notices import Incoming, Notice
from devices.registry import Entry, Registry
from devices.reports import Answer
from devices.topics import UpTopic
from devices.unlock import UnlockDesk
from shop.db import Database
from shop.domain import lifecycle, visits
from shop.domain.fleet import Device
from shop.domain.jobs import Job
from shop.domain.jobs import Status as JobStatus
from shop.domain.payments import Payment
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from shop.domain.wakes import wake
from tests.domain.visits_at import visit_in
from tests.domain.world import LOCK_DEVICE, World

STORE = "witzenhausen"
MASTER = b"a master secret for tests only"
REGISTRY = Registry(MASTER)
LOCK = Entry(LOCK_DEVICE, STORE, "lock", "front")


def lock_at(world: World) -> Entry:
    """The lock as the registry knows it."""
    return dataclasses.replace(LOCK, door_id=world.door_id)


CHALLENGE = signing.encode(bytes(16))
T = TypeVar("T")


def until(condition: Callable[[], T], within_s: float = 10) -> T:
    """The first truthy answer."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return answer


class Reporter:
    """One device: numbers its reports and hands them to the core as the gateway would."""

    def __init__(self, database: Database, device: str, store: str = STORE) -> None:
        self.database, self.device, self.store = database, device, store
        self.epoch = ulid.new()

    def event(self, kind: str, data: EventData | dict[str, Any], seq: int, **more: Any) -> bytes:
        known: dict[str, Any] = {
            "id": ulid.new(),
            "dev": self.device,
            "epoch": self.epoch,
            "seq": seq,
            "ts": time.time_ns() // 1_000_000,
            "tsq": "ntp",
            "mono": 1,
            "type": kind,
            "data": data,
        }
        return Envelope(**known | more).to_bytes()

    def send(self, payload: bytes, kind: str = "event", *, retained: bool = False) -> Answer:
        with self.database.transaction() as tx:
            return reports.take(tx, UpTopic(self.store, self.device, kind), payload, retained=retained)

    def report(self, kind: str, data: EventData | dict[str, Any], seq: int, **more: Any) -> Answer:
        return self.send(self.event(kind, data, seq, **more))

    def born(
        self,
        first: int = 1,
        *,
        birth: str | None = None,
        epoch: str | None = None,
        scale: Scale | None = None,
    ) -> str:
        name = birth or ulid.new()
        said = Birth(
            birth=name,
            fw="1",
            hw="1",
            model="test",
            caps=(),
            egress="mechanical",
            epoch=epoch or self.epoch,
            outbox=OutboxRange(first=first, last=max(first - 1, 0)),
            scale=scale,
        )
        self.answer_to_birth = self.send(said.to_bytes(), "birth", retained=True)
        return name

    def says(self, birth: str, *, online: bool) -> None:
        self.send(Status(online=online, birth=birth).to_bytes(), "status", retained=True)

    def row(self) -> Device:
        with self.database.reading() as tx:
            return tx.get_one(Device, self.device)


def rows(database: Database, table: type[SQLModel]) -> list[Any]:
    with database.reading() as tx:
        return list(tx.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


class Line:
    """Stands where the MQTT link stands: keeps what is published, and plays the lock at the other end."""

    def __init__(self, database: Database) -> None:
        self.inbox: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self.published: list[tuple[str, bytes]] = []
        self.options: list[dict[str, Any]] = []
        self.acked: list[Incoming] = []
        self.dropped: list[str] = []
        self.statuses: list[str] = []  # of the job, at the moment its signed order was published
        self.up = True
        self.gives_challenge = True
        self.result: str | None = "done"  # None: the lock never answers
        self.code: str | None = None  # why it refuses
        self.before_challenge: Callable[[], None] = lambda: None
        self.on_order: Callable[[], None] = lambda: None
        self.desk: UnlockDesk | None = None
        self._database = database
        self._lock = threading.Lock()

    def publish(self, topic: str, payload: bytes, **options: Any) -> bool:
        with self._lock:
            if not self.up:
                return False
            self.published.append((topic, payload))
            self.options.append(options)
            if self.desk is not None and topic.endswith("/down/cmd"):
                self._answer(payload)
            return True

    def ack(self, incoming: Incoming) -> None:
        self.acked.append(incoming)

    def drop(self, reason: str = "") -> None:
        self.dropped.append(reason)

    def orders(self) -> list[SignedCommand]:
        return [command for command in self._commands() if isinstance(command, SignedCommand)]

    def questions(self) -> list[ChallengeRequest]:
        return [command for command in self._commands() if isinstance(command, ChallengeRequest)]

    def _commands(self) -> list[Any]:
        return [parse_command(payload) for topic, payload in self.published if topic.endswith("cmd")]

    def answered(self, reply: ChallengeAck | CommandAck, device: str = LOCK_DEVICE) -> None:
        assert self.desk is not None
        self.desk.answered(UpTopic(STORE, device, "ack"), reply)

    def _answer(self, payload: bytes) -> None:
        command = parse_command(payload)
        if isinstance(command, ChallengeRequest):
            self.before_challenge()
            if self.gives_challenge:
                self.answered(self.challenge(command))
        elif isinstance(command, SignedCommand):
            order = parse(Unlock, signing.decode(command.p)).id
            self.statuses += [job.status for job in rows(self._database, Job) if job.id == order]
            self.on_order()
            answer = self.answer(command, order)
            if answer is not None:
                self.answered(answer)

    def challenge(self, request: ChallengeRequest) -> ChallengeAck:
        return ChallengeAck(id=request.id, ch=CHALLENGE)

    def answer(self, _signed: SignedCommand, order: str) -> CommandAck | None:
        if self.result is None:
            return None
        return CommandAck(id=order, result=self.result, code=self.code)  # type: ignore[arg-type]


class Door:
    """Anna stands at the door; her card is held, and the order to unlock is written down."""

    def __init__(self, database: Database, world: World, *, seconds: float = 3.0, held: bool = True) -> None:
        self.database = database
        with database.transaction() as tx:
            self.visit_id = visit_in(tx, world, State.REQUESTED).id
            if held:
                self._hold(tx)
            wake(tx, "gateway")
        if held:
            self.change_job(deadline_ms=int((time.time() + seconds) * 1000))

    def hold(self) -> None:
        """The bank has taken its time."""
        with self.database.transaction() as tx:
            self._hold(tx)

    def _hold(self, tx: Session) -> None:
        visit = visits.locked(tx, self.visit_id)
        hold = tx.get_one(Payment, visit.hold_id)
        hold.status, hold.provider_id = "held", "pi_1"
        tx.add(hold)
        lifecycle.advance(tx, visit, Event.HOLD_PLACED)

    def visit(self) -> Visit:
        with self.database.reading() as tx:
            return tx.get_one(Visit, self.visit_id)

    def job(self) -> Job:
        [job] = self.jobs()
        return job

    def jobs(self) -> list[Job]:
        """Orders to unlock, oldest first."""
        return [job for job in rows(self.database, Job) if job.kind == "unlock"]

    def happens(self, event: Event) -> None:
        with self.database.transaction() as tx:
            lifecycle.advance(tx, visits.locked(tx, self.visit_id), event)

    def change_job(self, **payload: Any) -> None:
        with self.database.transaction() as tx:
            job = tx.get_one(Job, self.job().id)
            job.payload = job.payload | payload
            tx.add(job)

    def is_sent_elsewhere(self) -> None:
        """By another gateway, which now waits for the lock."""
        with self.database.transaction() as tx:
            job = tx.get_one(Job, self.job().id)
            job.status = JobStatus.SENT
            tx.add(job)

    def releases(self) -> int:
        return len([job for job in rows(self.database, Job) if job.kind == "release_hold"])
