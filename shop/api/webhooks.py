"""News from the payment provider: verified, kept under its own name, worked on later."""

import logging
from asyncio import sleep
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from shop.api.deps import Db, OurOperator, TheOperator, threads_of
from shop.api.description import refusals
from shop.api.routes import HouseRoute, open_to_all
from shop.db import Database
from shop.domain import inbox, jobs, payments
from shop.domain.errors import Refusal
from shop.domain.ports import PaymentNews
from shop.ops import metrics
from shop.ops.logs import told

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["webhooks"])

log = logging.getLogger(__name__)

SOURCE = "stripe"
# Which news we act on, and by which job; Stripe should be told to send only these (docs/settings.md).
JOB_FOR = {
    "payment_intent.amount_capturable_updated": "payment_news",
    "payment_intent.succeeded": "payment_news",
    "payment_intent.payment_failed": "payment_news",
    "payment_intent.canceled": "payment_news",
    "payment_intent.requires_action": "payment_news",
    "refund.created": "refund_news",
    "refund.updated": "refund_news",
    "refund.failed": "refund_news",
    "checkout.session.completed": "card_news",
    "checkout.session.expired": "card_news",
}

# What news of one kind can tell at most; with a payment there, nobody need be asked.
TELLS = {
    "payment_intent.amount_capturable_updated": frozenset({"held", "captured", "released"}),
    "payment_intent.succeeded": frozenset({"captured"}),
    "payment_intent.canceled": frozenset({"released"}),
}
# News of a payment without a name here has overtaken the answer to our own call: in the way of what follows
# from that answer, it would cost a shopper at the door some milliseconds.
OVERTAKING_S = 0.1


class Received(BaseModel):
    received: bool = True


@router.post("/webhooks/stripe", openapi_extra=refusals("bad_signature", "not_set_up"))
@open_to_all("each one is signed with the secret of our webhook endpoint", guard="webhook")
async def stripe_news(
    request: Request,
    db: Db,
    operator: TheOperator,
    stripe_signature: Annotated[str, Header(max_length=1000)] = "",
) -> Received:
    """Answered once it is safely stored; a repeat is answered the same and changes nothing."""
    payload = await request.body()
    verify = request.app.state.verify_webhook
    if verify is None:
        raise Refusal("not_set_up")
    try:
        news = verify(payload, stripe_signature)  # quicker than the way to another thread
    except Refusal:
        # told, not stored: whoever forges must not be able to fill the database
        metrics.WEBHOOKS.add("forged")
        log.warning(told("webhook_forged", bytes=len(payload)))
        raise
    metrics.WEBHOOKS.add("taken" if news.kind in JOB_FOR else "ignored")
    if news.kind in JOB_FOR and not await threads_of(request).run(
        _take, db, operator, news, news.kind in TELLS
    ):
        await sleep(OVERTAKING_S)
        await threads_of(request).run(_take, db, operator, news, False)
    return Received()


def _take(db: Database, ours: OurOperator, news: PaymentNews, may_wait: bool) -> bool:
    """False when it has to wait: nothing is done yet."""
    is_known = payments.has_arrived(db.look, news.subject, TELLS.get(news.kind, frozenset()))
    if is_known:
        return True  # no news: it stands in the answer to our own call, which is kept
    if is_known is None and may_wait:
        return False
    with db.transaction() as tx:
        operator_id = ours.id(tx)
        if inbox.keep(tx, SOURCE, news.id, news.kind, news.raw, operator_id=operator_id):
            jobs.add(
                tx,
                operator_id=operator_id,
                store_id=None,
                kind=JOB_FOR[news.kind],
                subject=news.subject[:40],
                provider_id=news.subject,
            )
    return True
