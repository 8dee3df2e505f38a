"""The shopper's service, put together."""

from pathlib import Path

from fastapi import FastAPI

from shop.api import accounts, receipts, visits, web, webhooks
from shop.config import Settings
from shop.db import Database
from shop.domain.ports import PaymentNews, WebhookVerifier

PAGES = Path(__file__).parent / "ui" / "dist"


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    app = web.build(
        "Staff-free shop: shopper API",
        settings=settings,
        database=database or Database(settings.database_url),
        cookie="shop_session",
        routers=(accounts.router, visits.router, receipts.router, webhooks.router),
        pages=PAGES,
    )
    app.state.verify_webhook = _verifier(settings)
    return app


def _verifier(settings: Settings) -> WebhookVerifier:
    def verify(payload: bytes, signature: str) -> PaymentNews:
        # imported with the first webhook: the library costs memory that most processes never need
        from shop.adapters.stripe_payments import webhook_verifier

        secret = settings.stripe_webhook_secret.get_secret_value()
        return webhook_verifier(secret)(payload, signature)

    return verify
