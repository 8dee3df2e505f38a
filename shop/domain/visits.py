"""A visit: one shopper from door code to receipt."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Field, Index, Session, String, and_, col, func, or_, select

from shop.domain import clock, ids
from shop.domain.errors import Refusal
from shop.domain.statements import RowsOf, Statement
from shop.domain.tenancy import StoreRow
from shop.domain.visit_states import OPEN, State


class Visit(StoreRow, table=True):
    __table_args__ = (Index("ix_visit_here", "store_id", "state"),)  # few are here of the many that were

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    store_id: str = Field(foreign_key="store.id", max_length=26)  # ix_visit_here begins with it
    door_id: str = Field(foreign_key="door.id", max_length=26, index=True)
    customer_id: str = Field(foreign_key="customer.id", max_length=26, index=True)
    payment_method_id: str = Field(foreign_key="paymentmethod.id", max_length=26)
    hold_id: str | None = Field(
        default=None, max_length=26
    )  # a payment; without foreign key, they name each other
    state: State = Field(default=State.REQUESTED, sa_type=String(20), index=True)
    reason: str | None = Field(default=None, max_length=40)  # why it ended as it did, or waits
    checkout_mode: str = Field(max_length=20)

    items: int = 0  # running sums over the basket lines
    total_cents: int = 0
    deposit_cents: int = 0
    disputed: bool = False  # the shopper corrected a line below what the shelf saw
    unclear: int = 0  # picks that may be hers and that nobody could decide

    paid_cents: int = 0
    waived_cents: int = 0
    refunded_cents: int = 0  # of what she paid; given back to her card
    booked: bool = False  # sale, stock and receipt are in the books

    created_at: datetime = Field(default_factory=clock.now)
    ordered_at: datetime | None = None  # the binding order: the pay button, or entry in walk_out mode
    unlocked_at: datetime | None = None
    entered_at: datetime | None = None
    exit_seen_at: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def open_cents(self) -> int:
        """What is still to be paid, once the sale is booked."""
        return self.total_cents - self.paid_cents - self.waived_cents if self.booked else 0


# The table's own rule, for rows that were not made into objects.
open_cents: Callable[[Any], int] = vars(Visit)["open_cents"].fget

# The door is taken while one of these is on its way through it.
AT_THE_DOOR = (State.REQUESTED, State.ADMITTED, State.UNLOCKED)


# Asked with every step of every visit, so built once.
_BY_ID = select(Visit).where(Visit.id == bindparam("visit"))
_FRESH = {"populate_existing": True}  # what another committed while we waited for the lock
_LOCKED = RowsOf(Visit, _BY_ID.with_for_update().execution_options(**_FRESH))
_HERS = _BY_ID.where(Visit.customer_id == bindparam("customer"))
_OWN, _OWN_LOCKED = RowsOf(Visit, _HERS), RowsOf(Visit, _HERS.with_for_update().execution_options(**_FRESH))
_IN_STORE = RowsOf(
    Visit, select(Visit).where(Visit.store_id == bindparam("store"), Visit.state == State.SHOPPING)
)
# Those whom one unclear pick may concern are changed together, by shelf, scan or staff: whoever may do that
# locks all of them first and in one order. It is a statement's own order of locking on PostgreSQL.
_ASKED_ABOUT = and_(
    col(Visit.unclear) > 0, or_(col(Visit.state) == State.SHOPPING, col(Visit.state) == State.IN_REVIEW)
)
_TOGETHER = RowsOf(
    Visit,
    select(Visit)
    .where(col(Visit.store_id) == bindparam("store"))
    .where(or_(col(Visit.state) == State.SHOPPING, _ASKED_ABOUT))
    .order_by(col(Visit.id))
    .with_for_update()
    .execution_options(**_FRESH),
)
_WITH_OTHERS = RowsOf(
    Visit,
    select(Visit)
    .where(
        or_(
            col(Visit.id) == bindparam("visit"),
            and_(
                col(Visit.store_id)
                == select(Visit.store_id).where(Visit.id == bindparam("visit")).scalar_subquery(),
                _ASKED_ABOUT,
            ),
        )
    )
    .order_by(col(Visit.id))
    .with_for_update()
    .execution_options(**_FRESH),
)
_PEOPLE = select(func.count().label("people")).where(col(Visit.store_id) == bindparam("store"))
_PLACES_TAKEN = Statement(_PEOPLE.where(or_(*(col(Visit.state) == state for state in sorted(OPEN)))))
_PEOPLE_INSIDE = Statement(_PEOPLE.where(col(Visit.state) == State.SHOPPING))
_OPEN_OF = (
    select(Visit)
    .where(Visit.customer_id == bindparam("customer"), col(Visit.state).in_(OPEN))
    .order_by(col(Visit.created_at).desc())
)


def locked(tx: Session, visit_id: str) -> Visit:
    """The visit row, locked first in every transaction that changes it."""
    visit = _LOCKED.first(tx, visit=visit_id)
    if visit is None:
        raise Refusal("not_found")
    return visit


def locked_with_others(tx: Session, visit_id: str) -> Visit:
    """The visit, and with it everybody whom a question about unclear goods in this store may concern."""
    locked = _WITH_OTHERS.all(tx, visit=visit_id)
    visit = next((visit for visit in locked if visit.id == visit_id), None)
    if visit is None:
        raise Refusal("not_found")
    tx.info["locked visits"] = locked  # a session holds rows only weakly; kept, they need not be read again
    return visit


def own(tx: Session, customer_id: str, visit_id: str, *, lock: bool = False) -> Visit:
    visit = (_OWN_LOCKED if lock else _OWN).first(tx, visit=visit_id, customer=customer_id)
    if visit is None:
        raise Refusal("not_found")
    return visit


def own_with_others(tx: Session, customer_id: str, visit_id: str) -> Visit:
    visit = locked_with_others(tx, visit_id)
    if visit.customer_id != customer_id:
        raise Refusal("not_found")
    return visit


def in_store(tx: Session, store_id: str, *, lock: bool = False) -> list[Visit]:
    """Visits with somebody inside, in order of entry.

    Locked by whoever is about to change them, with those that unclear goods may concern.
    """
    found = (_TOGETHER if lock else _IN_STORE).all(tx, store=store_id)
    if lock:
        tx.info["locked visits"] = found
    inside = [visit for visit in found if visit.state == State.SHOPPING]
    return sorted(inside, key=lambda visit: (visit.entered_at or visit.created_at, visit.id))


def places_taken(tx: Session, store_id: str) -> int:
    """People inside and those on their way in."""
    return int(_PLACES_TAKEN.first(tx, store=store_id).people)


def people_inside(tx: Session, store_id: str) -> int:
    return int(_PEOPLE_INSIDE.first(tx, store=store_id).people)


def open_visit_of(tx: Session, customer_id: str) -> Visit | None:
    return tx.exec(_OPEN_OF, params={"customer": customer_id}).first()


def of_customer(tx: Session, customer_id: str, limit: int = 50) -> list[Visit]:
    query = select(Visit).where(Visit.customer_id == customer_id)
    return list(tx.exec(query.order_by(col(Visit.created_at).desc()).limit(limit)))
