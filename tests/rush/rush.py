"""`make rush N=100 DB=sqlite|postgresql`: 40 shoppers, two API processes, the last 10 units, again and again.

In each rush exactly ten are sold, and books, baskets, receipts and what is on hand say the same.
"""

import asyncio
import sys
import time
from collections import Counter
from datetime import timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from shop.db import Database
from shop.domain import catalog, clock, stock
from shop.domain.catalog import Facing, Price, Product, ProductGtin
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.receipts import Receipt
from shop.domain.stock import Reason, StockMovement
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from shop.work.means import Means
from tests.domain.world import World, seed
from tests.jobs import do_one
from tests.rush.calls import Answer, Call, Line
from tests.rush.house import House, opened, report, wanted
from tests.rush.people import Person, person, walk_in
from tests.shop.banks import Bank
from tests.shop.rigs import Mailbox

SHOPPERS, UNITS, APIS = 40, 10, 2
CENTS = 150


class Rush:
    """One house, the same forty people; every rush is about a product of its own."""

    def __init__(self, house: House, world: World) -> None:
        self._house, self._world = house, world
        self._means = Means(house.database, Bank(), Mailbox(), "http://shop.test")
        with house.database.transaction() as tx:
            self._people = [person(tx, world, f"shopper-{number}") for number in range(SHOPPERS)]
        ports = cycle(house.ports)
        self._lines = [Line(next(ports), each.token) for each in self._people]
        self._inside: dict[str, str] = {}  # customer -> visit

    async def go(self, number: int) -> dict[str, Any]:
        """What happened, with everything that must not have under `broken`."""
        sku = f"rush-{number}"
        with self._house.database.transaction() as tx:
            product_id, gtin = product(tx, self._world, sku, number)
            for each in self._people:
                if each.id not in self._inside:
                    self._inside[each.id] = walk_in(tx, self._world, each)
        answers = await asyncio.gather(*(self._grab(n, sku, gtin) for n in range(SHOPPERS)))
        told = Counter(answer.code or "sold" for answer in answers)
        winners = [
            self._people[n]
            for n, answer in enumerate(answers)
            if answer.status == 200 and answer.body["lines"]
        ]
        await asyncio.gather(*(self._check_out(each) for each in winners))
        visits = [self._inside.pop(each.id) for each in winners]
        self._settle(visits)
        with self._house.database.reading() as tx:
            found = counted(tx, self._world, product_id, visits, sku)
        broken = [
            f"{name} is {found[name]}, not {right}" for name, right in RIGHT.items() if found[name] != right
        ]
        if told != {"sold": UNITS, "sold_out": SHOPPERS - UNITS}:
            broken.append(f"they were told {dict(told)}")
        return {"rush": number, "told": dict(told), **found, "broken": broken}

    async def _grab(self, number: int, sku: str, gtin: str) -> Answer:
        """Half of them scan, half type how many they have."""
        visit = f"/api/v1/visits/{self._inside[self._people[number].id]}"
        scan = Call("POST", f"{visit}/scans", {"gtin": gtin})
        call = scan if number % 4 < 2 else Call("PUT", f"{visit}/lines/{sku}", {"quantity": 1})
        return await self._lines[number].ask(call)

    async def _check_out(self, person: Person) -> None:
        line = self._lines[self._people.index(person)]
        for deed in ("pay", "leave"):
            await line.ask(Call("POST", f"/api/v1/visits/{self._inside[person.id]}/{deed}"))

    def _settle(self, visits: list[str]) -> None:
        """As the worker does, without waiting for last reports of the shelves."""
        with self._house.database.transaction() as tx:
            mine = (col(Job.kind) == "end_visit") & (col(Job.status) == Status.READY)
            tx.execute(update(Job).where(mine).values(not_before=clock.now() - timedelta(seconds=1)))
        while do_one(self._means):
            pass

    def close(self) -> None:
        for line in self._lines:
            line.close()


RIGHT = {
    "on_hand": 0,
    "sold_by_movements": UNITS,
    "sold_by_receipts": UNITS,
    "settled": UNITS,
    "earned_cents": UNITS * CENTS,
    "taken_cents": UNITS * CENTS,
    "operator_told": 1,
}


def product(tx: Session, world: World, sku: str, number: int) -> tuple[str, str]:
    """Ten of something new on the shelf; product id and barcode."""
    made = Product(
        operator_id=world.operator_id,
        sku=sku,
        name_de=sku,
        name_en=sku,
        vat_class="reduced",
        unit_weight_g=100,
        unit_sd_g=1,
    )
    gtin = f"2{number:012}"
    tx.add(made)
    tx.flush()
    tx.add(ProductGtin(operator_id=world.operator_id, gtin=catalog.gtin14(gtin), product_id=made.id))
    tx.add(Price(**world.scope(), product_id=made.id, cents=CENTS))
    shelf_id = tx.get_one(Facing, world.facings["milk"]).shelf_id
    facing = Facing(**world.scope(), shelf_id=shelf_id, product_id=made.id)
    tx.add(facing)
    tx.flush()
    stock.receive(tx, facing, UNITS)
    return made.id, gtin


def counted(tx: Session, world: World, product_id: str, visits: list[str], sku: str) -> dict[str, int]:
    """The same sales as four books tell them."""

    def total(what: Any, *which: Any) -> int:
        return int(tx.exec(select(func.coalesce(func.sum(what), 0)).where(*which)).one())

    mine = col(LedgerEntry.visit_id).in_(visits)
    sold = (StockMovement.product_id == product_id, StockMovement.reason == Reason.SOLD)
    receipts = tx.exec(select(Receipt).where(col(Receipt.visit_id).in_(visits))).all()
    told = tx.exec(select(Incident).where(Incident.kind == "claimed_beyond_stock")).all()
    return {
        "on_hand": stock.on_hand(tx, world.store_id, product_id),
        "sold_by_movements": -total(StockMovement.quantity, *sold),
        "sold_by_receipts": sum(
            int(line["quantity"]) for receipt in receipts for line in receipt.document["lines"]
        ),
        "settled": len([v for v in visits if tx.get_one(Visit, v).state == State.SETTLED]),
        "earned_cents": -total(
            LedgerEntry.cents, mine, col(LedgerEntry.account).in_((Account.SALES, Account.VAT))
        ),
        "taken_cents": total(LedgerEntry.cents, mine, LedgerEntry.account == Account.CARD),
        "operator_told": len([incident for incident in told if incident.evidence["sku"] == sku]),
    }


async def rushes(house: House, world: World, number: int) -> list[dict[str, Any]]:
    rush = Rush(house, world)
    try:
        return [await rush.go(n) for n in range(number)]
    finally:
        rush.close()


def seeded(database: Database) -> World:
    with database.transaction() as tx:
        return seed(tx)


def run(number: int, kind: str) -> dict[str, Any]:
    began = time.monotonic()
    with opened(kind, apis=APIS, workers=0, operator="witzenhausen") as house:
        found = asyncio.run(rushes(house, seeded(house.database), number))
    return {
        "database": kind,
        "rushes": number,
        "shoppers": SHOPPERS,
        "units": UNITS,
        "api_processes": APIS,
        "most_sold_in_a_rush": max(rush["sold_by_movements"] for rush in found),
        "sold": sum(rush["sold_by_movements"] for rush in found),
        "refused": sum(rush["told"].get("sold_out", 0) for rush in found),
        "took_s": round(time.monotonic() - began, 1),
        "broken": [f"rush {rush['rush']}: {what}" for rush in found for what in rush["broken"]],
    }


if __name__ == "__main__":
    sys.exit(report(run(*wanted(100))))
