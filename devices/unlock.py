"""Unlocking: a challenge from the lock, a signed answer, at most once (protocol section 4.5).

`sent` is committed before the signed unlock is published, and a `sent` unlock is never run again.
After a crash the lock's answer or the door contact decides, or the door promise cancels the visit.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import col, update

from devices import signing, topics
from devices.messages import ChallengeAck, ChallengeRequest, CommandAck, Unlock
from devices.mqtt import Link
from devices.registry import KID, Entry, Registry
from devices.topics import UpTopic
from devices.ulid import new as new_ulid
from shop.db import Database
from shop.domain import clock, fleet, jobs, lifecycle, visits
from shop.domain.jobs import Job, Status
from shop.domain.visit_states import Event, State

log = logging.getLogger(__name__)

AT_ONCE = 4
COMMAND_EXPIRY_S = 3
# Too little time left for two round trips and a motor: better refused than late.
LEAST_LEFT_S = 0.5
QUEUE = "gateway"

Reply = ChallengeAck | CommandAck


class UnlockDesk:
    """Takes unlock jobs and sees each through; a second try is a new job with a new id."""

    def __init__(
        self, database: Database, link: Link, registry: Registry, entries: Callable[[], list[Entry]]
    ) -> None:
        self._database = database
        self._link = link
        self._registry = registry
        self._entries = entries
        self._waiting: dict[tuple[str, str], queue.Queue[Reply]] = {}  # (device, command id) -> its answer
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="unlock")
        self._thread = threading.Thread(target=self._watch, name="unlock-desk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def answered(self, topic: UpTopic, reply: Reply) -> None:
        """From the gateway's thread: hand an answer to who waits for it, or book a late one."""
        waiting = self._waiting.get((topic.device, reply.id))
        if waiting is not None:
            waiting.put(reply)
        elif isinstance(reply, CommandAck):
            self._pool.submit(self._book, reply.id, topic.device, reply)

    def _watch(self) -> None:
        changes = self._database.changes()
        while not self._stopping.is_set():
            try:
                while (job := self._claim()) is not None:
                    self._pool.submit(self._run, job)
                changes.wait(0.5)
            except Exception:  # without this thread no door would open any more
                log.exception("no look at the orders")
                self._stopping.wait(1.0)
        changes.close()

    def _claim(self) -> Job | None:
        with self._database.reading() as tx:
            due = jobs.next_due(tx, QUEUE)
        if due is None or due > clock.now():
            return None
        with self._database.transaction() as tx:
            return jobs.claim(tx, QUEUE)

    def _run(self, job: Job) -> None:
        try:
            problem = self._unlock(job)
            if problem is not None:
                self._failed(job, problem)
        except Exception:
            # the timer of the door promise ends the visit; nothing is retried here
            log.exception("unlock %s", job.id)

    def _unlock(self, job: Job) -> str | None:
        """None once the order is out of our hands, else why nothing was sent."""
        deadline = int(job.payload["deadline_ms"]) / 1000
        entry = self._lock_entry(job)
        if entry is None:
            return "door_unavailable"
        challenge = self._ask(entry, ChallengeRequest(id=new_ulid()), deadline - LEAST_LEFT_S - time.time())
        if not isinstance(challenge, ChallengeAck) or deadline - time.time() < LEAST_LEFT_S:
            return "door_did_not_answer"
        if not self._mark_sent(job):
            return None
        answer = self._send(entry, job, challenge.ch, deadline)
        if answer is not None:
            self._book(job.id, entry.device, answer)
        return None

    def _lock_entry(self, job: Job) -> Entry | None:
        with self._database.reading() as tx:
            lock = fleet.lock_of(tx, str(job.payload["door_id"]))
        return next((entry for entry in self._entries() if lock and entry.device == lock.id), None)

    def _mark_sent(self, job: Job) -> bool:
        """False when somebody else has it, or when the shopper cancelled while the lock was asked."""
        with self._database.transaction() as tx:
            if visits.locked(tx, job.subject).state != State.ADMITTED:
                jobs.finish(tx, job.id)
                return False
            mark = update(Job).where(col(Job.id) == job.id, col(Job.status) == Status.RUNNING)
            done = tx.execute(mark.values(status=Status.SENT, lease_until=None))
            return bool(done.rowcount)  # type: ignore[attr-defined]

    def _send(self, entry: Entry, job: Job, challenge: str, deadline: float) -> Reply | None:
        order = Unlock(
            id=job.id,
            dev=entry.device,
            door=entry.door or "",
            ch=challenge,
            iat=int(time.time() * 1000),
            exp=int(deadline * 1000),
            release_ms=int(job.payload["release_ms"]),
            visit=job.subject,
        )
        signed = signing.sign(order, self._registry.signing_key(entry), KID)
        return self._exchange(entry, job.id, signed.to_bytes(), deadline - time.time())

    def _ask(self, entry: Entry, request: ChallengeRequest, wait_s: float) -> Reply | None:
        return self._exchange(entry, request.id, request.to_bytes(), wait_s)

    def _exchange(self, entry: Entry, command_id: str, payload: bytes, wait_s: float) -> Reply | None:
        """Publish once, never again; None without an answer in time."""
        if wait_s <= 0:
            return None
        replies: queue.Queue[Reply] = queue.Queue()
        self._waiting[entry.device, command_id] = replies
        try:
            topic = topics.command(entry.store, entry.device)
            if not self._link.publish(topic, payload, qos=1, expiry_s=COMMAND_EXPIRY_S):
                return None
            return replies.get(timeout=wait_s)
        except queue.Empty:
            return None
        finally:
            del self._waiting[entry.device, command_id]

    def _book(self, job_id: str, device: str, reply: Reply) -> None:
        """What the lock says it did with this order, in time or late."""
        if not isinstance(reply, CommandAck):
            return
        opened = reply.result == "done"
        with self._database.transaction() as tx:
            job = tx.get(Job, job_id)
            if job is None or job.kind != "unlock" or not self._is_lock_of(job, device):
                return
            visit = visits.locked(tx, job.subject)
            if not jobs.finish(tx, job.id):
                return
            log.info("unlock %s: %s %s", job.id, reply.result, reply.code or "")
            if opened:
                lifecycle.try_advance(tx, visit, Event.UNLOCKED)
            else:
                lifecycle.try_advance(tx, visit, Event.UNLOCK_FAILED, reason="door_did_not_answer")

    def _is_lock_of(self, job: Job, device: str) -> bool:
        entry = self._lock_entry(job)
        return entry is not None and entry.device == device

    def _failed(self, job: Job, reason: str) -> None:
        with self._database.transaction() as tx:
            visit = visits.locked(tx, job.subject)
            if jobs.finish(tx, job.id):
                log.warning("unlock %s: %s", job.id, reason)
                lifecycle.try_advance(tx, visit, Event.UNLOCK_FAILED, reason=reason)
