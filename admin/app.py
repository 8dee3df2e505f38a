"""The operator's service, put together."""

from pathlib import Path

from fastapi import FastAPI

from admin import records, reviews, shelves, sign_in, stores
from shop.api import web
from shop.config import Settings
from shop.db import Database

PAGES = Path(__file__).parent / "ui" / "dist"


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    return web.build(
        "Staff-free shop: operator's desk",
        settings=settings,
        database=database or Database(settings.database_url),
        url=settings.admin_url,
        cookie="desk_session",
        routers=(sign_in.router, stores.router, shelves.router, reviews.router, records.router),
        pages=PAGES,
    )
