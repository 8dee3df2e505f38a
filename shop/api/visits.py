"""The visit over HTTP: enter, live basket, pay, leave, receipt."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.accounts import Prose, Strict
from shop.api.deps import AskingShopper, shopper_acts, shopper_changes, shopper_looks
from shop.api.errors import Text, documented
from shop.api.news import News, Screen, Told
from shop.api.pictures import VisitOut, pictures, visit_out
from shop.api.receipts import document_of
from shop.api.views import ProductOut, StoreOut, products_out, store_out
from shop.domain import (
    basket,
    ending,
    entry,
    help,
    lifecycle,
    picks,
    receipts,
    settlement,
    tenancy,
    visits,
)
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.payments import Payment
from shop.domain.tenancy import Operator
from shop.domain.visit_states import FINAL, Event, State, allows
from shop.domain.visits import Visit

router = APIRouter(prefix="/api/v1", tags=["visit"])

VisitId = Annotated[str, Path(pattern="^[0-9A-Z]{26}$")]
Sku = Annotated[str, Path(pattern="^[A-Za-z0-9._-]{1,40}$")]
Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,40}$")]

SIGNED_IN = ("sign_in_required", "csrf", "not_found", "invalid_json")


class EntryWish(Strict):
    # the store the shopper believes she enters: its terms stood beside the button she pressed
    store: str | None = Field(default=None, pattern="^[a-z0-9-]{1,40}$", examples=["witzenhausen"])
    door_code: str = Field(
        min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=["WIZ-FRONT-7K2M"]
    )


class ScanIn(Strict):
    gtin: str = Field(pattern=r"^\d{8,14}$", examples=["4099999000017"])
    quantity: int = Field(default=1, ge=1, le=20, examples=[1])


class LineIn(Strict):
    quantity: int = Field(ge=0, le=basket.MAX_QUANTITY, examples=[2])


class HelpIn(Strict):
    kind: Literal["stuck", "question", "other"] = Field(examples=["question"])
    text: Prose = Field(default="", max_length=500, examples=["Where are the eggs?"])


class HelpOut(BaseModel):
    incident_id: str
    phone: str
    message: Text


class ReceiptOut(BaseModel):
    number: str
    total_cents: int
    status: Literal["paid", "open", "waived"]
    html_url: str
    pdf_url: str


@router.get("/stores", responses=documented("sign_in_required"))
@shopper_looks
def stores(tx: Session, shopper: Shopper) -> list[StoreOut]:
    return [store_out(tx, store) for store in tenancy.stores_of(tx, shopper.operator_id)]


@router.get("/stores/{slug}", responses=documented("sign_in_required", "unknown_store"))
@shopper_looks
def store(tx: Session, shopper: Shopper, slug: Slug) -> StoreOut:
    return store_out(tx, tenancy.store_by_slug(tx, shopper.operator_id, slug))


@router.get("/stores/{slug}/products", responses=documented("sign_in_required", "unknown_store"))
@shopper_looks
def products(tx: Session, shopper: Shopper, slug: Slug) -> list[ProductOut]:
    return products_out(tx, tenancy.store_by_slug(tx, shopper.operator_id, slug))


@router.post(
    "/visits",
    status_code=202,
    responses=documented(
        "unknown_door",
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
        *SIGNED_IN,
    ),
)
@shopper_acts(visit_out)
def request_entry(tx: Session, shopper: Shopper, wish: EntryWish) -> Visit:
    """Ask to be let in; the door opens once the card hold is placed."""
    return entry.request_entry(tx, shopper, wish.door_code, shown_store=wish.store)


@router.get("/visits", responses=documented("sign_in_required"))
@shopper_looks
def my_visits(tx: Session, shopper: Shopper) -> list[VisitOut]:
    found = [visit.id for visit in visits.of_customer(tx, shopper.id)]
    shown = pictures(tx, found)
    return [shown[visit_id] for visit_id in found]


@router.get("/visits/{visit_id}", responses=documented("sign_in_required", "not_found"))
@shopper_looks
def one_visit(tx: Session, shopper: Shopper, visit_id: VisitId) -> VisitOut:
    return visit_out(tx, visits.own(tx, shopper.id, visit_id))


async def _screen(request: Request, asking: AskingShopper, visit_id: VisitId) -> AsyncIterator[Screen]:
    """Guard of the stream, with her first picture: its own short look, for a stream holds no session."""
    news: News = request.app.state.news

    def look() -> Told:
        with asking.looks() as (tx, shopper):
            return news.told(tx.connection(), visits.own(tx, shopper.id, visit_id).id)

    with news.about(visit_id) as screen:  # first, so that nothing is missed after the look
        screen.show(await run_in_threadpool(look))
        yield screen


@router.get(
    "/visits/{visit_id}/events",
    response_class=EventSourceResponse,
    responses=documented("sign_in_required", "not_found"),
)
async def watch(
    screen: Annotated[Screen, Depends(_screen)],
    last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """The visit each time it changes; ends after a final state was told. Holds no database session."""
    seen = last_event_id
    while True:
        told = await screen.next()
        if told.id != seen:
            seen = told.id
            yield ServerSentEvent(raw_data=told.picture, event="visit", id=str(seen))
        if told.is_last:
            return


@router.post(
    "/visits/{visit_id}/scans",
    responses=documented("unknown_product", "not_shopping", "too_many", *SIGNED_IN),
)
@shopper_acts(visit_out)
def scan(tx: Session, shopper: Shopper, visit_id: VisitId, item: ScanIn) -> Visit:
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    sku = basket.scan(tx, visit, item.gtin, item.quantity)
    picks.claim(tx, visit, sku)
    return visit


@router.put(
    "/visits/{visit_id}/lines/{sku}",
    responses=documented("unknown_product", "not_shopping", "too_many", *SIGNED_IN),
)
@shopper_acts(visit_out)
def correct(tx: Session, shopper: Shopper, visit_id: VisitId, sku: Sku, line: LineIn) -> Visit:
    """The shopper's own count; below what the shelf saw, a person looks before anything is charged."""
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    basket.correct(tx, visit, sku, line.quantity)
    return visit


@router.post("/visits/{visit_id}/pay", responses=documented("not_shopping", *SIGNED_IN))
@shopper_acts(visit_out)
def pay(tx: Session, shopper: Shopper, visit_id: VisitId) -> Visit:
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
    return visit


@router.post("/visits/{visit_id}/leave", status_code=202, responses=documented("not_shopping", *SIGNED_IN))
@shopper_acts(visit_out)
def leave(tx: Session, shopper: Shopper, visit_id: VisitId) -> Visit:
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    ending.say_left(tx, visit)
    return visit


@router.post("/visits/{visit_id}/cancel", status_code=202, responses=documented("too_late", *SIGNED_IN))
@shopper_acts(visit_out)
def cancel(tx: Session, shopper: Shopper, visit_id: VisitId) -> Visit:
    visit = visits.own(tx, shopper.id, visit_id, lock=True)
    if visit.state not in FINAL:
        if not allows(State(visit.state), Event.CANCELLED):
            raise Refusal("too_late")
        lifecycle.advance(tx, visit, Event.CANCELLED, reason="cancelled")
    return visit


@router.post("/visits/{visit_id}/help", status_code=202, responses=documented(*SIGNED_IN))
@shopper_changes
def call_help(tx: Session, shopper: Shopper, visit_id: VisitId, call: HelpIn) -> HelpOut:
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
    responses=documented("sign_in_required", "not_found", "receipt_not_ready"),
)
@shopper_looks
def receipt(tx: Session, shopper: Shopper, visit_id: VisitId) -> ReceiptOut:
    visit = visits.own(tx, shopper.id, visit_id)
    found = receipts.of_visit(tx, visit.id)
    document = document_of(found, visit, "de")
    return ReceiptOut(
        number=document.shown_number,
        total_cents=document.total_cents,
        status=document.status,
        html_url=f"/r/{found.token}",
        pdf_url=f"/r/{found.token}.pdf",
    )
