"""The shopper's service, put together."""

from pathlib import Path

from fastapi import FastAPI

from shop.adapters.stripe_webhooks import webhook_verifier
from shop.api import accounts, receipts, visits, web, webhooks
from shop.config import Settings
from shop.db import Database

PAGES = Path(__file__).parent / "ui" / "dist"


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    app = web.build(
        "Staff-free shop: shopper API",
        settings=settings,
        database=database or Database(settings.database_url),
        url=settings.public_url,
        cookie="shop_session",
        routers=(visits.router, accounts.router, receipts.router, webhooks.router),
        pages=PAGES,
    )
    secret = settings.stripe_webhook_secret.get_secret_value()
    app.state.verify_webhook = webhook_verifier(secret) if secret.strip() else None
    return app
