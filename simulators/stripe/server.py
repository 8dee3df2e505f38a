"""The HTTP side: authentication, routing, idempotency and faults around the handlers."""

import asyncio
import base64
import binascii
import json
import socket
import struct
from typing import Any, ClassVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.stripe import endpoints, errors, hosted, views
from simulators.stripe.admin import Admin
from simulators.stripe.errors import Obj, StripeError
from simulators.stripe.faults import FaultPlan, Rule
from simulators.stripe.idempotency import Answer, IdempotencyKeys
from simulators.stripe.parameters import decode
from simulators.stripe.world import Call, World

LARGEST_BODY = 1_048_576
LOOPBACK = ("127.0.0.1", "::1")
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using "
    "Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
    "details, or we "
    "can help at https://support.stripe.com/."
)


class Hangup(Exception):
    """The fault plan wants this connection cut without an answer."""


class Connection(HttpToolsProtocol):
    """Remembers the open sockets by peer, so that a fault can cut one."""

    peers: ClassVar[dict[Any, asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does so itself only for sockets it made: 40 ms a request otherwise.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peers[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.peers.pop(self.client, None)


class Server:
    """An ASGI application; `api_key` is the only secret key it accepts."""

    def __init__(self, world: World, plan: FaultPlan, admin: Admin, api_key: str) -> None:
        self._world = world
        self._plan = plan
        self._admin = admin
        self._api_key = api_key
        self._keys = IdempotencyKeys()
        self._endpoints = endpoints.build()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Hangup:
            cut(scope["client"])
            return
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path, body = request.url.path, await read(request)
        if body is None:
            return JSONResponse({"error": {"message": "Request body too large."}}, status_code=413)
        if path.startswith("/_sim/"):
            if request.client is None or request.client.host not in LOOPBACK:
                return Response(status_code=404)
            return self._admin.answer(request.method, path.removeprefix("/_sim/"), body)
        if not path.startswith("/v1/"):
            try:
                return hosted.answer(
                    self._world,
                    method=request.method,
                    path=path,
                    accept_language=request.headers.get("accept-language", ""),
                    form=decode(body.decode("utf-8", "replace")),
                )
            except StripeError as error:
                return JSONResponse(error.body(""), status_code=error.status)
        return await self._api(request, path, body)

    async def _api(self, request: Request, path: str, body: bytes) -> Response:
        request_id = self._world.new_id("req", 14)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        headers = {"Request-Id": request_id, "Stripe-Version": self._world.api_version}
        if key:
            headers["Idempotency-Key"] = key[:300]
        try:
            answer, replayed = await self._within_faults(request, path, body, key, request_id)
        except StripeError as error:
            answer, replayed = Answer(error.status, dump(error.body(request_id)), request_id), False
        if key:
            headers["Original-Request"] = answer.request_id
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(answer.body, answer.status, headers, media_type="application/json")

    async def _within_faults(
        self, request: Request, path: str, body: bytes, key: str | None, request_id: str
    ) -> tuple[Answer, bool]:
        self._require_key(request.headers)
        rule = self._plan.for_request(request.method, path, idempotency_key=key, request_id=request_id)
        if rule:
            strike_before(rule, key)
        raw = decode(request.url.query if request.method == "GET" else body.decode("utf-8", "replace"))
        answer = self._keys.begin(key, path, raw) if key else None
        replayed = answer is not None
        if answer is None:
            if rule and rule.fault == "slow":
                await asyncio.sleep(rule.seconds)
            answer = self._work(request.method, path, raw, key, request_id, rule)
        if rule and rule.fault == "timeout_after_work":
            await asyncio.sleep(rule.seconds)
            raise Hangup
        if rule and rule.fault == "reset":
            raise Hangup
        return answer, replayed

    def _work(
        self, method: str, path: str, raw: Obj, key: str | None, request_id: str, rule: Rule | None
    ) -> Answer:
        """Check, run and store. The answer to a key is stored once the endpoint began to work."""
        try:
            endpoint, id_ = endpoints.find(self._endpoints, method, path)
            call = Call(id=id_, params=endpoint.checked(raw), key=key, request_id=request_id)
            answer = Answer(*self._run(endpoint, call), request_id)
        except StripeError as error:
            if key and not error.executed:
                self._keys.abandon(key)
                raise
            answer = Answer(error.status, dump(error.body(request_id)), request_id)
        except BaseException:
            if key:
                self._keys.abandon(key)
            raise
        if rule and rule.fault == "http_500":
            answer = Answer(500, dump(errors.server_error().body(request_id)), request_id)
        if key:
            self._keys.finish(key, answer)
        return answer

    def _run(self, endpoint: endpoints.Endpoint, call: Call) -> tuple[int, bytes]:
        self._world.asking = call
        try:
            result = endpoint.handle(self._world, call)
            if result["object"] != "list":
                result = views.render(self._world, result, call.params.get("expand", ()))
            return 200, dump(result)
        finally:
            self._world.asking = None

    def _require_key(self, headers: Any) -> None:
        """Bearer or basic authentication. Source: docs.stripe.com/api/authentication."""
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                credentials = base64.b64decode(credentials).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                credentials = ""
        if not credentials:
            raise errors.before_work(NO_KEY, status=401)
        if credentials != self._api_key:
            shown = f"{credentials[:8]}{'*' * 8}{credentials[-4:]}" if len(credentials) > 16 else "*" * 8
            raise errors.before_work(f"Invalid API Key provided: {shown}", status=401)
        version = headers.get("stripe-version", self._world.api_version)
        if version != self._world.api_version:
            raise errors.before_work(
                f"This simulator speaks API version {self._world.api_version} only, not {version[:40]}."
            )


def strike_before(rule: Rule, key: str | None) -> None:
    """The faults that keep a request from being worked on at all."""
    if rule.fault == "conflict_409":
        raise errors.key_in_use(key or "")
    if rule.fault == "rate_limit_429":
        raise errors.rate_limited()
    if rule.when == "before" and rule.fault == "http_500":
        raise errors.server_error()
    if rule.when == "before" and rule.fault == "reset":
        raise Hangup


async def read(request: Request) -> bytes | None:
    """The body, or None when it is larger than any Stripe request."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body


def dump(obj: Obj) -> bytes:
    return json.dumps(obj, ensure_ascii=False, separators=(",", ":")).encode()


def cut(peer: tuple[str, int]) -> None:
    """Close with a reset instead of a goodbye, as a broken network does."""
    transport = Connection.peers.get(tuple(peer))
    if transport is not None:
        linger_zero = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
        transport.abort()
