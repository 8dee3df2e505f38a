"""What we keep about a shopper, over HTTP: her language, a copy of everything, and erasing her account."""

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from shop.api.deps import shopper_changes, shopper_looks
from shop.api.description import refusals
from shop.api.inputs import Email, Strict
from shop.api.routes import HouseRoute
from shop.api.views import CustomerOut, Language, customer_out
from shop.domain import disclosure, erasure
from shop.domain.customers import Customer, Shopper

router = APIRouter(route_class=HouseRoute, prefix="/api/v1/account", tags=["account"])

FILE = {"Content-Disposition": 'attachment; filename="account.json"'}


class LanguageWish(Strict):
    language: Language = "de"


class Erasure(Strict):
    email: Email  # typed anew, so that nobody erases an account by a slip


@router.put("/language")
@shopper_changes
def speak(tx: Session, shopper: Shopper, wish: LanguageWish) -> CustomerOut:
    """Of mails and of the card page."""
    her = tx.get_one(Customer, shopper.id)
    her.language = wish.language
    tx.add(her)
    return customer_out(tx, her)


@router.get("/export", response_class=JSONResponse)
@shopper_looks
def export(tx: Session, shopper: Shopper) -> Response:
    """Everything, as a file."""
    return JSONResponse(jsonable_encoder(disclosure.of_customer(tx, shopper.id)), headers=FILE)


@router.post(
    "/erase",
    status_code=204,
    openapi_extra=refusals("wrong_confirmation", "visit_open", "visit_unfinished", "payment_due"),
)
@shopper_changes
def erase(tx: Session, shopper: Shopper, wish: Erasure) -> None:
    """For good, and at once: every session ends with it."""
    erasure.erase(tx, shopper, wish.email)
