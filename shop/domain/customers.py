"""Customers and the cards they saved."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Field, Session, UniqueConstraint, col, func, select

from shop.domain import clock, ids
from shop.domain.errors import Refusal
from shop.domain.statements import Statement
from shop.domain.tenancy import OperatorRow


class Customer(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("operator_id", "email"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    email: str = Field(max_length=254)
    language: str = Field(default="de", max_length=2)
    provider_id: str | None = Field(default=None, max_length=64)  # the payment provider's name for her
    blocked_at: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shopper:
    """A customer who is signed in, as she was when her request came."""

    id: str
    operator_id: str
    email: str
    language: str
    blocked_at: datetime | None


class PaymentMethod(OperatorRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    customer_id: str = Field(foreign_key="customer.id", max_length=26, index=True)
    status: str = Field(default="starting", max_length=20)  # starting, open, saved, failed, removed
    return_path: str = Field(default="/", max_length=200)
    setup_session: str | None = Field(default=None, max_length=100, index=True)
    setup_url: str | None = Field(default=None, max_length=2000)
    provider_id: str | None = Field(default=None, max_length=64)
    brand: str | None = Field(default=None, max_length=20)
    last4: str | None = Field(default=None, max_length=4)
    exp_month: int | None = None
    exp_year: int | None = None
    created_at: datetime = Field(default_factory=clock.now)
    chosen_at: datetime | None = None  # by her, among several


def find_or_create(tx: Session, operator_id: str, email: str, language: str) -> Customer:
    found = tx.exec(
        select(Customer).where(Customer.operator_id == operator_id, Customer.email == email)
    ).first()
    if found is None:
        found = Customer(operator_id=operator_id, email=email, language=language)
        tx.add(found)
        tx.flush()
    return found


_HER_TURN = Statement(
    select(Customer.blocked_at).where(Customer.id == bindparam("customer")).with_for_update(key_share=True)
)


def lock(tx: Session, customer_id: str) -> datetime | None:
    """One wish of hers at a time, whatever door she stands at; since when she is blocked."""
    blocked_at: datetime | None = _HER_TURN.first(tx, customer=customer_id).blocked_at
    return blocked_at


_LAST_FIRST = (
    func.coalesce(PaymentMethod.chosen_at, PaymentMethod.created_at).desc(),
    col(PaymentMethod.id).desc(),
)


def methods_of(tx: Session, customer_id: str) -> list[PaymentMethod]:
    """The last that was saved or chosen first; of the saved ones that is the default."""
    query = select(PaymentMethod).where(PaymentMethod.customer_id == customer_id)
    return list(tx.exec(query.where(PaymentMethod.status != "removed").order_by(*_LAST_FIRST)))


_NEWEST_SAVED = (
    select(PaymentMethod)
    .where(PaymentMethod.customer_id == bindparam("customer"), PaymentMethod.status == "saved")
    .order_by(*_LAST_FIRST)
    .limit(1)
)


def default_method(tx: Session, customer_id: str) -> PaymentMethod:
    """Refusal no_payment_method when she has saved none."""
    saved = tx.exec(_NEWEST_SAVED, params={"customer": customer_id}).first()
    if saved is None:
        raise Refusal("no_payment_method")
    return saved


def own_method(tx: Session, customer_id: str, method_id: str) -> PaymentMethod:
    found = tx.get(PaymentMethod, method_id)
    if found is None or found.customer_id != customer_id or found.status == "removed":
        raise Refusal("not_found")
    return found


def masked(email: str) -> str:
    """First letter and domain only, for screens and logs."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"
