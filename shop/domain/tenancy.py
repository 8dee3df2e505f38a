"""Operators and their stores; every other row belongs to one of them."""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import bindparam
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select

from shop.domain import clock, ids
from shop.domain.errors import Refusal

# set before the first table is defined, so that every constraint has a name migrations can refer to
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Str = 200  # the longest short text we keep in one column


class Operator(SQLModel, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    slug: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=Str)
    address: str = Field(max_length=Str)
    vat_id: str = Field(default="", max_length=20)
    phone: str = Field(default="", max_length=40)
    created_at: datetime = Field(default_factory=clock.now)


class OperatorRow(SQLModel):
    operator_id: str = Field(foreign_key="operator.id", max_length=26, index=True)


class Scope(TypedDict):
    operator_id: str
    store_id: str


class Store(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("slug"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    slug: str = Field(max_length=40)
    name: str = Field(max_length=Str)
    address: str = Field(max_length=Str)
    checkout_mode: str = Field(default="pay_in_app", max_length=20)
    walk_out_decision: str = Field(default="", max_length=Str)  # the recorded legal decision
    is_open: bool = True
    door_code_mode: str = Field(default="sticker", max_length=20)  # or rotating: a display shows new codes
    hold_cents: int = 5000
    max_inside: int = 4
    refund_limit_cents: int = 1000  # of one visit; what a shopper objects to above it a person decides
    last_receipt_number: int = 0
    # business time-outs, in seconds; safety limits (challenge, ack, door promise) are not here
    hold_timeout_s: float = 60
    authentication_timeout_s: float = 300
    quiet_s: float = 30  # shelves at rest this long after an exit end a visit
    stuck_after_s: float = 2700
    visit_limit_s: float = 3600
    settling_timeout_s: float = 900
    payment_due_s: float = 3 * 86400
    created_at: datetime = Field(default_factory=clock.now)

    def scope(self) -> Scope:
        return Scope(operator_id=self.operator_id, store_id=self.id)


class StoreRow(OperatorRow):
    store_id: str = Field(foreign_key="store.id", max_length=26, index=True)

    def scope(self) -> Scope:
        """Whose row this is, to hand on to rows that belong to it."""
        return Scope(operator_id=self.operator_id, store_id=self.store_id)


class VisitRow(StoreRow):
    """Written with each visit and looked for by it: indexes on owners would only slow every settle."""

    operator_id: str = Field(foreign_key="operator.id", max_length=26)
    store_id: str = Field(foreign_key="store.id", max_length=26)


def the_operator(tx: Session, slug: str | None) -> Operator:
    """The operator this installation serves: the one named, else the only one there is."""
    query = select(Operator) if slug is None else select(Operator).where(Operator.slug == slug)
    found = tx.exec(query.limit(2)).all()
    if len(found) != 1:
        raise Refusal("not_set_up")
    return found[0]


_LOCKED = select(Store).where(Store.id == bindparam("store")).with_for_update(key_share=True)


def locked(tx: Session, store_id: str) -> Store:
    return tx.exec(_LOCKED, params={"store": store_id}).one()


def stores_of(tx: Session, operator_id: str) -> list[Store]:
    return list(tx.exec(select(Store).where(Store.operator_id == operator_id).order_by(col(Store.slug))))


def store_by_slug(tx: Session, operator_id: str, slug: str) -> Store:
    found = tx.exec(select(Store).where(Store.operator_id == operator_id, Store.slug == slug)).first()
    if found is None:
        raise Refusal("unknown_store")
    return found
