"""Signing in, who am I, saving a card."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api import sessions
from shop.api.deps import (
    Config,
    Db,
    TheOperator,
    shopper_arrives,
    shopper_changes,
    shopper_leaves,
    shopper_looks,
    token_of,
    user_agent_of,
)
from shop.api.description import refusals
from shop.api.inputs import Email, RowId, Strict
from shop.api.repeats import Asker, OnceOnly, OnceSecretly, stranger
from shop.api.routes import HouseRoute, open_to_all
from shop.api.views import (
    CustomerOut,
    Language,
    MethodOut,
    SessionOut,
    customer_out,
    method_out,
    methods_out,
    signed_in,
)
from shop.domain import cards as saved_cards
from shop.domain import customers, jobs, sign_in
from shop.domain.customers import PaymentMethod, Shopper
from shop.domain.errors import Refusal
from shop.domain.ports import Look

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["account"])


class CodeWish(Strict):
    email: Email
    language: Language = "de"


class CodeSent(BaseModel):
    sent_to: str = Field(examples=["a…@example.org"])
    expires_in_s: int = Field(examples=[600])


class CodeProof(Strict):
    email: Email
    code: str = Field(pattern=r"^\d{6}$", examples=["123456"])
    language: Language = "de"


class Me(BaseModel):
    customer: CustomerOut
    csrf: str


class CardWish(Strict):
    return_url: str = Field(
        default="/",
        max_length=200,
        pattern=r"^/([A-Za-z0-9_?=&.~-][A-Za-z0-9/_?=&.~-]*)?$",
        examples=["/?card=new"],
    )


@router.post("/sign-in/codes", status_code=202, openapi_extra=refusals("not_set_up"))
@open_to_all("codes are mailed five times in ten minutes to one address, requests counted by caller")
def ask_code(db: Db, operator: TheOperator, once: OnceOnly, wish: CodeWish) -> CodeSent:
    """Mail a one-time code. The answer does not tell whether the address is known."""

    def ask(tx: Session, _: None) -> CodeSent:
        sign_in.ask_code(tx, operator.id(tx), wish.email, wish.language)
        return CodeSent(
            sent_to=customers.masked(wish.email), expires_in_s=int(sign_in.CODE_VALID.total_seconds())
        )

    return once.change(db, _stranger(wish.email), ask).response()  # type: ignore[return-value]


@router.post(
    "/sign-in/sessions",
    status_code=201,
    openapi_extra=refusals("wrong_code", "expired_code", "too_many_attempts", "not_set_up"),
)
@open_to_all("a mailed code with five attempts")
def open_session(
    db: Db, operator: TheOperator, config: Config, once: OnceSecretly, proof: CodeProof, request: Request
) -> SessionOut:
    """Trade the mailed code for a session: bearer token, and the same as a cookie."""

    def trade(tx: Session, _: None) -> SessionOut | Refusal:
        found = sign_in.try_code(tx, operator.id(tx), proof.email, proof.code, proof.language)
        if isinstance(found, Refusal):
            if found.code != "wrong_code":
                raise found  # nothing was counted
            return found
        return signed_in(tx, found, once, user_agent_of(request))

    answer = once.change(db, _stranger(proof.email), trade)
    return sessions.opened(answer, SessionOut, once, request, config.public_url)  # type: ignore[return-value]


def _stranger(email: str) -> Callable[[Look], Asker[None]]:
    """Whose keys these are before anybody is signed in; her address may change between two attempts."""
    return stranger(f"email:{sign_in.hashed(email)}")


@router.delete("/sign-in/sessions/current", status_code=204)
@shopper_leaves
def close_session(tx: Session, _shopper: Shopper, request: Request) -> Response:
    sign_in.revoke(tx, token_of(request))
    return sessions.close(request)


@router.get("/me")
@shopper_arrives
def me(tx: Session, shopper: Shopper, request: Request) -> Me:
    return Me(customer=customer_out(tx, shopper), csrf=sign_in.csrf_token(token_of(request)))


@router.post("/payment-methods", status_code=202)
@shopper_changes
def save_card(tx: Session, shopper: Shopper, wish: CardWish) -> MethodOut:
    """Start saving a card; poll the method until `setup_url` is there and go to it."""
    method = PaymentMethod(
        operator_id=shopper.operator_id, customer_id=shopper.id, return_path=wish.return_url
    )
    tx.add(method)
    jobs.add(
        tx,
        operator_id=shopper.operator_id,
        store_id=None,
        kind="card_setup",
        subject=method.id,
        method_id=method.id,
    )
    return method_out(method, is_default=False)


@router.get("/payment-methods")
@shopper_looks
def cards(tx: Session, shopper: Shopper) -> list[MethodOut]:
    return methods_out(tx, shopper.id)


@router.get("/payment-methods/{method_id}")
@shopper_looks
def card(tx: Session, shopper: Shopper, method_id: RowId) -> MethodOut:
    customers.own_method(tx, shopper.id, method_id)
    return next(method for method in methods_out(tx, shopper.id) if method.id == method_id)


@router.put("/payment-methods/{method_id}/default")
@shopper_changes
def choose_card(tx: Session, shopper: Shopper, method_id: RowId) -> MethodOut:
    """The card that pays from now on."""
    saved_cards.choose(tx, shopper.id, method_id)
    return next(method for method in methods_out(tx, shopper.id) if method.id == method_id)


@router.delete("/payment-methods/{method_id}", status_code=204, openapi_extra=refusals("card_in_use"))
@shopper_changes
def remove_card(tx: Session, shopper: Shopper, method_id: RowId) -> None:
    """Here and at the payment service, at once."""
    saved_cards.remove(tx, shopper.id, method_id)
