"""When a lock may open: the rules of protocol section 4.5, without hardware or broker."""

import os
import sqlite3
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devices import signing
from devices.edge import clocks
from devices.messages import (
    CHALLENGE_TTL_MS,
    BadMessage,
    ChallengeAck,
    ChallengeRequest,
    CommandAck,
    Mode,
    RejectCode,
    SignedCommand,
    Unlock,
    parse,
)

MAX_OUTSTANDING = 4
REMEMBERED_IDS = 256
OPENING_MODES: frozenset[Mode] = frozenset({"normal", "free_exit"})


class Answers:
    """The last 256 command ids and answers, on the disk: a repeat moves nothing, even after a reboot."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS answer"
            " (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ack BLOB NOT NULL)"
        )
        # one statement writes and forgets: one wait for the disk before the bolt moves
        self._db.execute(
            "CREATE TRIGGER IF NOT EXISTS forget AFTER INSERT ON answer BEGIN"  # noqa: S608 only constants
            f" DELETE FROM answer WHERE n <= new.n - {REMEMBERED_IDS}; END"
        )

    def get(self, command_id: str) -> CommandAck | None:
        row = self._db.execute("SELECT ack FROM answer WHERE id = ?", (command_id,)).fetchone()
        return None if row is None else parse(CommandAck, row[0])

    def put(self, ack: CommandAck) -> None:
        self._db.execute(
            "INSERT INTO answer (id, ack) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET ack = excluded.ack",
            (ack.id, ack.to_bytes()),
        )

    def close(self) -> None:
        self._db.close()


@dataclass(frozen=True, slots=True)
class Release:
    """The command passed every rule: move the bolt once, then tell `LockRules.finished`."""

    unlock: Unlock


class LockRules:
    """Challenges in memory only: after a reboot no earlier signature opens anything."""

    def __init__(
        self,
        *,
        device: str,
        door: str,
        keys: Mapping[str, bytes],
        answers: Answers,
        max_release_ms: int = 10_000,
        max_per_minute: int = 6,
        clock_is_ntp: bool = True,
        boot_ms: Callable[[], int] = clocks.boot_ms,
        wall_ms: Callable[[], int] = clocks.wall_ms,
    ) -> None:
        self.mode: Mode = "normal"
        self._device = device
        self._door = door
        self._keys = dict(keys)
        self._answers = answers
        self._max_release_ms = max_release_ms
        self._max_per_minute = max_per_minute
        self._clock_is_ntp = clock_is_ntp
        self._boot_ms = boot_ms
        self._wall_ms = wall_ms
        self._outstanding: OrderedDict[str, int] = OrderedDict()  # challenge -> boot ms of birth
        self._used: deque[str] = deque(maxlen=REMEMBERED_IDS)
        self._released: deque[int] = deque()  # boot ms of each release of the last minute
        self._moving: str | None = None

    def challenge(self, request: ChallengeRequest) -> ChallengeAck:
        """A fresh secret question; the fifth outstanding one pushes out the oldest."""
        question = signing.encode(os.urandom(16))
        self._outstanding[question] = self._boot_ms()
        while len(self._outstanding) > MAX_OUTSTANDING:
            self._outstanding.popitem(last=False)
        return ChallengeAck(id=request.id, ch=question)

    def judge(self, signed: SignedCommand, *, retained: bool) -> Release | CommandAck | None:
        """Release at most once per id and challenge; None while the first copy of this id still moves."""
        key = self._keys.get(signed.kid)
        if key is None:
            return _unproven(signed, "retained" if retained else "bad_sig")
        try:
            command = parse(Unlock, signing.verify(signed, key))
        except signing.BadSignature:
            return _unproven(signed, "retained" if retained else "bad_sig")
        except BadMessage:
            return _unproven(signed, "invalid")
        if retained:
            return _rejected(command.id, "retained")
        if command.id == self._moving:
            return None
        known = self._answers.get(command.id)
        if known is not None:
            return known
        code = self._objection(command)
        if code is not None:
            answer = _rejected(command.id, code)
            self._answers.put(answer)
            return answer
        self._consume(command)
        return Release(command)

    def finished(self, answer: CommandAck) -> CommandAck:
        """Keep the answer of a release for repeats of its id."""
        self._answers.put(answer)
        self._moving = None
        return answer

    def _objection(self, command: Unlock) -> RejectCode | None:
        if (command.dev, command.door) != (self._device, self._door):
            return "invalid"
        if command.ch in self._used:
            return "replay"
        born = self._outstanding.get(command.ch)
        if born is None or self._boot_ms() - born > CHALLENGE_TTL_MS:
            return "expired"
        if self._clock_is_ntp and self._wall_ms() > command.exp:
            return "expired"
        if command.release_ms > self._max_release_ms:
            return "invalid"
        if self.mode not in OPENING_MODES:
            return "lockdown"
        if self._moving is not None or self._too_many():
            return "busy"
        return None

    def _too_many(self) -> bool:
        now = self._boot_ms()
        while self._released and now - self._released[0] >= 60_000:
            self._released.popleft()
        return len(self._released) >= self._max_per_minute

    def _consume(self, command: Unlock) -> None:
        """On the disk before the bolt moves: a crash from here on answers "failed", it never opens again."""
        del self._outstanding[command.ch]
        self._used.append(command.ch)
        self._released.append(self._boot_ms())
        self._answers.put(CommandAck(id=command.id, result="failed", bolt="unknown"))
        self._moving = command.id


def _rejected(command_id: str, code: RejectCode) -> CommandAck:
    return CommandAck(id=command_id, result="rejected", code=code)


def _unproven(signed: SignedCommand, code: RejectCode) -> CommandAck | None:
    """Answered but not remembered: whoever cannot sign must not fill our memory, nor occupy an id."""
    try:
        return _rejected(parse(Unlock, signing.decode(signed.p)).id, code)
    except ValueError:
        return None
