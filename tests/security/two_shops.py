"""Two operators with full data in one database, and what belongs to whom in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, select

from shop import seed
from shop.db import Database
from shop.domain import (
    basket,
    catalog,
    clock,
    door_codes,
    help,
    inbox,
    incidents,
    objections,
    pages,
    refunds,
    repeats,
    settlement,
    sign_in,
)
from shop.domain.catalog import Facing
from shop.domain.consents import Consent
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.fleet import Device, Door
from shop.domain.gateways import GatewayLease
from shop.domain.objections import Why
from shop.domain.passkeys import CHALLENGE_VALID, Passkey, PasskeyChallenge
from shop.domain.payments import Payment
from shop.domain.ports import RefundState
from shop.domain.sign_in import Staff
from shop.domain.tables import METADATA
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import seen_now, visit_in
from tests.domain.world import World

SHORTEST_SECRET = 6  # shorter texts (a language, a VAT class) say nothing about anybody


@dataclass(frozen=True)
class Premises:
    """One operator: her shop, her two shoppers, her person at the desk."""

    slug: str
    world: World
    staff_id: str
    own_sku: str  # sold here only
    own_gtin: str
    door_code: str

    def email(self, name: str) -> str:
        return f"{name}@{self.slug}.example"

    @property
    def keys(self) -> set[str]:
        """A row that holds one of these belongs to this operator."""
        people = {f"shopper:{self.world.anna_id}", f"shopper:{self.world.ben_id}", f"staff:{self.staff_id}"}
        return {self.world.operator_id, self.world.store_id, *people}


def furnish(tx: Session, slug: str, number: int, states: Iterable[State] = State) -> Premises:
    """Each shopper has a visit in each of these states; with all of them no table is without a row."""
    own_sku, own_gtin = f"only-in-{slug}", f"20000000000{number}1"
    door_code = f"{slug.upper()}-DOOR"
    seed.sow(
        tx,
        _assortment(slug, number, own_sku, own_gtin, door_code),
        timing={},
        staff_email=f"desk@{slug}.example",
    )
    store = tx.exec(select(Store).where(Store.slug == slug)).one()
    door = tx.exec(select(Door).where(Door.store_id == store.id)).one()
    door.exit_tested_at, door.exit_test_passed, door.exit_tested_by = clock.now(), True, f"Tester {slug}"
    for device in tx.exec(select(Device).where(Device.store_id == store.id)):
        device.online, device.egress = True, "mechanical"
    people = [_customer(tx, store.operator_id, slug, name) for name in ("anna", "ben")]
    facings = {
        facing.product_id: facing.id for facing in tx.exec(select(Facing)) if facing.store_id == store.id
    }
    world = World(
        operator_id=store.operator_id,
        store_id=store.id,
        door_id=door.id,
        anna_id=people[0],
        ben_id=people[1],
        carla_id="",
        foreigner_id="",
        foreign_store_id="",
        products={},
        facings=facings,
    )
    staff = tx.exec(select(Staff).where(Staff.operator_id == store.operator_id)).one()
    for person in people:
        for state in states:
            _remember(tx, visit_in(tx, replace(world, anna_id=person), state), slug)
    texts = {language: f"Terms of {slug} in {language}" for language in pages.LANGUAGES}
    pages.publish(tx, store.operator_id, staff.id, "terms", texts)
    for person in people:
        hers = {"operator_id": store.operator_id, "customer_id": person}
        tx.add(Consent.model_validate(hers | {"kind": "terms", "version": 1}))
    theirs = {"operator_id": store.operator_id, "store_id": store.id}
    inbox.keep(tx, "stripe", f"evt_{slug}", "payment_intent.succeeded", {}, **theirs)
    door_codes.renew(tx, door.id)
    tx.add(GatewayLease(store_id=store.id, gateway=f"gateway-{number}"))
    for who in (*(f"shopper:{person}" for person in people), f"staff:{staff.id}"):
        repeats.claim(tx, who, "a key", "a request")
        repeats.keep(tx, who, "a key", 200, f"an answer kept in {slug} for {who}")
    return Premises(slug, world, staff.id, own_sku, own_gtin, door_code)


def _assortment(slug: str, number: int, sku: str, gtin: str, door_code: str) -> seed.Assortment:
    def article(sku: str, gtin: str) -> dict[str, Any]:
        names = {"name_de": f"{sku} von {slug}", "name_en": f"{sku} of {slug}"}
        money = {"price_cents": 99, "deposit_cents": 25, "vat": "standard"}
        return {"sku": sku, "gtins": [gtin], "unit_weight_g": 540, "unit_sd_g": 2, **names, **money}

    return seed.Assortment.model_validate(
        {
            "store": {
                "slug": slug,
                "name": f"Dorfladen {slug}",
                "address": f"Markt {number}, {slug}",
                "operator": f"Genossenschaft {slug}",
                "operator_slug": f"eg-{slug}",
                "operator_address": f"Gasse {number}, {slug}",
                "vat_id": f"DE99999999{number}",
                "phone": f"+49 5542 00000{number}",
                "door": f"door-of-{slug}",
                "door_code": door_code,
            },
            "articles": [article("cola", f"40000000000{number}8"), article(sku, gtin)],
            "shelves": [
                {"id": f"shelf-{slug}", "plates": [{"plate": 1, "sku": "cola"}, {"plate": 2, "sku": sku}]}
            ],
            "start_stock": {"cola": 500, sku: 500},
        }
    )


def _customer(tx: Session, operator_id: str, slug: str, name: str) -> str:
    customer = Customer(
        operator_id=operator_id, email=f"{name}@{slug}.example", provider_id=f"cus_{name}_{slug}"
    )
    tx.add(customer)
    tx.flush()
    for status in ("saved", "open"):
        tx.add(
            PaymentMethod(
                operator_id=operator_id,
                customer_id=customer.id,
                status=status,
                provider_id=f"pm_{name}_{slug}_{status}",
                setup_session=f"cs_{name}_{slug}_{status}",
                setup_url=f"https://bank.example/{name}/{slug}/{status}",
                brand="visa",
                last4="4242",
            )
        )
    sign_in.ask_code(tx, operator_id, customer.email, "de")
    sign_in.open_session(tx, operator_id, customer_id=customer.id)
    theirs = {"operator_id": operator_id, "customer_id": customer.id}
    # base64url, as all of WebAuthn: lengths that are one more than a multiple of four are none
    for number in "12":  # one of them is removed
        key = {
            "credential_id": f"{slug}-{name}-{number}".ljust(24, "_"),
            "name": f"Passkey of {name} of {slug}",
        }
        tx.add(Passkey.model_validate(theirs | key | {"public_key": f"public_{name}_{slug}_{number}"}))
    challenge = {"id": f"challenge_{name}_{slug}", "expires_at": clock.now() + CHALLENGE_VALID}
    tx.add(PasskeyChallenge.model_validate(theirs | challenge))
    return customer.id


def _remember(tx: Session, visit: Visit, slug: str) -> None:
    """What a visit leaves behind beside itself: an alarm, a help call, a question that names a plate."""
    help.call(tx, visit, "question", f"a question from {slug} about {visit.id}")
    incidents.open_one(
        tx, visit, "unclear_pick", visit_id=visit.id, candidates=[visit.id], note=f"seen in {slug}"
    )
    if visit.state == State.SHOPPING:
        basket.set_quantity(tx, visit, "cola", 1)
        own = catalog.offer_by_sku(tx, visit.store_id, f"only-in-{slug}")
        basket.sensed(tx, visit, own, 1, seen_now() | {"shelf": f"shelf-{slug}"})
    if visit.state == State.SETTLED:
        _give_back(tx, visit)


def _give_back(tx: Session, visit: Visit) -> None:
    """She has paid, and says of two colas that they are not hers; her bank refuses what goes back."""
    hold = tx.get_one(Payment, visit.hold_id)
    hold.status, hold.captured_cents = "captured", visit.total_cents
    settlement.received(tx, visit, hold, visit.total_cents)
    visit.settled_at = clock.now()
    store = tx.get_one(Store, visit.store_id)
    for limit in (1000, 0):  # the second waits for a person
        store.refund_limit_cents = limit
        tx.flush()
        objections.contest(
            tx, visit.customer_id, visit.id, sku="cola", quantity=1, why=Why.NOT_MINE, text="not mine"
        )
    [refund] = refunds.of_visit(tx, visit.id)
    refunds.told(tx, RefundState("failed", f"re_{visit.id}", refund.id, why="lost_or_stolen_card"))


def rows_about(database: Database, keys: set[str]) -> dict[str, list[str]]:
    """Table -> its rows that hold one of these values, as texts to compare."""
    found: dict[str, list[str]] = {}
    for table, row in _rows(database):
        if keys & set(_texts(row)):
            found.setdefault(table, []).append(repr(row))
    return {table: sorted(rows) for table, rows in found.items()}


def told_only_about(database: Database, keys: set[str]) -> set[str]:
    """Every text that stands in rows about them and in nobody else's: no answer to others may hold one."""
    theirs: set[str] = set()
    others: set[str] = set()
    for _, row in _rows(database):
        texts = set(_texts(row))
        (theirs if keys & texts else others).update(texts)
    return {text for text in theirs - others if len(text) >= SHORTEST_SECRET}


def _rows(database: Database) -> Iterator[tuple[str, tuple[Any, ...]]]:
    with database.reading() as tx:
        connection = tx.connection()
        for table in METADATA.sorted_tables:
            for row in connection.execute(table.select()):
                yield table.name, tuple(row)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
