"""What routes are handed: a transaction that commits before the answer leaves, and who is asking."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from shop.config import Settings
from shop.db import Database
from shop.domain import sign_in, tenancy
from shop.domain.customers import Customer
from shop.domain.errors import Refusal
from shop.domain.sign_in import SignIn, Staff
from shop.domain.tenancy import Operator

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _transaction(request: Request) -> Iterator[Session]:
    with _database(request).transaction() as tx:
        yield tx


def _reading(request: Request) -> Iterator[Session]:
    with _database(request).reading() as tx:
        yield tx


Db = Annotated[Database, Depends(_database)]
Config = Annotated[Settings, Depends(_settings)]
# scope="function": the commit happens before the answer is sent, so a failed one is a 500, not a lie
Tx = Annotated[Session, Depends(_transaction, scope="function")]
Reading = Annotated[Session, Depends(_reading, scope="function")]


def token_of(request: Request) -> str:
    """The session's token from the bearer header, else from the cookie (then state changes need CSRF)."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip()
    token = request.cookies.get(request.app.state.cookie, "")
    if not token:
        raise Refusal("sign_in_required")
    if request.method not in SAFE_METHODS:
        sent = request.headers.get("x-csrf-token", "")
        if not sign_in.csrf_matches(token, sent):
            raise Refusal("csrf")
    return token


def signed_in(request: Request, tx: Session) -> SignIn:
    session = sign_in.session_of(tx, token_of(request))
    if session is None:
        raise Refusal("sign_in_required")
    return session


def shopper_of(request: Request, tx: Session) -> Customer:
    session = signed_in(request, tx)
    customer = tx.get(Customer, session.customer_id) if session.customer_id else None
    if customer is None:
        raise Refusal("sign_in_required")
    return customer


def _shopper(request: Request, tx: Tx) -> Customer:
    return shopper_of(request, tx)


def _shopper_reading(request: Request, tx: Reading) -> Customer:
    return shopper_of(request, tx)


def staff_of(request: Request, tx: Session) -> Staff:
    session = signed_in(request, tx)
    staff = tx.get(Staff, session.staff_id) if session.staff_id else None
    if staff is None:
        raise Refusal("sign_in_required")
    return staff


def _staff(request: Request, tx: Tx) -> Staff:
    return staff_of(request, tx)


def _staff_reading(request: Request, tx: Reading) -> Staff:
    return staff_of(request, tx)


def _operator(request: Request) -> Operator:
    # a short look: a request that keeps one connection while it waits for another can block them all
    with _database(request).reading() as tx:
        return tenancy.the_operator(tx, _settings(request).operator)


# Guards: every route names one of these or stands in PUBLIC; a test lists them all.
Shopper = Annotated[Customer, Depends(_shopper, scope="function")]
ShopperReading = Annotated[Customer, Depends(_shopper_reading, scope="function")]
CurrentStaff = Annotated[Staff, Depends(_staff, scope="function")]
StaffReading = Annotated[Staff, Depends(_staff_reading, scope="function")]
TheOperator = Annotated[Operator, Depends(_operator, scope="function")]
GUARDS = {
    _shopper: "shopper",
    _shopper_reading: "shopper",
    _staff: "staff",
    _staff_reading: "staff",
}
