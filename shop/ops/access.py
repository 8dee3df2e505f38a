"""Each request counted, timed and told in one line, by its route's name: addresses hold ids and tokens."""

import logging
import os
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.ops import logs, metrics
from shop.ops.logs import told

log = logging.getLogger(__name__)

HEADER = b"x-request-id"
WELL_FORMED = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as proxies make them
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")  # a ULID, as our rows have
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # others are anybody's words
UNASKED = "/health/"  # watchers ask it all day


class Access:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        name = _name_of(scope)
        logs.request_id.set(name.decode())  # for good: the server gives each request a context of its own
        status, seconds = 500, 0.0

        async def named(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - began
                message["headers"] = [*message["headers"], (HEADER, name)]
            await send(message)

        try:
            await self.app(scope, receive, named)
        finally:
            _tell(scope, status, seconds or time.perf_counter() - began)


def _name_of(scope: Scope) -> bytes:
    """The one the proxy gave, if it is one; else a new one."""
    for header, value in scope["headers"]:
        if header == HEADER and WELL_FORMED.fullmatch(value):
            return bytes(value)
    return os.urandom(16).hex().encode()


def _tell(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", None) or ("pages" if status < 400 else "unknown")
    method = scope["method"] if scope["method"] in METHODS else "other"
    metrics.REQUESTS.add(method, route, str(status))
    metrics.REQUEST.observe(seconds, route)
    if route.startswith(UNASKED):
        return
    visit = scope.get("path_params", {}).get("visit_id")
    log.info(
        told(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            visit=visit if isinstance(visit, str) and ID.fullmatch(visit) else None,
        )
    )
