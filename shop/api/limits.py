"""Bursts and sizes: how often an address may ask, how large a body may be."""

import time
from collections import OrderedDict, deque

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.api.errors import answer
from shop.domain.errors import Refusal

MINUTE_S = 60.0
MAX_BODY = 64 * 1024
# A signed webhook of the payment provider may be larger than anything a shopper sends.
MAX_WEBHOOK = 512 * 1024


class Limits:
    """ASGI middleware; counts in memory, so it guards one process against bursts, not the account.

    What must hold across processes (attempts at a code) is counted in the database.
    """

    def __init__(self, app: ASGIApp, *, sign_ins_per_minute: int, requests_per_minute: int) -> None:
        self.app = app
        self.rates = {
            "/api/v1/sign-in": Rate(sign_ins_per_minute),
            "/": Rate(requests_per_minute),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._too_often(scope) or _too_large(scope)
        if refusal is not None:
            await answer(refusal)(scope, receive, send)
            return
        await self.app(scope, _counted(receive, _limit(scope)), send)

    def _too_often(self, scope: Scope) -> Refusal | None:
        path: str = scope["path"]
        for prefix, rate in self.rates.items():
            if path.startswith(prefix):
                caller = scope["client"][0] if scope.get("client") else "unknown"
                return None if rate.allows(caller) else Refusal("too_many_requests")
        return None


class Rate:
    """At most so many calls in any minute, counted for each caller; forgets who was quiet for that long."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()  # who called last is last

    def allows(self, caller: str) -> bool:
        """False does not count as a call."""
        now = time.monotonic()
        self._forget(now - MINUTE_S)
        calls = self._calls.setdefault(caller, deque())
        while calls and calls[0] <= now - MINUTE_S:
            calls.popleft()
        if len(calls) >= self._per_minute:
            return False
        calls.append(now)
        self._calls.move_to_end(caller)
        return True

    def _forget(self, before: float) -> None:
        while self._calls:
            caller, calls = next(iter(self._calls.items()))
            if calls and calls[-1] > before:
                return
            del self._calls[caller]


def _limit(scope: Scope) -> int:
    return MAX_WEBHOOK if "/webhooks/" in scope["path"] else MAX_BODY


def _too_large(scope: Scope) -> Refusal | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > _limit(scope)):
            return Refusal("too_large")
    return None


def _counted(receive: Receive, limit: int) -> Receive:
    """For bodies that come in pieces and do not say how long they are."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return counted
