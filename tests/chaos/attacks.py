"""Two signed unlocks the shop never asked for: one held back over a reboot, one retained by the broker.

Whoever has broken into the broker, or lost a message on the way, could send these. The gateway stands still
meanwhile, because the broker lets the core in once only.
"""

import os
import queue
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from devices import signing, topics
from devices.messages import ChallengeAck, ChallengeRequest, CommandAck, Unlock, parse_ack
from devices.notices import Incoming
from devices.registry import KID, Entry, Registry
from devices.ulid import new as new_ulid
from simulators.demo.stage import Stage
from tests.chaos import processes
from tests.chaos.lines import connect, cut_line

ANSWER_S = 4.0
REBOOT_S = 15.0
LONG_VALID_S = 60.0  # the signature's own time limit must not be what saves us
TRIES = 3


@dataclass(frozen=True, slots=True)
class Attack:
    """`answer` is the lock's: rejected and why, done, or silence."""

    name: str
    answer: str


def attempt(stage: Stage) -> list[Attack]:
    """In the main thread, with nobody in the store; what the bolt did stands in its own log."""
    with _gateway_stands_still(stage), _Intruder(stage) as intruder:
        return [intruder.held_back(), intruder.retained()]


class _Intruder:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._registry = Registry(stage.secret)
        device = next(device for device, kind in stage.seeded.devices.items() if kind == "lock")
        self._lock = Entry(device, stage.seeded.store, "lock", stage.seeded.door)
        heard = topics.up(stage.seeded.store, device, "ack")
        self._link = connect(stage, topics.CORE, self._registry.core_password(), heard)

    def __enter__(self) -> "_Intruder":
        return self

    def __exit__(self, *_: object) -> None:
        self._link.stop()

    def held_back(self) -> Attack:
        """Signed for a question of the lock's, delivered after it was switched off and on."""
        unlock = self._signed(self._challenge(ANSWER_S))
        self._stage.cut_power(self._lock.device)
        self._stage.power_up(self._lock.device)
        self._challenge(REBOOT_S)  # answered: it is there again
        return Attack("held back over a reboot", self._send(unlock, retain=False))

    def retained(self) -> Attack:
        """Signed for an open question, left at the broker while the lock's line is cut for a moment."""
        answer = "silence"
        for _ in range(TRIES):
            unlock = self._signed(self._challenge(ANSWER_S))
            cut_line(self._stage, self._lock.device)
            answer = self._send(unlock, retain=True)
            self._link.publish(self._topic, b"", qos=1, retain=True)
            if answer != "silence":
                break
        return Attack("retained by the broker", answer)

    @property
    def _topic(self) -> str:
        return topics.command(self._lock.store, self._lock.device)

    def _challenge(self, within_s: float) -> str:
        """Asked every half second; RuntimeError when the lock keeps silent."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self._link.publish(self._topic, ChallengeRequest(id=new_ulid()).to_bytes(), qos=1, expiry_s=3)
            answer = self._answer(0.5)
            if isinstance(answer, ChallengeAck):
                return answer.ch
        raise RuntimeError(f"{self._lock.device} answers no challenge")

    def _signed(self, challenge: str) -> bytes:
        now = time.time()
        unlock = Unlock(
            id=new_ulid(),
            dev=self._lock.device,
            door=self._lock.door or "",
            ch=challenge,
            iat=int(now * 1000),
            exp=int((now + LONG_VALID_S) * 1000),
            release_ms=3000,
            visit=new_ulid(),
        )
        return signing.sign(unlock, self._registry.signing_key(self._lock), KID).to_bytes()

    def _send(self, unlock: bytes, *, retain: bool) -> str:
        self._link.publish(self._topic, unlock, qos=1, retain=retain)
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            answer = self._answer(deadline - time.monotonic())
            if isinstance(answer, CommandAck):
                return f"{answer.result} {answer.code or ''}".strip()
        return "silence"

    def _answer(self, within_s: float) -> ChallengeAck | CommandAck | None:
        try:
            notice = self._link.inbox.get(timeout=max(within_s, 0.01))
        except queue.Empty:
            return None
        if not isinstance(notice, Incoming):
            return None
        self._link.ack(notice)
        return None if notice.retained else parse_ack(notice.payload)


@contextmanager
def _gateway_stands_still(stage: Stage) -> Iterator[None]:
    pids = processes.pids(stage.shop.child.pid, "gateway")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
