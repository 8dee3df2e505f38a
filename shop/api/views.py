"""What the app is shown of a visit, a store, a customer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from shop.api.errors import Problem, Text, problem
from shop.domain import basket, catalog, customers, entry, fleet, payments, visits
from shop.domain.basket import BasketLine
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.fleet import Door
from shop.domain.payments import Payment
from shop.domain.tenancy import Operator, Store
from shop.domain.visit_states import FINAL, OPEN, State
from shop.domain.visits import Visit

Promise = Literal["asking", "card_hold", "authenticate", "unlocking", "unlocked", "open", "ended"]

PROMISE: dict[State, Promise] = {
    State.REQUESTED: "card_hold",
    State.AUTHENTICATING: "authenticate",
    State.ADMITTED: "unlocking",
    State.UNLOCKED: "unlocked",
    State.SHOPPING: "open",
}
CAN: dict[State, list[str]] = {
    State.REQUESTED: ["cancel"],
    State.AUTHENTICATING: ["cancel"],
    State.ADMITTED: ["cancel"],
    State.SHOPPING: ["scan", "correct", "pay", "leave"],
    State.PAYMENT_DUE: ["pay"],
}


# Elsewhere the reason is history: what she was asked to do is done.
EXPLAINED = frozenset({State.REFUSED, State.ABANDONED, State.IN_REVIEW, State.PAYMENT_DUE})


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
    checkout_mode: str
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
    created_at: datetime
    entered_at: datetime | None
    ended_at: datetime | None
    settled_at: datetime | None
    can: list[str]


class MethodOut(BaseModel):
    id: str
    status: str
    setup_url: str | None
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None
    is_default: bool


class CustomerOut(BaseModel):
    id: str
    email: str
    language: str
    payment_methods: list[MethodOut]
    open_visit_id: str | None


class StoreOut(BaseModel):
    slug: str
    name: str
    address: str
    phone: str  # to call when help is needed; readable offline once it was seen
    checkout_mode: str
    hold_cents: int
    open: bool
    refusal: Problem | None
    people_inside: int


class ProductOut(BaseModel):
    sku: str
    gtins: list[str]
    name: Text
    price_cents: int
    deposit_cents: int
    vat: str
    net_content: str


# Asked for every picture of a visit, so built once and without rows of our own.
_WHERE = (
    select(Store.slug, Store.name, Door.name)
    .join(Door, col(Door.store_id) == col(Store.id))
    .where(Door.id == bindparam("door"))
)


def visit_out(tx: Session, visit: Visit) -> VisitOut:
    state = State(visit.state)
    slug, store, door = tx.connection().execute(_WHERE, {"door": visit.door_id}).one()
    lines = basket.lines_of(tx, visit.id)
    money = payments.of_visit(tx, visit.id)
    action = next((p.action_url for p in reversed(money) if p.status == "action"), None)
    return VisitOut(
        id=visit.id,
        store=StoreName(slug=slug, name=store),
        door=door,
        state=state,
        checkout_mode=visit.checkout_mode,
        promise=PROMISE.get(state, "ended"),
        reason=problem(visit.reason) if visit.reason and state in EXPLAINED else None,
        authenticate_url=action if state in (State.AUTHENTICATING, State.SETTLING) else None,
        hold=_hold(next(p for p in money if p.id == visit.hold_id)),
        lines=[_line(line) for line in lines if line.quantity or line.sensed or line.scanned],
        unclear=visit.unclear,
        total_cents=visit.total_cents,
        deposit_cents=visit.deposit_cents,
        paid=visit.ordered_at is not None,
        paid_cents=visit.paid_cents,
        open_cents=visit.open_cents,
        waived_cents=visit.waived_cents,
        created_at=visit.created_at,
        entered_at=visit.entered_at,
        ended_at=visit.ended_at,
        settled_at=visit.settled_at,
        can=_can(visit, state),
    )


def _can(visit: Visit, state: State) -> list[str]:
    allowed = list(CAN.get(state, []))
    if state == State.SHOPPING and (visit.ordered_at is not None or not visit.items):
        allowed.remove("pay")
    return allowed if state in FINAL and state not in OPEN else [*allowed, "help"]


def _hold(payment: Payment) -> Hold:
    shown: dict[str, Literal["placed", "captured", "released"]] = {
        "held": "placed",
        "captured": "captured",
        "released": "released",
    }
    return Hold(
        amount_cents=payment.amount_cents,
        status=shown.get(payment.status, "none"),
        release_at=payment.capture_before if payment.status == "held" else None,
    )


def _line(line: BasketLine) -> Line:
    return Line(
        sku=line.sku,
        name=Text(de=line.name_de, en=line.name_en),
        quantity=line.quantity,
        unit_price_cents=line.unit_price_cents,
        unit_deposit_cents=line.unit_deposit_cents,
        total_cents=line.quantity * line.unit_price_cents,
        deposit_cents=line.quantity * line.unit_deposit_cents,
        vat_rate_bp=line.vat_rate_bp,
        sensed=line.sensed,
        scanned=line.scanned,
        corrected=line.corrected,
        sure=not line.weighed or (line.quantity == line.sensed and not line.disputed),
    )


def method_out(method: PaymentMethod, *, is_default: bool) -> MethodOut:
    return MethodOut(
        **method.model_dump(include={"id", "status", "setup_url", "brand", "last4", "exp_month", "exp_year"}),
        is_default=is_default,
    )


def methods_out(tx: Session, customer_id: str) -> list[MethodOut]:
    found = customers.methods_of(tx, customer_id)
    default = next((m.id for m in found if m.status == "saved"), None)
    return [method_out(method, is_default=method.id == default) for method in found]


def customer_out(tx: Session, customer: Customer) -> CustomerOut:
    current = visits.open_visit_of(tx, customer.id)
    return CustomerOut(
        id=customer.id,
        email=customer.email,
        language=customer.language,
        payment_methods=methods_out(tx, customer.id),
        open_visit_id=current.id if current else None,
    )


def store_out(tx: Session, store: Store) -> StoreOut:
    refusals = [entry.why_not_open(tx, store, door) for door in fleet.doors_of(tx, store.id)]
    refusal = refusals[0] if refusals and None not in refusals else None
    return StoreOut(
        **store.model_dump(include={"slug", "name", "address", "checkout_mode", "hold_cents"}),
        phone=tx.get_one(Operator, store.operator_id).phone,
        open=bool(refusals) and refusal is None,
        refusal=problem(refusal.code, available_at=refusal.available_at) if refusal else None,
        people_inside=visits.people_inside(tx, store.id),
    )


def products_out(tx: Session, store: Store) -> list[ProductOut]:
    gtins = catalog.gtins_of(tx, store.operator_id)
    return [
        ProductOut(
            sku=found.product.sku,
            gtins=gtins.get(found.product.id, []),
            name=Text(de=found.product.name_de, en=found.product.name_en),
            price_cents=found.price_cents,
            deposit_cents=found.product.deposit_cents,
            vat=found.product.vat_class,
            net_content=found.product.net_content,
        )
        for found in catalog.offers_of(tx, store.id)
    ]
