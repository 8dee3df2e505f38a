"""The operator's service, put together."""

from pathlib import Path

from fastapi import FastAPI

from admin import desk, reviews, sign_in
from shop.api import web
from shop.config import Settings
from shop.db import Database

PAGES = Path(__file__).parent / "ui" / "dist"


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    return web.build(
        "Staff-free shop: operator's desk",
        settings=settings,
        database=database or Database(settings.database_url),
        cookie="desk_session",
        routers=(sign_in.router, desk.router, reviews.router),
        pages=PAGES,
    )
