"""What the app is shown of a store, its goods, a customer and her cards."""

from typing import Literal, cast

from pydantic import BaseModel
from sqlmodel import Session

from shop.api import sessions
from shop.api.errors import Problem, Text, problem
from shop.api.repeats import Once
from shop.domain import base_price, catalog, clock, customers, entry, fleet, sign_in, visits
from shop.domain.base_price import BasePrice
from shop.domain.customers import Customer, PaymentMethod, Shopper
from shop.domain.net_content import NetContent
from shop.domain.tenancy import Operator, Store

Language = Literal["de", "en"]
CheckoutMode = Literal["pay_in_app", "walk_out"]


class MethodOut(BaseModel):
    id: str
    status: Literal["starting", "open", "saved", "failed"]
    setup_url: str | None
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None
    is_default: bool


class CustomerOut(BaseModel):
    id: str
    email: str
    language: Language
    payment_methods: list[MethodOut]
    open_visit_id: str | None


class SessionOut(sessions.Session):
    customer: CustomerOut


class StoreOut(BaseModel):
    slug: str
    name: str
    address: str
    phone: str  # to call when help is needed; readable offline once it was seen
    checkout_mode: CheckoutMode
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
    icon: str  # one emoji, or nothing
    net: NetContent | None
    base_price: BasePrice | None  # of one kilogram or litre, without deposit


def method_out(method: PaymentMethod, *, is_default: bool) -> MethodOut:
    return MethodOut(
        **method.model_dump(include={"id", "status", "setup_url", "brand", "last4", "exp_month", "exp_year"}),
        is_default=is_default,
    )


def methods_out(tx: Session, customer_id: str) -> list[MethodOut]:
    found = customers.methods_of(tx, customer_id)
    default = next((m.id for m in found if m.status == "saved"), None)
    return [method_out(method, is_default=method.id == default) for method in found]


def customer_out(tx: Session, customer: Customer | Shopper) -> CustomerOut:
    current = visits.open_visit_of(tx, customer.id)
    return CustomerOut(
        id=customer.id,
        email=customer.email,
        language=cast(Language, customer.language),
        payment_methods=methods_out(tx, customer.id),
        open_visit_id=current.id if current else None,
    )


def signed_in(tx: Session, customer: Customer, once: Once, user_agent: str) -> SessionOut:
    """A new session of hers, as it is kept to be told again; `sessions.opened` tells it."""
    salt, her = sessions.salt(), customer.id
    token = once.secret(salt)
    sign_in.open_session(tx, customer.operator_id, token, customer_id=her, user_agent=user_agent)
    return SessionOut(token=salt, customer=customer_out(tx, customer))


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
    gtins, today = catalog.gtins_of(tx, store.operator_id), clock.local_date()
    return [
        ProductOut(
            sku=found.sku,
            gtins=gtins.get(found.product_id, []),
            name=Text(de=found.name_de, en=found.name_en),
            price_cents=found.price_cents,
            deposit_cents=found.deposit_cents,
            vat=found.vat_class,
            icon=found.icon,
            net=found.net,
            base_price=base_price.of(found.price_cents, found.net, today),
        )
        for found in catalog.offers_of(tx, store.id)
    ]
