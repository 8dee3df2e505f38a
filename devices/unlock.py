"""Unlocking: a challenge from the lock, a signed answer, at most once (protocol section 4.5).

`sent` is committed before the signed unlock is published, and a `sent` unlock is never run again.
After a crash the lock's answer or the door contact decides, or the door promise cancels the visit.
Asking for the challenge binds nobody: it is asked for while the card hold is placed, and an order is taken
only in the step that marks it `sent`.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from sqlmodel import Session

from devices import challenges, orders, signing, topics
from devices.challenges import Challenges
from devices.messages import ChallengeAck, ChallengeRequest, CommandAck, Unlock
from devices.mqtt import Link
from devices.orders import QUEUE, Order
from devices.registry import KID, Entry, Registry
from devices.topics import UpTopic
from devices.ulid import new as new_ulid
from shop.db import Changes, Database, until_won
from shop.domain import clock, jobs, lifecycle, visits
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from shop.ops import metrics
from shop.ops.logs import told

log = logging.getLogger(__name__)

AT_ONCE = 4
COMMAND_EXPIRY_S = 3
# Too little time left for two round trips and a motor: better refused than late.
LEAST_LEFT_S = 0.5
AFTER_TROUBLE_S = 1.0
LONGEST_LOOK_AWAY_S = 0.5  # so often the desk looks unasked, and sees that it shall stop

Reply = ChallengeAck | CommandAck


def _may_still_open(order: Order) -> bool:
    return order.deadline - time.time() >= LEAST_LEFT_S


class UnlockDesk:
    """Takes unlock jobs and sees each through; a second try is a new job with a new id."""

    def __init__(
        self,
        database: Database,
        link: Link,
        registry: Registry,
        entries: Callable[[], list[Entry]],
        gateway: str = topics.CORE,
    ) -> None:
        self._database = database
        self._link = link
        self._registry = registry
        self._entries = entries
        self._gateway = gateway
        self._waiting: dict[tuple[str, str], queue.SimpleQueue[Reply]] = {}  # by device and command
        self._challenges = Challenges(self._publish)
        self._begun: set[str] = set()  # orders of ours that nobody needs to begin again
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
        elif isinstance(reply, ChallengeAck):
            self._challenges.heard(topic.device, reply)
        else:
            self._pool.submit(self._book_late, reply, topic.device)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._database.changes(QUEUE)) as changes:
                    self._follow(changes)
            except Exception:  # without this thread no door would open any more
                log.exception(told("no_look_at_orders"))
                self._stopping.wait(1.0)

    def _follow(self, changes: Changes) -> None:
        while not self._stopping.is_set():
            new = self._new_orders(changes)
            for order in new:
                self._begun.add(order.id)
                self._pool.submit(self._run, order)
            if not new:  # else they have the interpreter for themselves
                self._ask_ahead(changes)
            changes.wait(LONGEST_LOOK_AWAY_S)

    def _ask_ahead(self, changes: Changes) -> None:
        """The locks of doors where somebody's card hold is being placed."""
        for expected in changes.look(challenges.EXPECTED, gateway=self._gateway):
            lock = self._lock_of(expected.door_id)
            if lock is not None:
                self._challenges.ask(lock)

    def _new_orders(self, changes: Changes) -> list[Order]:
        begun = set(self._begun)  # before the look: who leaves it later is marked in the database by then
        most = AT_ONCE + len(begun)
        rows = changes.look(orders.WAITING, now=clock.now(), most=most, gateway=self._gateway)
        return [orders.order(row.id, row.subject, row.payload) for row in rows if row.id not in begun]

    def _run(self, order: Order) -> None:
        try:
            problem = self._unlock(order)
            if problem is not None:
                self._failed(order, problem)
        except Exception:
            # not sent, it is taken up again, and ended once it is too late; sent, it is not waiting any more
            log.exception(told("unlock_stumbled", job=order.id, visit=order.visit))
            self._stopping.wait(AFTER_TROUBLE_S)
        finally:
            self._begun.discard(order.id)

    def _unlock(self, order: Order) -> str | None:
        """None once the order is out of our hands, else why nothing was sent."""
        lock = self._lock_of(order.door_id)
        if lock is None:
            return "door_unavailable"
        ahead = None if order.again else self._challenges.take(lock)  # it may be as forgotten as the first
        challenge = ahead or self._challenge(lock, order)
        if challenge is None or not _may_still_open(order):
            return "door_did_not_answer"
        if not self._mark_sent(order):
            return None
        answer = self._send(lock, order, challenge)
        if isinstance(answer, CommandAck):
            self._book(order, answer)
        return None

    def _lock_of(self, door_id: str) -> Entry | None:
        doors = (entry for entry in self._entries() if entry.door_id == door_id)
        return next((entry for entry in doors if entry.kind == "lock"), None)

    def _challenge(self, lock: Entry, order: Order) -> str | None:
        """Asked for now: there was none in time, or it is too old."""
        request = ChallengeRequest(id=new_ulid())
        wait_s = order.deadline - LEAST_LEFT_S - time.time()
        reply = self._exchange(lock, request.id, request.to_bytes(), wait_s)
        return reply.ch if isinstance(reply, ChallengeAck) else None

    def _mark_sent(self, order: Order) -> bool:
        """False when somebody else has it, or when the shopper cancelled while the lock was asked.

        A note is enough: after a power cut this order is too late to be sent, and the lock knows its id.
        """
        with self._database.note() as connection:
            if orders.STATE.first(connection, visit=order.visit).state != State.ADMITTED:
                orders.GIVE_UP.run(connection, job=order.id, now=clock.now())
                return False
            return orders.SEND.run(connection, job=order.id) == 1

    def _send(self, lock: Entry, order: Order, challenge: str) -> Reply | None:
        unlock = Unlock(
            id=order.id,
            dev=lock.device,
            door=lock.door or "",
            ch=challenge,
            iat=int(time.time() * 1000),
            exp=int(order.deadline * 1000),
            release_ms=order.release_ms,
            visit=order.visit,
        )
        signed = signing.sign(unlock, self._registry.signing_key(lock), KID)
        return self._exchange(lock, order.id, signed.to_bytes(), order.deadline - time.time())

    def _exchange(self, entry: Entry, command_id: str, payload: bytes, wait_s: float) -> Reply | None:
        """Publish once, never again; None without an answer in time."""
        if wait_s <= 0:
            return None
        replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._waiting[entry.device, command_id] = replies
        try:
            if not self._publish(entry, payload):
                return None
            return replies.get(timeout=wait_s)
        except queue.Empty:
            return None
        finally:
            del self._waiting[entry.device, command_id]

    def _publish(self, entry: Entry, payload: bytes) -> bool:
        topic = topics.command(entry.store, entry.device)
        return self._link.publish(topic, payload, qos=1, expiry_s=COMMAND_EXPIRY_S)

    def _book_late(self, answer: CommandAck, device: str) -> None:
        """Nobody here waits for it, perhaps since a restart, or another gateway does and books it too.

        Only the lock of that door is believed.
        """
        try:
            rows = self._database.look(orders.OUT, job=answer.id)
            order = orders.order(*rows[0]) if rows else None
            lock = None if order is None else self._lock_of(order.door_id)
            if order is not None and lock is not None and lock.device == device:
                self._book(order, answer)
        except Exception:  # then the door contact decides
            log.exception(told("late_answer_not_booked", device=device))

    def _book(self, order: Order, answer: CommandAck) -> None:
        """What the lock says it did with this order, in time or late; a repeated answer changes nothing.

        A lock that knows its challenge no more will never open for this id: once, there is a new order.
        """
        is_done = answer.result == "done"
        is_forgotten = (answer.result, answer.code) == ("rejected", "expired")
        once_more = is_forgotten and not order.again and _may_still_open(order)

        def finish(tx: Session, visit: Visit) -> bool:
            if not jobs.finish(tx, order.id):
                return False
            if is_done:
                lifecycle.try_advance(tx, visit, Event.UNLOCKED)
            elif once_more and visit.state == State.ADMITTED:
                orders.repeat(tx, visit, order)
            else:
                lifecycle.try_advance(tx, visit, Event.UNLOCK_FAILED, reason="door_did_not_answer")
            return True

        visit = self._changed(order, finish)
        if visit is None:
            return
        refused = "again" if visit.state == State.ADMITTED else "refused"
        metrics.UNLOCKS.add("done" if is_done else refused)
        if is_done:
            metrics.TAP_TO_UNLOCKED.observe((clock.now() - visit.created_at).total_seconds())
        log.info(told("unlock", job=order.id, visit=order.visit, outcome=answer.result, code=answer.code))

    def _failed(self, order: Order, reason: str) -> None:
        """Unless another gateway has sent it meanwhile: then the lock's answer counts."""

        def fail(tx: Session, visit: Visit) -> bool:
            if not orders.GIVE_UP.run(tx, job=order.id, now=clock.now()):
                return False
            lifecycle.try_advance(tx, visit, Event.UNLOCK_FAILED, reason=reason)
            return True

        if self._changed(order, fail):
            metrics.UNLOCKS.add(reason)
            log.warning(told("unlock_failed", job=order.id, visit=order.visit, why=reason))

    def _changed(self, order: Order, change: Callable[[Session, Visit], bool]) -> Visit | None:
        """The visit, if the change was ours to make: several gateways hear the lock, one books and counts it.

        The lock's answer comes once: a race that we lose must not lose it.
        """

        def once() -> Visit | None:
            with self._database.transaction() as tx:
                visit = visits.locked(tx, order.visit)
                return visit if change(tx, visit) else None

        return until_won(once)
