"""A picture of a visit: what the shopper's screen shows of it, for any number of visits at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Connection
from sqlmodel import Session, col, select

from shop.api.errors import Problem, Text, problem
from shop.api.questions import AboutVisits, groups
from shop.api.views import CheckoutMode
from shop.domain import base_price, clock, net_content, settlement
from shop.domain.base_price import BasePrice
from shop.domain.basket import BasketLine
from shop.domain.fleet import Door
from shop.domain.net_content import NetContent
from shop.domain.payments import Payment
from shop.domain.tenancy import Store
from shop.domain.visit_states import FINAL, OPEN, State
from shop.domain.visits import Visit, open_cents

Ability = Literal["scan", "correct", "pay", "leave", "cancel", "help"]
Promise = Literal["asking", "card_hold", "authenticate", "unlocking", "unlocked", "open", "ended"]

PROMISE: dict[State, Promise] = {
    State.REQUESTED: "card_hold",
    State.AUTHENTICATING: "authenticate",
    State.ADMITTED: "unlocking",
    State.UNLOCKED: "unlocked",
    State.SHOPPING: "open",
}
CAN: dict[State, list[Ability]] = {
    State.REQUESTED: ["cancel"],
    State.AUTHENTICATING: ["cancel"],
    State.ADMITTED: ["cancel"],
    State.SHOPPING: ["scan", "correct", "pay", "leave"],
    State.PAYMENT_DUE: ["pay"],
}


# Elsewhere the reason is history: what she was asked to do is done.
EXPLAINED = frozenset({State.REFUSED, State.ABANDONED, State.IN_REVIEW, State.PAYMENT_DUE})


# There the shopper is sent to her bank.
ACTION_SHOWN = frozenset({State.AUTHENTICATING, State.SETTLING})

HOLD: dict[str, Literal["placed", "captured", "released"]] = {
    "held": "placed",
    "captured": "captured",
    "released": "released",
}


class StoreName(BaseModel):
    slug: str
    name: str


class Hold(BaseModel):
    amount_cents: int
    status: Literal["none", "placed", "captured", "released"]
    release_at: datetime | None


class Line(BaseModel):
    sku: str
    name: Text
    icon: str  # one emoji, or nothing
    net: NetContent | None
    base_price: BasePrice | None  # of one kilogram or litre, without deposit
    quantity: int
    unit_price_cents: int
    unit_deposit_cents: int
    total_cents: int
    deposit_cents: int
    vat_rate_bp: int
    sensed: int
    scanned: int
    corrected: int | None
    sure: bool


class VisitOut(BaseModel):
    id: str
    store: StoreName
    door: str
    state: State
    checkout_mode: CheckoutMode
    promise: Promise
    reason: Problem | None
    authenticate_url: str | None
    hold: Hold
    lines: list[Line]
    unclear: int
    total_cents: int
    deposit_cents: int
    paid: bool
    paid_cents: int
    open_cents: int
    waived_cents: int
    refunded_cents: int
    created_at: datetime
    entered_at: datetime | None
    ended_at: datetime | None
    settled_at: datetime | None
    can: list[Ability]


# Where the newest payment sends her that waits for her bank.
_ACTION = (
    select(Payment.action_url)
    .where(col(Payment.visit_id) == col(Visit.id), Payment.status == "action")
    .order_by(col(Payment.created_at).desc(), col(Payment.id).desc())
    .limit(1)
    .correlate(Visit)
    .scalar_subquery()
)
_VISITS = AboutVisits(
    lambda visits: (
        select(  # type: ignore[call-overload]
            Visit.__table__,  # type: ignore[attr-defined]
            col(Store.slug).label("store_slug"),
            col(Store.name).label("store_name"),
            col(Door.name).label("door_name"),
            col(Payment.amount_cents).label("hold_cents"),
            col(Payment.status).label("hold_status"),
            col(Payment.capture_before).label("hold_until"),
            _ACTION.label("action_url"),
        )
        .join(Store, col(Store.id) == col(Visit.store_id))
        .join(Door, col(Door.id) == col(Visit.door_id))
        .join(Payment, col(Payment.id) == col(Visit.hold_id))
        .where(col(Visit.id).in_(visits))
    )
)
_LINES = AboutVisits(
    lambda visits: (
        select(  # without the evidence, which is asked for line by line
            *(column for name, column in BasketLine.__table__.c.items() if name != "evidence")  # type: ignore[attr-defined]
        )
        .where(col(BasketLine.visit_id).in_(visits))
        .order_by(col(BasketLine.id))
    )
)


def visit_out(on: Session | Connection, visit: Visit) -> VisitOut:
    return pictures(on, [visit.id])[visit.id]


def picture_at_the_end(tx: Session, visit: Visit) -> VisitOut:
    """Of a visit that may just have been booked: two questions less where that has read all of it.

    No bank is asked about the hold any more, so there is no page of a bank to show.
    """
    lines = settlement.booked_here(tx, visit)
    if not lines:
        return visit_out(tx, visit)
    return _picture(visit, lines[0], lines, action_url=None)


def pictures(on: Session | Connection, visit_ids: Collection[str]) -> dict[str, VisitOut]:
    """Two questions for every few visits."""
    if isinstance(on, Session):
        on.flush()  # what this transaction has changed so far is in the picture
    connection = on.connection() if isinstance(on, Session) else on
    shown: dict[str, VisitOut] = {}
    for some in groups(list(visit_ids)):
        shown |= _some_pictures(connection, some)
    return shown


def _some_pictures(connection: Connection, visit_ids: Sequence[str]) -> dict[str, VisitOut]:
    found, its_lines = _VISITS.ask(connection, visit_ids), _LINES.ask(connection, visit_ids)
    lines: dict[str, list[Any]] = {visit_id: [] for visit_id in visit_ids}
    for line in its_lines.rows():
        lines[line.visit_id].append(line)
    return {row.id: _picture(row, row, lines[row.id], row.action_url) for row in found.rows()}


def _picture(visit: Any, about: Any, lines: list[Any], action_url: str | None) -> VisitOut:
    """`about`: a row with its store, door and hold."""
    state, day = State(visit.state), clock.local_date(visit.created_at)
    return VisitOut(
        id=visit.id,
        store=StoreName(slug=about.store_slug, name=about.store_name),
        door=about.door_name,
        state=state,
        checkout_mode=visit.checkout_mode,
        promise=PROMISE.get(state, "ended"),
        reason=problem(visit.reason) if visit.reason and state in EXPLAINED else None,
        authenticate_url=action_url if state in ACTION_SHOWN else None,
        hold=Hold(
            amount_cents=about.hold_cents,
            status=HOLD.get(about.hold_status, "none"),
            release_at=about.hold_until if about.hold_status == "held" else None,
        ),
        lines=[_line(line, day) for line in lines if _is_shown(line)],
        unclear=visit.unclear,
        total_cents=visit.total_cents,
        deposit_cents=visit.deposit_cents,
        paid=visit.ordered_at is not None,
        paid_cents=visit.paid_cents,
        open_cents=open_cents(visit),
        waived_cents=visit.waived_cents,
        refunded_cents=visit.refunded_cents,
        created_at=visit.created_at,
        entered_at=visit.entered_at,
        ended_at=visit.ended_at,
        settled_at=visit.settled_at,
        can=_can(visit, state),
    )


def _can(visit: Any, state: State) -> list[Ability]:
    allowed = list(CAN.get(state, []))
    if state == State.SHOPPING and (visit.ordered_at is not None or not visit.items):
        allowed.remove("pay")
    return allowed if state in FINAL and state not in OPEN else [*allowed, "help"]


def _is_shown(line: Any) -> bool:
    return bool(line.scanned or line.sensed or _quantity(line))


def _line(line: Any, day: date) -> Line:
    quantity, net = _quantity(line), net_content.of(line)
    return Line(
        sku=line.sku,
        name=Text(de=line.name_de, en=line.name_en),
        icon=line.icon,
        net=net,
        base_price=base_price.of(line.unit_price_cents, net, day),
        quantity=quantity,
        unit_price_cents=line.unit_price_cents,
        unit_deposit_cents=line.unit_deposit_cents,
        total_cents=quantity * line.unit_price_cents,
        deposit_cents=quantity * line.unit_deposit_cents,
        vat_rate_bp=line.vat_rate_bp,
        sensed=line.sensed,
        scanned=line.scanned,
        corrected=line.corrected,
        sure=not line.weighed or (quantity == line.sensed and not _disputed(line)),
    )


# The tables' own rules, for rows that were not made into objects.
_quantity: Callable[[Any], int] = vars(BasketLine)["quantity"].fget
_disputed: Callable[[Any], bool] = vars(BasketLine)["disputed"].fget
