"""The shopper's service, put together."""

from functools import cache
from pathlib import Path

from fastapi import FastAPI

from shop.adapters.stripe_webhooks import webhook_verifier
from shop.api import (
    accounts,
    basket,
    consents,
    objections,
    passkeys,
    personal,
    receipts,
    signed_in,
    visits,
    web,
    webhooks,
)
from shop.config import Settings
from shop.db import Database
from shop.domain.ports import Ceremonies

PAGES = Path(__file__).parent / "ui" / "dist"
# as shop/ui/routes.ts has them
SCREENS = ("/sign-in", "/help", "/visits/{visit_id}", "/cards/{method_id}", "/account", "/pages/{kind}")


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    app = web.build(
        "Staff-free shop: shopper API",
        settings=settings,
        database=database or Database(settings.database_url),
        url=settings.public_url,
        cookie="shop_session",
        routers=(
            visits.router,
            basket.router,
            objections.router,
            accounts.router,
            consents.router,
            passkeys.router,
            personal.router,
            signed_in.router,
            receipts.router,
            webhooks.router,
        ),
        pages=PAGES,
        screens=SCREENS,
        worker=PAGES / "sw.js",
    )
    secret = settings.stripe_webhook_secret.get_secret_value()
    app.state.verify_webhook = webhook_verifier(secret) if secret.strip() else None
    app.state.ceremonies = cache(lambda: _ceremonies(settings))
    return app


def _ceremonies(settings: Settings) -> Ceremonies:
    from shop.adapters.passkeys import WebAuthn  # 16 MB, loaded with the first passkey

    return WebAuthn(settings.public_url)
