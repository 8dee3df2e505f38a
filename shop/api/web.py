"""What both services share around their routes: errors, limits, safe headers, pages, docs, live news."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import anyio.to_thread
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.api import errors, health
from shop.api.deps import OurOperator
from shop.api.limits import Limits
from shop.api.news import News
from shop.config import Settings
from shop.db import Database

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}

ALWAYS = errors.documented()

# A thread per request under way. SQLite lets one of them write at a time; more would only hold a connection
# each, with its cache, and fight for the lock. No thread waits for another one, so few are enough.
THREADS = 8


def build(
    title: str,
    *,
    settings: Settings,
    database: Database,
    cookie: str,
    routers: Iterable[APIRouter],
    pages: Path,
) -> FastAPI:
    """A FastAPI app of ours; nothing connects before it runs."""
    app = FastAPI(
        title=title,
        version="1",
        lifespan=_lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=ALWAYS,
    )
    app.state.settings, app.state.database, app.state.cookie = settings, database, cookie
    app.state.news, app.state.operator = News(database), OurOperator(settings.operator)
    errors.install(app)
    app.add_middleware(
        Limits,
        sign_ins_per_minute=settings.sign_ins_per_minute,
        requests_per_minute=settings.requests_per_minute,
    )
    app.add_middleware(SafeHeaders)
    for router in (health.router, *routers):
        app.include_router(router)
    _serve_pages(app, pages)
    return app


def run(app: FastAPI, host: str, port: int) -> None:
    """Until told to stop."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=2,
        server_header=False,
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    news = asyncio.create_task(app.state.news.run())
    try:
        yield
    finally:
        news.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await news
        app.state.database.close()


class SafeHeaders:
    """ASGI middleware: security headers on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                added = [header for header in self.headers if header[0] not in own]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def _serve_pages(app: FastAPI, pages: Path) -> None:
    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(pages / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/api/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_docs(app))

    if pages.is_dir():
        app.mount("/", StaticFiles(directory=pages), name="pages")


def _docs(app: FastAPI) -> str:
    """A plain list of the calls, without scripts from elsewhere; the full description is the JSON file."""
    rows = []
    for path, calls in app.openapi()["paths"].items():
        for method, call in calls.items():
            text = call.get("description") or call.get("summary", "")
            rows.append(f"<tr><td>{method.upper()}</td><td><code>{path}</code></td><td>{text}</td></tr>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{app.title}</title><h1>{app.title}</h1>'
        '<p><a href="/api/openapi.json">OpenAPI description</a></p>'
        f"<table><tr><th>Method</th><th>Path</th><th>What</th></tr>{''.join(rows)}</table></html>"
    )
