"""Eight at once: nothing is lost, nothing is counted twice, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import select

from shop.db import Database
from shop.domain import basket, picks, settlement, stock, visits
from shop.domain.catalog import Facing
from shop.domain.clock import now
from shop.domain.receipts import Receipt
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import requested, visit_in
from tests.domain.world import COLA, SHELF_DEVICE, STOCK, World

THREADS = 8


def at_once(deeds: list[Callable[[], object]]) -> None:
    """Each in its own thread, all released together; the first failure is raised."""
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        start.wait(timeout=20)
        deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(do, deed) for deed in deeds]:
            done.result()


def test_no_stock_movement_is_lost(database: Database, world: World) -> None:
    def fill_and_sell() -> None:
        for _ in range(3):
            with database.transaction() as tx:
                stock.receive(tx, tx.get_one(Facing, world.facings["milk"]), 3)
            with database.transaction() as tx:
                visit = requested(tx, world)
                basket.set_quantity(tx, visit, "milk", 2)
                settlement.book_sale(tx, visit)

    at_once([fill_and_sell] * THREADS)
    with database.reading() as tx:
        assert stock.on_hand(tx, world.store_id, world.products["milk"]) == STOCK + THREADS * 3 * (3 - 2)


def test_receipt_numbers_have_no_gaps_though_some_sales_fail(database: Database, world: World) -> None:
    def sell() -> None:
        for attempt in range(4):
            try:
                with database.transaction() as tx:
                    visit = requested(tx, world)
                    basket.set_quantity(tx, visit, "cola", 1)
                    settlement.book_sale(tx, visit)
                    tx.flush()
                    if attempt == 2:
                        raise InterruptedError
            except InterruptedError:
                pass

    at_once([sell] * THREADS)
    with database.reading() as tx:
        numbers = tx.exec(select(Receipt.number)).all()
        assert sorted(numbers) == list(range(1, THREADS * 3 + 1))
        assert tx.get_one(Store, world.store_id).last_receipt_number == THREADS * 3


def test_scans_and_shelf_reports_of_one_visit_lose_nothing(database: Database, world: World) -> None:
    """The app and the gateway write the same basket from two processes."""
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.REQUESTED)
        visit.state, visit.entered_at = State.SHOPPING, now()
    visit_id = visit.id

    def scan() -> None:
        for _ in range(4):
            with database.transaction() as tx:
                basket.scan(tx, visits.locked(tx, visit_id), COLA.gtin, 1)

    def shelf(plate: int, grams: float) -> Callable[[], None]:
        def report() -> None:
            for _ in range(4):
                change = picks.PlateChange(SHELF_DEVICE, plate, now(), after_g=5000, delta_g=-round(grams))
                with database.transaction() as tx:
                    picks.plate_changed(tx, change)

        return report

    at_once([scan, scan, shelf(2, 540), shelf(3, 540), shelf(1, 1060), shelf(4, 210)])
    with database.reading() as tx:
        lines = {line.sku: (line.sensed, line.scanned) for line in basket.lines_of(tx, visit_id)}
        assert lines == {"cola": (8, 8), "milk": (4, 0), "cheese": (4, 0)}
        assert tx.get_one(Visit, visit_id).items == 16


def test_two_stocktakes_at_once_book_the_difference_once(database: Database, world: World) -> None:
    def count() -> None:
        with database.transaction() as tx:
            stock.stocktake(tx, tx.get_one(Facing, world.facings["milk"]), counted=STOCK - 3)

    at_once([count] * THREADS)
    with database.reading() as tx:
        assert stock.on_hand(tx, world.store_id, world.products["milk"]) == STOCK - 3
