"""Can this process do its work: asked with patience, because what is broken may not answer at all."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

LIMIT_S = 2.0

T = TypeVar("T")


class Patience(Generic[T]):
    """Asks in a thread of its own, never twice at once, and answers `otherwise` when it takes too long."""

    def __init__(self, ask: Callable[[], T], otherwise: T, limit_s: float = LIMIT_S) -> None:
        self._ask, self._otherwise, self._limit_s = ask, otherwise, limit_s
        self._turn = threading.Lock()
        self._asking: _Asking[T] | None = None

    def answer(self) -> T:
        with self._turn:
            if self._asking is None or not self._asking.is_alive():
                self._asking = _Asking(self._ask, self._otherwise)
                self._asking.start()
            asking = self._asking
        asking.join(self._limit_s)
        return asking.said


class _Asking(threading.Thread, Generic[T]):
    def __init__(self, ask: Callable[[], T], otherwise: T) -> None:
        super().__init__(name="asking", daemon=True)
        self._ask, self.said = ask, otherwise

    def run(self) -> None:
        with suppress(Exception):  # whatever it was, the answer is `otherwise`
            self.said = self._ask()


class Ready:
    """Named conditions, all of which must hold."""

    def __init__(self, **checks: Callable[[], bool]) -> None:
        self._checks = {name: Patience(check, otherwise=False) for name, check in checks.items()}

    def problems(self) -> list[str]:
        """Names of those that do not hold, or of which nothing was heard in time."""
        return [name for name, check in self._checks.items() if not check.answer()]
