"""The visit over HTTP: enter, watch, pay, leave, receipt."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import AskingShopper, shopper_changes, shopper_looks, threads_of
from shop.api.description import refusals
from shop.api.errors import Text
from shop.api.inputs import SLUG, LinesSeen, Prose, RowId, Slug, Strict
from shop.api.news import News, Screen, Told
from shop.api.pictures import VisitOut, picture_at_the_end, pictures, visit_out
from shop.api.receipts import document_of
from shop.api.routes import HouseRoute
from shop.api.views import ProductOut, StoreOut, products_out, store_out
from shop.documents.receipt import Status
from shop.domain import (
    ending,
    entry,
    free_places,
    help,
    lifecycle,
    receipts,
    settlement,
    tenancy,
    visits,
)
from shop.domain.customers import Shopper
from shop.domain.payments import Payment
from shop.domain.tenancy import Operator
from shop.domain.visit_states import Event, State

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["visit"])


SIGNED_IN_FOR_S = 5.0  # how long a live stream may outlive its session


class EntryWish(Strict):
    # the store the shopper believes she enters: its terms stood beside the button she pressed
    store: str | None = Field(default=None, pattern=SLUG, examples=["witzenhausen"])
    door_code: str = Field(
        min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=["WIZ-FRONT-7K2M"]
    )


class HelpIn(Strict):
    kind: Literal["stuck", "question", "other"] = Field(examples=["question"])
    text: Prose = Field(default="", max_length=500, examples=["Where are the eggs?"])


class Waiting(BaseModel):
    until: datetime


class HelpOut(BaseModel):
    incident_id: str
    phone: str
    message: Text


class ReceiptOut(BaseModel):
    number: str
    total_cents: int
    status: Status
    html_url: str
    pdf_url: str


@router.get("/stores")
@shopper_looks
def stores(tx: Session, shopper: Shopper) -> list[StoreOut]:
    return [store_out(tx, store) for store in tenancy.stores_of(tx, shopper.operator_id)]


@router.get("/stores/{slug}", openapi_extra=refusals("unknown_store"))
@shopper_looks
def store(tx: Session, shopper: Shopper, slug: Slug) -> StoreOut:
    return store_out(tx, tenancy.store_by_slug(tx, shopper.operator_id, slug))


@router.post(
    "/stores/{slug}/free-place-notices",
    status_code=202,
    openapi_extra=refusals("unknown_store", "store_has_room"),
)
@shopper_changes
def tell_when_free(tx: Session, shopper: Shopper, slug: Slug) -> Waiting:
    """Mail her once the full store has room again; a place is not kept."""
    found = tenancy.store_by_slug(tx, shopper.operator_id, slug)
    return Waiting(until=free_places.ask(tx, shopper, found))


@router.get("/stores/{slug}/products", openapi_extra=refusals("unknown_store"))
@shopper_looks
def products(tx: Session, shopper: Shopper, slug: Slug) -> list[ProductOut]:
    return products_out(tx, tenancy.store_by_slug(tx, shopper.operator_id, slug))


@router.post(
    "/visits",
    status_code=202,
    openapi_extra=refusals(
        "unknown_door",
        "old_door_code",
        "other_store",
        "exit_untested",
        "store_closed",
        "store_full",
        "door_unavailable",
        "door_busy",
        "visit_open",
        "payment_due",
        "no_payment_method",
        "customer_blocked",
        "consent_due",
    ),
)
@shopper_changes
def request_entry(tx: Session, shopper: Shopper, wish: EntryWish) -> VisitOut:
    """Ask to be let in; the door opens once the card hold is placed."""
    return visit_out(tx, entry.request_entry(tx, shopper, wish.door_code, shown_store=wish.store))


@router.get("/visits")
@shopper_looks
def my_visits(tx: Session, shopper: Shopper) -> list[VisitOut]:
    found = [visit.id for visit in visits.of_customer(tx, shopper.id)]
    shown = pictures(tx, found)
    return [shown[visit_id] for visit_id in found]


@router.get("/visits/{visit_id}")
@shopper_looks
def one_visit(tx: Session, shopper: Shopper, visit_id: RowId) -> VisitOut:
    return visit_out(tx, visits.own(tx, shopper.id, visit_id))


async def _screen(request: Request, asking: AskingShopper, visit_id: RowId) -> AsyncIterator[Screen]:
    """Guard of the stream, with her first picture: its own short look, for a stream holds no session."""
    news: News = request.app.state.news

    def look() -> Told:
        with asking.looks() as (tx, shopper):
            return news.told(tx.connection(), visits.own(tx, shopper.id, visit_id).id)

    with news.about(visit_id) as screen:  # first, so that nothing is missed after the look
        screen.show(await threads_of(request).run(look))
        yield screen


async def _news(screen: Screen, within_s: float) -> Told | None:
    try:
        return await asyncio.wait_for(screen.next(), max(0.0, within_s))
    except TimeoutError:
        return None


@router.get(
    "/visits/{visit_id}/events",
    response_class=EventSourceResponse,
)
async def watch(
    request: Request,
    screen: Annotated[Screen, Depends(_screen)],
    asking: AskingShopper,
    last_event_id: Annotated[LinesSeen, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """The visit each time it changes; ends after a final state was told, and soon after she signed out.
    Holds no database session."""
    seen = last_event_id
    sure_until = time.monotonic() + SIGNED_IN_FOR_S
    while True:
        told = await _news(screen, sure_until - time.monotonic())
        if time.monotonic() >= sure_until:
            if not await threads_of(request).run(asking.is_signed_in):
                return
            sure_until = time.monotonic() + SIGNED_IN_FOR_S
        if told is None:
            continue
        if told.id != seen:
            seen = told.id
            yield ServerSentEvent(raw_data=told.picture, event="visit", id=str(seen))
        if told.is_last:
            return


@router.post("/visits/{visit_id}/pay", openapi_extra=refusals("not_shopping"))
@shopper_changes
def pay(tx: Session, shopper: Shopper, visit_id: RowId) -> VisitOut:
    """The binding order; when a payment is due, the payment itself. Saying it twice changes nothing."""
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    if visit.state == State.PAYMENT_DUE:
        hold = tx.get_one(Payment, visit.hold_id)
        if hold.status != "held" and visit.open_cents >= settlement.MINIMUM_CHARGE_CENTS:
            settlement.charge_anew(tx, visit)
        lifecycle.advance(tx, visit, Event.PAY)
    elif visit.state not in (State.SETTLING, State.SETTLED):
        ending.order(tx, visit)
        lifecycle.tell(tx, visit)
    return visit_out(tx, visit)


@router.post("/visits/{visit_id}/leave", status_code=202, openapi_extra=refusals("not_shopping"))
@shopper_changes
def leave(tx: Session, shopper: Shopper, visit_id: RowId) -> VisitOut:
    plates = ending.ask_plates(tx, visit_id)  # before the visit: both travel together
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    ending.say_left(tx, visit, plates)
    return picture_at_the_end(tx, visit)


@router.post("/visits/{visit_id}/cancel", status_code=202, openapi_extra=refusals("too_late"))
@shopper_changes
def cancel(tx: Session, shopper: Shopper, visit_id: RowId) -> VisitOut:
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    entry.cancel(tx, visit)
    return visit_out(tx, visit)


@router.post("/visits/{visit_id}/help", status_code=202)
@shopper_changes
def call_help(tx: Session, shopper: Shopper, visit_id: RowId, call: HelpIn) -> HelpOut:
    """Raises an incident at once. The way out never waits for the answer."""
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    incident = help.call(tx, visit, call.kind, call.text)
    message = Text(
        de="Wir haben jemanden benachrichtigt. Die Tür lässt sich von innen immer mit dem Griff öffnen. "
        "In Gefahr: 112.",
        en="We have told somebody. From inside, the handle always opens the door. In danger: 112.",
    )
    return HelpOut(
        incident_id=incident.id, phone=tx.get_one(Operator, visit.operator_id).phone, message=message
    )


@router.get(
    "/visits/{visit_id}/receipt",
    openapi_extra=refusals("receipt_not_ready"),
)
@shopper_looks
def receipt(tx: Session, shopper: Shopper, visit_id: RowId) -> ReceiptOut:
    visit = visits.own(tx, shopper.id, visit_id)
    found = receipts.of_visit(tx, visit.id)
    document = document_of(tx, found, "de")
    return ReceiptOut(
        number=document.shown_number,
        total_cents=document.total_cents,
        status=document.status,
        html_url=f"/r/{found.token}",
        pdf_url=f"/r/{found.token}.pdf",
    )
