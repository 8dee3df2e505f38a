"""A link with a lock's own rules at its other end."""

import time

from devices.edge.lock import LockRules, Release
from devices.messages import ChallengeAck, ChallengeRequest, CommandAck, SignedCommand
from devices.registry import KID
from shop.db import Database
from tests.gateway.rigs import LOCK, REGISTRY, Line


class RealLock(Line):
    """Its bolt moves at once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.opened: list[str] = []  # orders
        self.refused: list[str | None] = []  # why
        self.ages = 0  # milliseconds that its clock runs ahead
        self._answers = _Answers()
        self.reboot()

    def reboot(self) -> None:
        self._rules = LockRules(
            device=LOCK.device,
            door="front",
            keys={KID: REGISTRY.signing_key(LOCK)},
            answers=self._answers,  # type: ignore[arg-type]
            boot_ms=lambda: time.monotonic_ns() // 1_000_000 + self.ages,
        )

    def challenge(self, request: ChallengeRequest) -> ChallengeAck:
        return self._rules.challenge(request)

    def answer(self, signed: SignedCommand, order: str) -> CommandAck | None:
        verdict = self._rules.judge(signed, retained=False)
        if not isinstance(verdict, Release):
            self.refused += [verdict.code] if verdict else []
            return verdict
        self.opened.append(order)
        return self._rules.finished(CommandAck(id=order, result="done"))


class _Answers(dict[str, CommandAck]):
    """As the lock keeps them, but for any thread."""

    def put(self, ack: CommandAck) -> None:
        self[ack.id] = ack
