"""Signing in, who am I, saving a card."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlmodel import Session

from shop.api.deps import Config, Db, TheOperator, shopper_changes, shopper_looks, token_of
from shop.api.errors import documented
from shop.api.views import CustomerOut, MethodOut, customer_out, method_out, methods_out
from shop.domain import customers, jobs, sign_in
from shop.domain.customers import PaymentMethod, Shopper
from shop.domain.errors import Refusal

router = APIRouter(prefix="/api/v1", tags=["account"])

EMAIL = re.compile(r"[^@\s\x00-\x1f<>,;:\"\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def _email(text: str) -> str:
    text = text.strip().lower()
    if not EMAIL.fullmatch(text):
        raise ValueError("not an e-mail address")
    return text


Email = Annotated[str, Field(max_length=254, examples=["anna@example.org"]), AfterValidator(_email)]
Language = Literal["de", "en"]
MethodId = Annotated[str, Path(pattern="^[0-9A-Z]{26}$")]


# What people type in their own words; PostgreSQL keeps no NUL character in a text.
Prose = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


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


class SessionOut(BaseModel):
    token: str
    csrf: str
    customer: CustomerOut


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


@router.post(
    "/sign-in/codes", status_code=202, responses=documented("invalid_json", "too_many_requests", "not_set_up")
)
def ask_code(db: Db, operator: TheOperator, wish: CodeWish) -> CodeSent:
    """Mail a one-time code. The answer does not tell whether the address is known."""
    with db.transaction() as tx:
        sign_in.ask_code(tx, operator.id(tx), wish.email, wish.language)
    return CodeSent(
        sent_to=customers.masked(wish.email), expires_in_s=int(sign_in.CODE_VALID.total_seconds())
    )


@router.post(
    "/sign-in/sessions",
    status_code=201,
    responses=documented("invalid_json", "wrong_code", "expired_code", "too_many_attempts", "not_set_up"),
)
def open_session(
    db: Db, operator: TheOperator, config: Config, proof: CodeProof, response: Response, request: Request
) -> SessionOut:
    """Trade the mailed code for a session: bearer token, and the same as a cookie."""
    with db.transaction() as tx:
        found = sign_in.try_code(tx, operator.id(tx), proof.email, proof.code, proof.language)
        token = ""
        if not isinstance(found, Refusal):
            token = sign_in.open_session(tx, found.operator_id, customer_id=found.id)
            customer = customer_out(tx, found)
    if isinstance(found, Refusal):
        raise found  # after the commit: the attempt counts
    set_cookie(response, request.app.state.cookie, token, secure=config.public_url.startswith("https"))
    return SessionOut(token=token, csrf=sign_in.csrf_token(token), customer=customer)


def set_cookie(response: Response, name: str, token: str, *, secure: bool) -> None:
    age = int(sign_in.SESSION_VALID.total_seconds())
    response.set_cookie(name, token, max_age=age, httponly=True, samesite="lax", secure=secure)


@router.delete("/sign-in/sessions/current", status_code=204, responses=documented("sign_in_required", "csrf"))
@shopper_changes
def close_session(tx: Session, _shopper: Shopper, request: Request, response: Response) -> None:
    sign_in.revoke(tx, token_of(request))
    response.delete_cookie(request.app.state.cookie)


@router.get("/me", responses=documented("sign_in_required"))
@shopper_looks
def me(tx: Session, shopper: Shopper, request: Request) -> Me:
    return Me(customer=customer_out(tx, shopper), csrf=sign_in.csrf_token(token_of(request)))


@router.post(
    "/payment-methods", status_code=202, responses=documented("invalid_json", "sign_in_required", "csrf")
)
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


@router.get("/payment-methods", responses=documented("sign_in_required"))
@shopper_looks
def cards(tx: Session, shopper: Shopper) -> list[MethodOut]:
    return methods_out(tx, shopper.id)


@router.get("/payment-methods/{method_id}", responses=documented("sign_in_required", "not_found"))
@shopper_looks
def card(tx: Session, shopper: Shopper, method_id: MethodId) -> MethodOut:
    customers.own_method(tx, shopper.id, method_id)
    return next(method for method in methods_out(tx, shopper.id) if method.id == method_id)
