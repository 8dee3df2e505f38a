"""Idempotency keys: the first answer to a key is kept and given again.

Source: docs.stripe.com/api/idempotent_requests. Stored is the status and body of every request whose
endpoint began to work, a 500 included; refused parameters and conflicts are not stored.
"""

import json
import time
from dataclasses import dataclass

from simulators.stripe.errors import Obj, StripeError, before_work, key_in_use

KEPT_S = 24 * 3600
LONGEST_KEY = 255


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes
    request_id: str


@dataclass(slots=True)
class Entry:
    method_path: str
    fingerprint: int
    began: float
    answer: Answer | None = None


class IdempotencyKeys:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def begin(self, key: str, path: str, raw: Obj) -> Answer | None:
        """The stored answer to replay, or None when this request is the first and may work.

        Raises when the key was used for something else (400) or its first request still runs (409).
        """
        if len(key) > LONGEST_KEY:
            raise before_work(f"Idempotency keys can be at most {LONGEST_KEY} characters long.")
        self._forget_old()
        fingerprint = hash(json.dumps(raw, sort_keys=True))
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = Entry(path, fingerprint, time.monotonic())
            return None
        if entry.method_path != path:
            paths = f"('{entry.method_path}' vs '{path}')"
            raise _mismatch(f"for the same endpoint they were first used for {paths}", key)
        if entry.fingerprint != fingerprint:
            raise _mismatch("with the same parameters they were first used with", key)
        if entry.answer is None:
            raise key_in_use(key)
        return entry.answer

    def finish(self, key: str, answer: Answer) -> None:
        self._entries[key].answer = answer

    def abandon(self, key: str) -> None:
        """The endpoint never began to work, so the key is free again."""
        del self._entries[key]

    def _forget_old(self) -> None:
        horizon = time.monotonic() - KEPT_S
        while self._entries and next(iter(self._entries.values())).began < horizon:
            del self._entries[next(iter(self._entries))]


def _mismatch(rule: str, key: str) -> StripeError:
    return before_work(
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than '{key}' if you "
        "meant to "
        "execute a different request.",
        kind="idempotency_error",
    )
