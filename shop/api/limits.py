"""Bursts and sizes: how often an address may ask, how large a body may be."""

import time
from collections import OrderedDict, deque
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.api.errors import answer
from shop.domain import clock
from shop.domain.errors import Refusal

MINUTE_S = 60.0
MAX_BODY = 64 * 1024
# A signed webhook of the payment provider may be larger than anything a shopper sends.
MAX_WEBHOOK = 512 * 1024


def rate_class(path: str) -> str:
    """`sign-in` counts apart from everything else."""
    return "sign-in" if path.startswith("/api/v1/sign-in") else "all"


def body_limit(path: str) -> int:
    """In bytes."""
    return MAX_WEBHOOK if "/webhooks/" in path else MAX_BODY


class Limits:
    """ASGI middleware; counts in memory, so it guards one process against bursts, not the account.

    What must hold across processes (attempts at a code) is counted in the database.
    """

    def __init__(self, app: ASGIApp, *, sign_ins_per_minute: int, requests_per_minute: int) -> None:
        self.app = app
        self.rates = {"sign-in": Rate(sign_ins_per_minute), "all": Rate(requests_per_minute)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._too_often(scope) or _too_large(scope)
        if refusal is not None:
            await answer(refusal)(scope, receive, send)
            return
        await self.app(scope, _counted(receive, body_limit(scope["path"])), send)

    def _too_often(self, scope: Scope) -> Refusal | None:
        wait_s = self.rates[rate_class(scope["path"])].wait_s(_caller(scope))
        if not wait_s:
            return None
        return Refusal("too_many_requests", available_at=clock.now() + timedelta(seconds=wait_s))


class Rate:
    """At most so many calls in any minute, counted for each caller; forgets who was quiet for that long."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()  # who called last is last

    def wait_s(self, caller: str) -> float:
        """0 for a call that is allowed and counted, else how long until the next one is."""
        now = time.monotonic()
        self._forget(now - MINUTE_S)
        calls = self._calls.setdefault(caller, deque())
        while calls and calls[0] <= now - MINUTE_S:
            calls.popleft()
        if len(calls) >= self._per_minute:
            return calls[0] + MINUTE_S - now
        calls.append(now)
        self._calls.move_to_end(caller)
        return 0.0

    def _forget(self, before: float) -> None:
        while self._calls:
            caller, calls = next(iter(self._calls.items()))
            if calls and calls[-1] > before:
                return
            del self._calls[caller]


def _caller(scope: Scope) -> str:
    """The address; of IPv6 the network that one customer of a provider gets, for she has 2^64 addresses."""
    told = scope["client"][0] if scope.get("client") else ""
    if ":" not in told:
        return told
    try:
        address = ip_address(told)
    except ValueError:
        return told
    assert isinstance(address, IPv6Address)  # noqa: S101  # there is a colon in it
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def _too_large(scope: Scope) -> Refusal | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > body_limit(scope["path"])):
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
