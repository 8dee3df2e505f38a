"""Challenges asked for ahead, while a card hold is placed (ARCHITECTURE, decision 8).

In memory only, one a lock, each taken once. Who gets none here asks the lock when the order comes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlmodel import col

from devices.messages import ChallengeAck, ChallengeRequest
from devices.registry import Entry
from devices.ulid import new as new_ulid
from shop.domain import gateways
from shop.domain.statements import Statement
from shop.domain.visit_states import State
from shop.domain.visits import Visit

# Of the three seconds that a lock allows; in the rest the signed order has to be committed and to arrive.
USABLE_S = 2.0
RENEWED_AFTER_S = 1.5  # while the bank still thinks: whoever asks looks every half second

EXPECTED = Statement(
    select(col(Visit.door_id)).where(
        col(Visit.state) == State.REQUESTED,
        gateways.not_of_others(col(Visit.store_id), bindparam("gateway")),
    )
)


@dataclass(slots=True)
class _Question:
    id: str
    asked: float  # time.monotonic() before the lock heard of it: its challenge is younger than that
    challenge: str | None = None

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.asked


class Challenges:
    def __init__(self, publish: Callable[[Entry, bytes], bool]) -> None:
        self._publish = publish
        self._questions: dict[str, _Question] = {}  # by lock

    def ask(self, lock: Entry) -> None:
        """Unless it was asked a moment ago."""
        last = self._questions.get(lock.device)
        if last is not None and last.age_s < RENEWED_AFTER_S:
            return
        question = self._questions[lock.device] = _Question(new_ulid(), time.monotonic())
        self._publish(lock, ChallengeRequest(id=question.id).to_bytes())

    def heard(self, device: str, answer: ChallengeAck) -> None:
        question = self._questions.get(device)
        if question is not None and question.id == answer.id:
            question.challenge = answer.ch

    def take(self, lock: Entry) -> str | None:
        """None when there is none, or none young enough."""
        question = self._questions.pop(lock.device, None)
        return question.challenge if question is not None and question.age_s < USABLE_S else None
