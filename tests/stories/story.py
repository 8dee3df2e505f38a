"""A story's stage: one shop with shoppers, shelves, door, bank and clock, around the bare domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlmodel import Session, SQLModel, select

from shop.db import Database
from shop.domain import (
    basket,
    clock,
    customers,
    doors,
    ending,
    entry,
    jobs,
    ledger,
    lifecycle,
    payments,
    picks,
    reviews,
    settlement,
    stock,
    visits,
)
from shop.domain import help as helping
from shop.domain.basket import BasketLine
from shop.domain.catalog import Price
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.errors import Refusal
from shop.domain.fleet import Device, Door, Plate
from shop.domain.incidents import Incident
from shop.domain.ledger import Account
from shop.domain.receipts import SALE, Receipt
from shop.domain.tenancy import Store
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from tests.domain.world import ARTICLES, DOOR_CODE, LOCK_DEVICE, SHELF_DEVICE, World
from tests.stories.bank import Bank
from tests.stories.time_machine import TimeMachine
from tests.stories.work import Workshop

BY_SKU = {article.sku: article for article in ARTICLES}


class Story:
    def __init__(self, database: Database, world: World, time: TimeMachine) -> None:
        self.database, self.world, self.time = database, world, time
        self.bank = Bank()
        self.work = Workshop(database, self.bank)
        self.expected_troubles: set[str] = set()
        self.anna = Shopper(self, world.anna_id)
        self.ben = Shopper(self, world.ben_id)
        self.carla = Shopper(self, world.carla_id)
        self.foreigner = Shopper(self, world.foreigner_id)

    def wait(self, seconds: float) -> None:
        """Time passes, and what becomes due meanwhile is done at its time."""
        end = clock.now() + timedelta(seconds=seconds)
        self.work.run()
        while (due := self.work.next_due()) is not None and due <= end:
            self.time.forward(due)
            self.work.run()
        self.time.forward(end)

    def configure(self, **settings: object) -> None:
        self._set(Store, self.world.store_id, settings)

    def configure_door(self, **settings: object) -> None:
        self._set(Door, self.world.door_id, settings)

    def configure_lock(self, **settings: object) -> None:
        self._set(Device, LOCK_DEVICE, settings)

    def block(self, shopper: "Shopper") -> None:
        self._set(Customer, shopper.customer_id, {"blocked_at": clock.now()})

    def lose_card(self, shopper: "Shopper") -> None:
        with self.database.reading() as tx:
            card = customers.default_method(tx, shopper.customer_id)
        self._set(PaymentMethod, card.id, {"status": "failed"})

    def withdraw_price(self, sku: str) -> None:
        with self.database.reading() as tx:
            price = tx.exec(select(Price).where(Price.product_id == self.world.products[sku])).one()
        self._set(Price, price.id, {"valid_to": clock.now()})

    def hears_from_bank(self, visit_id: str) -> None:
        """The bank's news about every payment of this visit, as its webhooks bring them."""
        with self.database.transaction() as tx:
            for payment in payments.of_visit(tx, visit_id):
                jobs.add(
                    tx,
                    operator_id=payment.operator_id,
                    store_id=None,
                    kind="payment_news",
                    subject=str(payment.provider_id),
                    provider_id=payment.provider_id,
                )
        self.work.run()

    def _set(self, table: type[SQLModel], key: str, settings: dict[str, object]) -> None:
        with self.database.transaction() as tx:
            row = tx.get_one(table, key)
            for name, value in settings.items():
                setattr(row, name, value)

    # what the door and the shelves report

    def handle_turned(self) -> None:
        with self.database.transaction() as tx:
            doors.handle_turned(tx, self._door(tx), clock.now())

    def door_opens(self) -> None:
        with self.database.transaction() as tx:
            doors.opened(tx, self._door(tx), clock.now())

    def door_closes(self) -> None:
        with self.database.transaction() as tx:
            doors.closed(tx, self._door(tx), clock.now())

    def door_from_inside(self) -> None:
        self.handle_turned()
        self.door_opens()
        self.time.forward(clock.now() + timedelta(seconds=3))
        self.door_closes()
        self.work.run()

    def shelf(
        self,
        sku: str,
        *,
        units: float = 0,
        grams: float | None = None,
        plate: int | None = None,
        before: int = 10_000,
        seconds_ago: float = 0,
    ) -> None:
        """One settled change on a plate: grams, or whole or broken units of its article."""
        article = BY_SKU[sku]
        delta = round(grams if grams is not None else units * article.grams)
        number = article.plates[0] if plate is None else plate
        at = clock.now() - timedelta(seconds=seconds_ago)
        change = picks.PlateChange(SHELF_DEVICE, number, at, after_g=before + delta, delta_g=delta)
        with self.database.transaction() as tx:
            picks.plate_changed(tx, change)

    # what is on record

    def state(self, visit_id: str) -> State:
        return State(self.visit(visit_id).state)

    def visit(self, visit_id: str) -> Visit:
        with self.database.reading() as tx:
            return tx.get_one(Visit, visit_id)

    def lines(self, visit_id: str) -> dict[str, int]:
        with self.database.reading() as tx:
            return {line.sku: line.quantity for line in basket.lines_of(tx, visit_id) if line.quantity}

    def line(self, visit_id: str, sku: str) -> BasketLine:
        with self.database.reading() as tx:
            return next(line for line in basket.lines_of(tx, visit_id) if line.sku == sku)

    def books(self, visit_id: str) -> dict[Account, int]:
        with self.database.reading() as tx:
            return {account: cents for account, cents in ledger.balances(tx, visit_id).items() if cents}

    def mails(self) -> list[str]:
        return self.work.postbox.subjects

    def on_hand(self, sku: str) -> int:
        with self.database.reading() as tx:
            return stock.on_hand(tx, self.world.store_id, self.world.products[sku])

    def receipt(self, visit_id: str) -> Receipt | None:
        with self.database.reading() as tx:
            return tx.exec(select(Receipt).where(Receipt.visit_id == visit_id, Receipt.kind == SALE)).first()

    def incidents(self, *, still_open: bool = False) -> list[str]:
        with self.database.reading() as tx:
            found = tx.exec(select(Incident)).all()
        return sorted(i.kind for i in found if not (still_open and i.closed_at))

    def incident(self, kind: str) -> Incident:
        with self.database.reading() as tx:
            return tx.exec(select(Incident).where(Incident.kind == kind)).one()

    def plate(self, number: int) -> Plate:
        with self.database.reading() as tx:
            return tx.exec(select(Plate).where(Plate.number == number)).one()

    def resolve(self, visit_id: str, action: str, **quantities: int) -> None:
        with self.database.transaction() as tx:
            reviews.resolve(
                tx,
                visits.locked(tx, visit_id),
                action=action,
                quantities=quantities,
                reason="looked at the shelf",
                actor="staff:1",
            )
        self.work.run()

    def _door(self, tx: Session) -> Door:
        return tx.get_one(Door, self.world.door_id)


class Shopper:
    """What one person does; her requests are those of the shopper's app."""

    def __init__(self, story: Story, customer_id: str) -> None:
        self.story, self.customer_id = story, customer_id
        self.visit_id = ""

    def asks_in(self, door_code: str = DOOR_CODE) -> str:
        with self.story.database.transaction() as tx:
            customer = tx.get_one(Customer, self.customer_id)
            visit_id = entry.request_entry(tx, customer, door_code).id
        self.visit_id = visit_id
        return visit_id

    def is_refused(self, door_code: str = DOOR_CODE) -> str:
        """The code of the refusal."""
        with pytest.raises(Refusal) as refused:
            self.asks_in(door_code)
        return refused.value.code

    def enters(self) -> str:
        self.asks_in()
        self.story.work.run()
        self.story.door_opens()
        self.story.door_closes()
        assert self.story.state(self.visit_id) is State.SHOPPING
        return self.visit_id

    def takes(self, units: int, sku: str) -> None:
        self.story.shelf(sku, units=-units)

    def puts_back(self, units: int, sku: str) -> None:
        self.story.shelf(sku, units=units)

    def scans(self, sku: str, units: int = 1) -> None:
        with self._visit() as (tx, visit):
            basket.scan(tx, visit, BY_SKU[sku].gtin, units)
            picks.claim(tx, visit, sku)

    def corrects(self, sku: str, units: int) -> None:
        with self._visit() as (tx, visit):
            basket.correct(tx, visit, sku, units)

    def pays(self) -> None:
        with self._visit() as (tx, visit):
            if visit.state == State.PAYMENT_DUE:
                hold = next(p for p in payments.of_visit(tx, visit.id) if p.kind == "hold")
                if hold.status != "held":
                    settlement.charge_anew(tx, visit)
                lifecycle.advance(tx, visit, Event.PAY)
            else:
                ending.order(tx, visit)
        self.story.work.run()

    def says_left(self) -> None:
        with self._visit() as (tx, visit):
            ending.say_left(tx, visit)

    def leaves(self) -> None:
        """Out by the handle, and tells the app."""
        self.story.door_from_inside()
        self.says_left()
        self.story.wait(5)

    def cancels(self) -> None:
        with self._visit() as (tx, visit):
            entry.cancel(tx, visit)

    def calls_help(self, kind: str = "stuck") -> None:
        with self._visit() as (tx, visit):
            helping.call(tx, visit, kind, "the door is jammed")

    @contextmanager
    def _visit(self) -> Iterator[tuple[Session, Visit]]:
        with self.story.database.transaction() as tx:
            yield tx, visits.own(tx, self.customer_id, self.visit_id, lock=True)
