"""Delivers events: signed, in the background, again after failures with growing pauses.

Source: docs.stripe.com/webhooks and docs.stripe.com/webhooks/signature.
"""

import asyncio
import hashlib
import hmac
import time
from urllib.parse import urlsplit

from simulators.stripe.errors import Obj
from simulators.stripe.faults import FaultPlan
from simulators.stripe.world import Event

# What docs/settings.md tells an operator to enable for the endpoint of a shop.
SHOP_EVENTS = (
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "checkout.session.completed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
ATTEMPTS = 12
FIRST_PAUSE_S = 5.0
ANSWER_WITHIN_S = 10.0
REPLY_READ = 65_536


class Courier:
    """One queue and worker per endpoint keeps first attempts in order; retries run beside it.

    `retry_scale` multiplies the pauses (5 s, doubling) so that tests need not wait for them.
    """

    def __init__(self, endpoints: dict[str, Obj], plan: FaultPlan, retry_scale: float) -> None:
        self._endpoints = endpoints
        self._plan = plan
        self._retry_scale = retry_scale
        self._queues: dict[str, asyncio.Queue[Event]] = {}
        self._held: dict[str, list[Event]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivered = 0
        self.given_up = 0
        self.waiting = 0

    def publish(self, event: Event) -> None:
        for endpoint in list(self._endpoints.values()):
            if endpoint["status"] == "enabled" and _wanted(endpoint, event.type):
                event.pending += 1
                self._send(endpoint, event)

    def _send(self, endpoint: Obj, event: Event) -> None:
        rule = self._plan.for_webhook(event.type, event_id=event.id, endpoint=endpoint["id"])
        match rule and rule.fault:
            case "webhook_drop":
                return
            case "webhook_duplicate":
                self._enqueue(endpoint, event)
                self._enqueue(endpoint, event)
            case "webhook_delay" if rule:
                self._spawn(self._later(endpoint, event, rule.seconds))
            case "webhook_reorder" if rule:
                self._held.setdefault(endpoint["id"], []).append(event)
                self._spawn(self._release_held(endpoint, rule.seconds))
                return
            case _:
                self._enqueue(endpoint, event)
        self._overtaken(endpoint)

    def _overtaken(self, endpoint: Obj) -> None:
        """Events held back for reordering follow the one that has just passed them."""
        for event in self._held.pop(endpoint["id"], ()):
            self._enqueue(endpoint, event)

    async def _release_held(self, endpoint: Obj, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._overtaken(endpoint)

    async def _later(self, endpoint: Obj, event: Event, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._enqueue(endpoint, event)

    def _enqueue(self, endpoint: Obj, event: Event) -> None:
        self.waiting += 1
        if endpoint["id"] not in self._queues:
            self._queues[endpoint["id"]] = asyncio.Queue()
            self._spawn(self._work(endpoint, self._queues[endpoint["id"]]))
        self._queues[endpoint["id"]].put_nowait(event)

    def _spawn(self, coroutine: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, endpoint: Obj, queue: asyncio.Queue[Event]) -> None:
        while True:
            event = await queue.get()
            if not await self._attempt(endpoint, event):
                self._spawn(self._retry(endpoint, event))

    async def _retry(self, endpoint: Obj, event: Event) -> None:
        for attempt in range(1, ATTEMPTS):
            await asyncio.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1) * self._retry_scale)
            if endpoint["id"] not in self._endpoints:
                break
            if await self._attempt(endpoint, event):
                return
        self.waiting -= 1
        self.given_up += 1

    async def _attempt(self, endpoint: Obj, event: Event) -> bool:
        """True when the receiver answered 2xx in time; each attempt is signed afresh."""
        body = event.body
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                signed = signature(body, endpoint["_secret"], int(time.time()))
                status = await post(endpoint["url"], body, signed)
        except (OSError, TimeoutError, ValueError):
            return False
        if not 200 <= status < 300:
            return False
        self.delivered += 1
        self.waiting -= 1
        event.pending = max(event.pending - 1, 0)
        return True

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def signature(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over "<seconds>.<body>"."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def post(url: str, body: bytes, signed: str) -> int:
    """POST over a fresh connection; returns the status, raises OSError or ValueError when there is none."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None)
    try:
        target = parts.path or "/"
        head = (
            f"POST {target}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
            "Content-Type: application/json; charset=utf-8\r\nAccept: */*\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\nStripe-Signature: {signed}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        status = (await reader.readline()).split()
        await reader.read(REPLY_READ)
        return int(status[1]) if len(status) > 1 else 0
    finally:
        writer.close()


def _wanted(endpoint: Obj, event_type: str) -> bool:
    return "*" in endpoint["enabled_events"] or event_type in endpoint["enabled_events"]
