"""The operator's service, put together."""

from pathlib import Path

from fastapi import FastAPI

from admin import objections, pages, records, refunds, reviews, shelves, sign_in, stores
from shop.api import web
from shop.config import Settings
from shop.db import Database

DIST = Path(__file__).parent / "ui" / "dist"
PARTS = (sign_in, stores, shelves, reviews, objections, refunds, records, pages)


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    return web.build(
        "Staff-free shop: operator's desk",
        settings=settings,
        database=database or Database(settings.database_url),
        url=settings.admin_url,
        cookie="desk_session",
        routers=tuple(part.router for part in PARTS),
        pages=DIST,
    )
