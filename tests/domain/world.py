"""A small village shop for tests, and the shop of another operator next door."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sqlmodel import Session, SQLModel

from shop.domain import catalog, clock, stock
from shop.domain.catalog import Facing, Price, Product, ProductGtin
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.fleet import Device, Door, Plate, Shelf
from shop.domain.tenancy import Operator, Scope, Store

Row = TypeVar("Row", bound=SQLModel)

STOCK = 100
DOOR_CODE = "WIZ-FRONT"
FOREIGN_DOOR_CODE = "ESW-FRONT"


@dataclass(frozen=True)
class Article:
    """An article as the tests speak of it; `plates` are where it stands, none means beside the shelves."""

    sku: str
    gtin: str
    vat_class: str
    price: int
    deposit: int
    grams: float
    sd: float
    plates: tuple[int, ...]
    content: tuple[int | None, str] = (None, "")
    icon: str = ""


MILK = Article("milk", "4000000000011", "reduced", 129, 0, 1060.0, 3.0, (1,), (1000, "ml"), "🥛")
COLA = Article("cola", "4000000000028", "standard", 99, 25, 540.0, 2.0, (2, 3), (330, "ml"), "🥤")
CHEESE = Article("cheese", "4000000000035", "reduced", 349, 0, 210.0, 2.0, (4,), (200, "g"), "🧀")
PENCIL = Article("pencil", "4000000000042", "standard", 30, 0, 12.0, 0.5, ())
ARTICLES = (MILK, COLA, CHEESE, PENCIL)

SHELF_DEVICE = "shelf-1"
LOCK_DEVICE = "lock-1"
CONTACT_DEVICE = "contact-1"


@dataclass(frozen=True)
class World:
    operator_id: str
    store_id: str
    door_id: str
    anna_id: str
    ben_id: str
    carla_id: str
    foreigner_id: str
    foreign_store_id: str
    products: dict[str, str]  # SKU -> product id
    facings: dict[str, str]  # SKU -> facing id

    def scope(self) -> Scope:
        return Scope(operator_id=self.operator_id, store_id=self.store_id)


def seed(tx: Session) -> World:
    store, door = _store(tx, "witzenhausen", DOOR_CODE)
    scope = Scope(operator_id=store.operator_id, store_id=store.id)
    _save(tx, Device(**scope, id=LOCK_DEVICE, kind="lock", door_id=door.id, online=True, egress="mechanical"))
    _save(tx, Device(**scope, id=CONTACT_DEVICE, kind="contact", door_id=door.id, online=True))
    _save(tx, Device(**scope, id=SHELF_DEVICE, kind="shelf", online=True))
    shelf = _save(tx, Shelf(**scope, name="A", device_id=SHELF_DEVICE))
    products, facings = {}, {}
    for article in ARTICLES:
        product = _article(tx, scope, article)
        products[article.sku] = product.id
        if article.plates:
            facing = _save(tx, Facing(**scope, shelf_id=shelf.id, product_id=product.id))
            for number in article.plates:
                _save(tx, Plate(**scope, shelf_id=shelf.id, number=number, facing_id=facing.id))
            stock.receive(tx, facing, STOCK)
            facings[article.sku] = facing.id
    _save(tx, Plate(**scope, shelf_id=shelf.id, number=9))
    customers = [_customer(tx, store.operator_id, name) for name in ("anna", "ben", "carla")]
    foreign_store, _ = _store(tx, "eschwege", FOREIGN_DOOR_CODE)
    foreigner = _customer(tx, foreign_store.operator_id, "anna")
    return World(
        operator_id=store.operator_id,
        store_id=store.id,
        door_id=door.id,
        anna_id=customers[0].id,
        ben_id=customers[1].id,
        carla_id=customers[2].id,
        foreigner_id=foreigner.id,
        foreign_store_id=foreign_store.id,
        products=products,
        facings=facings,
    )


def _store(tx: Session, slug: str, door_code: str) -> tuple[Store, Door]:
    operator = _save(tx, Operator(slug=slug, name=f"Dorfladen {slug}", address="Markt 1, 37213 Witzenhausen"))
    store = _save(
        tx, Store(operator_id=operator.id, slug=slug, name=f"Dorfladen {slug}", address="Markt 1", quiet_s=30)
    )
    door = _save(
        tx,
        Door(
            operator_id=operator.id,
            store_id=store.id,
            name="front",
            code=door_code,
            exit_tested_at=clock.now() - timedelta(days=30),
            exit_test_passed=True,
            exit_tested_by="staff:1",
        ),
    )
    return store, door


def _article(tx: Session, scope: Scope, article: Article) -> Product:
    product = _save(
        tx,
        Product(
            operator_id=scope["operator_id"],
            sku=article.sku,
            name_de=article.sku.title(),
            name_en=article.sku.title(),
            vat_class=article.vat_class,
            deposit_cents=article.deposit,
            net_amount=article.content[0],
            net_unit=article.content[1],
            icon=article.icon,
            unit_weight_g=article.grams,
            unit_sd_g=article.sd,
        ),
    )
    _save(
        tx,
        ProductGtin(
            operator_id=product.operator_id, gtin=catalog.gtin14(article.gtin), product_id=product.id
        ),
    )
    since = clock.now() - timedelta(days=1)
    _save(tx, Price(**scope, product_id=product.id, cents=article.price, valid_from=since))
    return product


def _customer(tx: Session, operator_id: str, name: str) -> Customer:
    customer = _save(
        tx, Customer(operator_id=operator_id, email=f"{name}@example.org", provider_id=f"cus_{name}")
    )
    _save(
        tx,
        PaymentMethod(
            operator_id=operator_id,
            customer_id=customer.id,
            status="saved",
            provider_id=f"pm_{name}",
            brand="visa",
            last4="4242",
        ),
    )
    return customer


def _save(tx: Session, row: Row) -> Row:
    """In the order of foreign keys, which rows without relationships do not know."""
    tx.add(row)
    tx.flush()
    return row
