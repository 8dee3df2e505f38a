"""What both services share around their routes: errors, limits, safe headers, pages, docs, live news."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import anyio.to_thread
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, JSONResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from shop.api import errors, health, sessions
from shop.api.deps import OurOperator
from shop.api.description import Described, methods_at
from shop.api.headers import OF_PAGES, SafeHeaders
from shop.api.limits import Limits
from shop.api.news import News
from shop.api.routes import HouseRoute, open_to_all
from shop.api.threads import OTHERS, Threads
from shop.config import Settings
from shop.db import Database, is_prepared
from shop.ops.access import Access
from shop.ops.health import Ready

DOCS = Path(__file__).parents[1] / "ui" / "dist" / "docs"


def build(
    title: str,
    *,
    settings: Settings,
    database: Database,
    url: str,
    cookie: str,
    routers: Iterable[APIRouter],
    pages: Path,
    screens: Iterable[str] = (),
    worker: Path | None = None,
) -> FastAPI:
    """A FastAPI app of ours; nothing connects before it runs. `screens`: addresses its page has beside `/`;
    `worker`: the script that keeps the page for when there is no line."""
    app = _Service(
        title=title, version="1", lifespan=_lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.router.route_class = HouseRoute
    app.state.settings, app.state.database = settings, database
    app.state.https, app.state.cookie = url.startswith("https"), sessions.cookie_name(cookie, url)
    app.state.threads = Threads()
    app.state.news, app.state.operator = News(database, app.state.threads), OurOperator(settings.operator)
    app.state.ready = Ready(database=lambda: is_prepared(app.state.database))
    errors.install(app, lambda path: methods_at(app, path))
    app.add_middleware(
        Limits,
        sign_ins_per_minute=settings.sign_ins_per_minute,
        requests_per_minute=settings.requests_per_minute,
    )
    for router in (*routers, health.router):
        # not `include_router`, which looks for the route of each request twice (a fifth of FastAPI's time)
        app.router.routes.extend(router.routes)
    _serve_pages(app, pages, ("/", *screens))
    if worker is not None:
        _serve_worker(app, worker)
    return app


def run(app: FastAPI, host: str, port: int, *, shared: bool = False) -> None:
    """Until told to stop. `shared`: other processes of ours listen there too, and the system deals out."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # shop.ops.logs has said how
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run([socket.create_server((host, port), reuse_port=True)] if shared else None)
    if not server.started:
        sys.exit("the service did not start")


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = OTHERS
    news = asyncio.create_task(app.state.news.run())
    try:
        yield
    finally:
        news.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await news
        app.state.database.close()


class _Service(Described):
    def build_middleware_stack(self) -> ASGIApp:
        return Access(SafeHeaders(super().build_middleware_stack(), https=self.state.https))


def _serve_worker(app: FastAPI, worker: Path) -> None:
    @app.get("/sw.js", include_in_schema=False)
    @open_to_all("keeps the page's own files, which are open to all")
    async def script() -> FileResponse:
        return FileResponse(worker, headers=OF_PAGES)


def _serve_pages(app: FastAPI, pages: Path, screens: Iterable[str]) -> None:
    @open_to_all("the page itself; everything it shows is asked for with a session")
    async def page() -> FileResponse:
        return FileResponse(pages / "index.html", headers=OF_PAGES)

    for screen in screens:  # one page at all of them: what it shows it reads from the address
        app.get(screen, include_in_schema=False)(page)

    @app.get("/docs", include_in_schema=False)
    @open_to_all("how the calls are made is no secret")
    async def docs() -> FileResponse:
        return FileResponse(DOCS / "index.html", headers=OF_PAGES)

    @app.get("/api/openapi.json", include_in_schema=False)
    @open_to_all("how the calls are made is no secret")
    async def description() -> JSONResponse:
        return JSONResponse(app.openapi())

    for path, folder in (("/docs/assets", DOCS / "assets"), ("/assets", pages / "assets")):
        if folder.is_dir():
            app.mount(path, GZipMiddleware(StaticFiles(directory=folder)))
