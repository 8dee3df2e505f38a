"""A real service on a real database in which every visit stands still: no worker, no gateway, no hardware."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from sqlmodel import Session

from shop.api.deps import OurOperator
from shop.app import create_app
from shop.db import Database
from shop.domain import catalog, clock, consents, ids, pages, sign_in, stock
from shop.domain.catalog import Facing, Product
from shop.domain.consents import Consent
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.door_codes import DoorCode
from shop.domain.fleet import Device, Door
from shop.domain.payments import Payment
from shop.domain.tenancy import Operator, Scope, Store
from shop.domain.visit_states import OPEN, State
from shop.domain.visits import Visit
from simulators.demo.processes import free_ports
from tests.api.rigs import settings
from tests.api.serving import served
from tests.browser.walkable import PATIENCE_MS
from tests.domain.world import World

OPERATOR = "witzenhausen"
OLD_CODE = "K7Q29MXD4TBA"  # was on the display five minutes ago
SOLD_OUT = "nudeln-10"
FULL = "zu-voll"  # after the other one, which is the first to be chosen
# as long as names of goods really get: nothing on a narrow screen may be cut
LONG_NAME = "Bio-Rhabarbersaftschorle, Streuobst, Mehrwegflasche 0,75 l"
REASONS = {
    State.REFUSED: "card_declined",
    State.ABANDONED: "door_did_not_answer",
    State.IN_REVIEW: "unclear_goods",
    State.PAYMENT_DUE: "card_declined",
}


@dataclass(frozen=True)
class Showroom:
    folder: Path
    port: int
    database: Database
    world: World

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"  # no passkey can be for an address of numbers

    def seen_by(self, customer_id: str) -> World:
        """The same shop; who is anna there is this customer here."""
        return replace(self.world, anna_id=customer_id)

    def complete(self, tx: Session, visit: Visit) -> None:
        """With what jobs would have added: why it stands so, and the money."""
        visit.reason = REASONS.get(State(visit.state))
        if visit.state not in OPEN:
            visit.ended_at = clock.now()
        if visit.state == State.SETTLED:
            visit.paid_cents = visit.total_cents
            tx.get_one(Payment, visit.hold_id).status = "captured"
        tx.add(visit)
        tx.flush()

    def token(self, customer_id: str) -> str:
        with self.database.transaction() as tx:
            return sign_in.open_session(tx, self.world.operator_id, customer_id=customer_id)


def furnished(seeded: Path, world: World, folder: Path) -> Showroom:
    path = folder / "shop.db"
    path.write_bytes(seeded.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.transaction() as tx:
        _furnish(tx, world)
    return Showroom(folder, free_ports(1)[0], database, world)


def publish_terms(room: Showroom) -> None:
    texts = {"de": "# Nutzungsbedingungen\n\nWer nimmt, zahlt.", "en": "# Terms of use\n\nWho takes pays."}
    with room.database.transaction() as tx:
        pages.publish(tx, room.world.operator_id, "1", "terms", texts)


@contextmanager
def opened(room: Showroom) -> Iterator[None]:
    """Its service runs; may be closed and opened again."""
    app = create_app(settings(room.folder, public_url=room.url), Database(room.database.url))
    app.state.operator = OurOperator(OPERATOR)
    with served(app, port=room.port):
        yield


def phone(browser: Browser, room: Showroom, customer_id: str | None, **options: Any) -> BrowserContext:
    """Of this customer, or of somebody who is not signed in."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE_MS)
    if customer_id is not None:
        context.add_cookies([{"name": "shop_session", "value": room.token(customer_id), "url": room.url}])
    return context


def comes_true(page: Page, expression: str) -> None:
    """Playwright's own way to wait for an expression compiles it in the page, which its policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"{expression} did not come true"
        page.wait_for_timeout(50)


def _furnish(tx: Session, world: World) -> None:
    tx.get_one(Operator, world.operator_id).phone = "+49 5542 1234567"
    store = tx.get_one(Store, world.store_id)
    store.name, store.address = "Dorfladen Witzenhausen", "Am Markt 1, 37213 Witzenhausen"
    store.max_inside = 10_000  # scenes leave people inside
    cola = tx.get_one(Product, world.products["cola"])
    cola.name_de, cola.name_en = LONG_NAME, "Organic rhubarb spritzer"
    cola.net_amount = 750
    until = clock.now() - timedelta(minutes=5)
    old = DoorCode(**world.scope(), code=OLD_CODE, door_id=world.door_id, until=until)
    tx.add_all([store, cola, old])
    _full_store(tx, world)
    for number in range(1, 11):
        product = _noodles(tx, world, number)
        if product.sku == SOLD_OUT:
            shelf_id = tx.get_one(Facing, world.facings["cola"]).shelf_id
            facing = Facing(**world.scope(), shelf_id=shelf_id, product_id=product.id)
            tx.add(facing)
            tx.flush()
            stock.receive(tx, facing, 1)
            stock.stocktake(tx, facing, counted=0)


def _noodles(tx: Session, world: World, number: int) -> Product:
    """More of them than a list of what was found shows."""
    names = {"name_de": f"Bandnudeln Nr. {number}", "name_en": f"Ribbon noodles no. {number}"}
    what = {"vat_class": "reduced", "net_amount": 500, "net_unit": "g", "icon": "🍜"}
    measures = {"unit_weight_g": 506.0, "unit_sd_g": 1.8}
    product = Product.model_validate(
        {"operator_id": world.operator_id, "sku": f"nudeln-{number}"} | names | what | measures
    )
    tx.add(product)
    tx.flush()
    catalog.set_price(tx, world.scope(), product.id, 129)
    return product


def _full_store(tx: Session, world: World) -> None:
    operator = world.operator_id
    store = Store(
        operator_id=operator, slug=FULL, name="Hofladen Ermschwerd", address="Dorfstr. 7", max_inside=0
    )
    tx.add(store)
    tx.flush()
    scope = Scope(operator_id=operator, store_id=store.id)
    door = Door(
        **scope,
        name="front",
        code="ERM-FRONT",
        exit_tested_at=clock.now(),
        exit_test_passed=True,
        exit_tested_by="staff:1",
    )
    tx.add(door)
    tx.flush()
    tx.add(Device(**scope, id="lock-2", kind="lock", door_id=door.id, online=True, egress="mechanical"))
    tx.flush()


def newcomer(tx: Session, room: Showroom, name: str) -> str:
    """Who has agreed to nothing yet."""
    row = Customer(operator_id=room.world.operator_id, email=f"{name}-{ids.new().lower()}@example.org")
    tx.add(row)
    tx.flush()
    return row.id


def customer(tx: Session, room: Showroom, name: str) -> str:
    """A new one, without a card."""
    her = newcomer(tx, room, name)
    hers = {"operator_id": room.world.operator_id, "customer_id": her}
    for kind, version in consents.due(tx, **hers).items():
        tx.add(Consent.model_validate(hers | {"kind": kind, "version": version}))
    return her


def visitor(tx: Session, room: Showroom, name: str) -> str:
    """With a card."""
    her = customer(tx, room, name)
    tx.add(
        PaymentMethod(
            operator_id=room.world.operator_id,
            customer_id=her,
            status="saved",
            provider_id=f"pm_{her}",
            brand="visa",
            last4="4242",
            exp_month=3,
            exp_year=2031,
        )
    )
    tx.flush()
    return her
