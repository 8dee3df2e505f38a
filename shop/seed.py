"""A store from an assortment file: operator, doors, devices, shelves, plates, products and first stock."""

import secrets
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlmodel import Session, select

from shop import passwords
from shop.domain import audit, catalog, net_content, rounds, stock
from shop.domain.catalog import Facing, Product, ProductGtin
from shop.domain.fleet import Device, Door, Plate, Shelf
from shop.domain.sign_in import Staff
from shop.domain.tenancy import Operator, Store
from shop.work.rounds import ROUNDS


class In(BaseModel):
    model_config = ConfigDict(extra="ignore")


class StoreIn(In):
    slug: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: str = Field(max_length=200)
    address: str = Field(max_length=200)
    operator: str = Field(max_length=200)
    operator_slug: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    operator_address: str = Field(max_length=200)
    vat_id: str = Field(default="", max_length=20)
    phone: str = Field(default="", max_length=40)
    door: str = Field(default="front", pattern=r"^[a-z0-9-]{1,40}$")
    door_code: str = Field(min_length=6, max_length=64)
    door_code_mode: str = Field(default="sticker", pattern="^(sticker|rotating)$")
    checkout_mode: str = Field(default="pay_in_app", pattern="^(pay_in_app|walk_out)$")
    walk_out_decision: str = Field(default="", max_length=200)
    hold_cents: int = Field(default=5000, ge=100, le=50_000)
    max_inside: int = Field(default=4, ge=1, le=50)
    refund_limit_cents: int = Field(default=1000, ge=0, le=50_000)

    @model_validator(mode="after")
    def _walk_out_was_decided(self) -> "StoreIn":
        if self.checkout_mode == "walk_out" and not self.walk_out_decision:
            raise ValueError("walk_out needs the recorded legal decision (walk_out_decision)")
        return self


TIMING = {name for name in Store.model_fields if name.endswith("_s")}
STORE_FIELDS = {
    "slug",
    "name",
    "address",
    "door_code_mode",
    "checkout_mode",
    "walk_out_decision",
    "hold_cents",
    "max_inside",
    "refund_limit_cents",
}


# One emoji, also one that is put together from several.
_SIGN = "[\u2190-\u2bff\U0001f300-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
ICON = f"^({_SIGN}(\u200d{_SIGN}){{0,3}})?$"


class ArticleIn(In):
    sku: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")
    name_de: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    gtins: list[str] = Field(max_length=10)
    price_cents: int = Field(ge=1, le=100_000)
    deposit_cents: int = Field(default=0, ge=0, le=10_000)
    vat: str = Field(pattern="^(standard|reduced)$")
    net_content: str = Field(default="", max_length=40)
    icon: str = Field(default="", max_length=16, pattern=ICON)
    unit_weight_g: float = Field(gt=0, le=50_000)
    unit_sd_g: float = Field(ge=0, le=5_000)

    @field_validator("net_content")
    @classmethod
    def _is_a_quantity(cls, printed: str) -> str:
        net_content.read(printed)
        return printed


class PlateIn(In):
    plate: int = Field(ge=1, le=200)
    sku: str


class ShelfIn(In):
    id: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    plates: list[PlateIn]


class Assortment(In):
    store: StoreIn
    articles: list[ArticleIn]
    shelves: list[ShelfIn]
    start_stock: dict[str, int]
    timing: dict[str, float] = Field(default_factory=dict)


def read(path: Path) -> Assortment:
    return Assortment.model_validate_json(path.read_bytes())


def sow(tx: Session, wanted: Assortment, *, timing: dict[str, float], staff_email: str) -> dict[str, Any]:
    """Create everything; returns what the installer needs once: device ids and the first login."""
    store = _store(tx, wanted.store, timing)
    door = Door(**store.scope(), name=wanted.store.door, code=wanted.store.door_code)
    tx.add(door)
    tx.flush()
    devices = _devices(tx, store, door, wanted.shelves)
    products = _products(tx, store, wanted.articles)
    _shelves(tx, store, wanted, products)
    password = secrets.token_urlsafe(12)
    tx.add(
        Staff(
            operator_id=store.operator_id,
            email=staff_email,
            name="Erste Anmeldung",
            password_hash=passwords.hashed(password),
        )
    )
    audit.note(tx, door, actor="system", action="store_created", subject=store.slug)
    rounds.begin(tx, ROUNDS)  # a worker that runs already knows nothing of a new operator
    return {
        "store": store.slug,
        "door": {"name": door.name, "code": door.code},
        "devices": [{"id": device.id, "kind": device.kind} for device in devices],
        "staff": {"email": staff_email, "password": password},
    }


def _store(tx: Session, wanted: StoreIn, timing: dict[str, float]) -> Store:
    if tx.exec(select(Store).where(Store.slug == wanted.slug)).first() is not None:
        raise ValueError(f"store {wanted.slug} exists already")
    operator = tx.exec(select(Operator).where(Operator.slug == wanted.operator_slug)).first()
    if operator is None:
        operator = Operator(
            slug=wanted.operator_slug,
            name=wanted.operator,
            address=wanted.operator_address,
            vat_id=wanted.vat_id,
            phone=wanted.phone,
        )
        tx.add(operator)
        tx.flush()
    store = Store(
        operator_id=operator.id,
        **wanted.model_dump(include=STORE_FIELDS),
    )
    for name, seconds in timing.items():
        if name not in TIMING:
            raise ValueError(f"unknown time-out {name}")
        setattr(store, name, seconds)
    tx.add(store)
    tx.flush()
    return store


def _devices(tx: Session, store: Store, door: Door, shelves: list[ShelfIn]) -> list[Device]:
    scope = store.scope()
    devices = [
        Device(id=f"{store.slug}-lock", kind="lock", door_id=door.id, **scope),
        Device(id=f"{store.slug}-contact", kind="contact", door_id=door.id, **scope),
        *(Device(id=f"{store.slug}-{shelf.id}", kind="shelf", **scope) for shelf in shelves),
    ]
    if store.door_code_mode == "rotating":
        devices.append(Device(id=f"{store.slug}-display", kind="display", door_id=door.id, **scope))
    tx.add_all(devices)
    tx.flush()
    return devices


def _products(tx: Session, store: Store, articles: list[ArticleIn]) -> dict[str, Product]:
    scope = store.scope()
    products: dict[str, Product] = {}
    for article in articles:
        net = net_content.read(article.net_content)
        product = Product(
            operator_id=store.operator_id,
            vat_class=article.vat,
            net_amount=net.amount if net else None,
            net_unit=net.unit if net else "",
            **article.model_dump(exclude={"gtins", "price_cents", "vat", "net_content"}),
        )
        tx.add(product)
        tx.flush()
        for gtin in article.gtins:
            tx.add(
                ProductGtin(operator_id=store.operator_id, gtin=catalog.gtin14(gtin), product_id=product.id)
            )
        catalog.set_price(tx, scope, product.id, article.price_cents)
        products[article.sku] = product
    return products


def _shelves(tx: Session, store: Store, wanted: Assortment, products: dict[str, Product]) -> None:
    scope = store.scope()
    for shelf_in in wanted.shelves:
        shelf = Shelf(name=shelf_in.id, device_id=f"{store.slug}-{shelf_in.id}", **scope)
        tx.add(shelf)
        tx.flush()
        facings: dict[str, Facing] = {}
        for plate in shelf_in.plates:
            if plate.sku not in facings:
                facing = Facing(shelf_id=shelf.id, product_id=products[plate.sku].id, **scope)
                tx.add(facing)
                tx.flush()
                facings[plate.sku] = facing
                if wanted.start_stock.get(plate.sku):
                    stock.receive(tx, facing, wanted.start_stock[plate.sku])
            tx.add(Plate(shelf_id=shelf.id, number=plate.plate, facing_id=facings[plate.sku].id, **scope))
