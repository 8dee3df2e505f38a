"""Scales that read too slowly to see a hand tell how much stands there, and nothing about who took it."""

import pytest
from sqlmodel import col, select

from devices.messages import Scale
from shop.db import Database
from shop.domain import basket, ending, visits
from shop.domain.audit import Audit
from shop.domain.basket import BasketLine
from shop.domain.fleet import Plate, Sensing, Shelf, sensing_of
from shop.domain.visit_states import State
from tests.domain.world import MILK, World
from tests.gateway.reading import kinds, shopping, took
from tests.gateway.rigs import Reporter, rows

SLOW, FAST = Scale(sps=5), Scale(sps=10)


@pytest.mark.parametrize(
    ("sps", "auto_tare", "sensing"),
    [
        (10, False, Sensing.FULL),
        (80, False, Sensing.FULL),
        (9.9, False, Sensing.STOCK_CHECK),
        (80, True, Sensing.STOCK_CHECK),
    ],
)
def test_a_scale_must_be_quick_and_must_not_forget(sps: float, auto_tare: bool, sensing: Sensing) -> None:
    assert sensing_of(sps=sps, auto_tare=auto_tare) == sensing


def test_what_leaves_a_slow_shelf_is_weighed_and_charged_to_nobody(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    shelf.born(scale=SLOW)
    shelf.report("shelf.change", took(-1060), 1)
    shelf.report("shelf.change", took(-530), 2)  # half a bottle: a question, were it a shelf that is asked
    assert rows(database, BasketLine) == []
    assert kinds(database) == []
    [plate] = [plate for plate in rows(database, Plate) if plate.number == 1]
    assert plate.last_grams == 20_000 - 530


def test_nothing_scanned_there_is_in_doubt(database: Database, shelf: Reporter, world: World) -> None:
    visit = shopping(database, world)
    shelf.born(scale=SLOW)
    with database.transaction() as tx:
        basket.scan(tx, visits.locked(tx, visit), MILK.gtin, 2)
    [line] = rows(database, BasketLine)
    assert (line.quantity, line.weighed) == (2, False)


def test_who_leaves_waits_for_no_slow_shelf(database: Database, shelf: Reporter, world: World) -> None:
    visit = shopping(database, world)
    shelf.born(scale=SLOW)
    with database.transaction() as tx:
        hers = visits.locked(tx, visit)
        ending.order(tx, hers)
        ending.say_left(tx, hers)
        assert hers.state == State.EMPTY


def test_it_is_written_down_once_and_other_scales_make_it_whole_again(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    for scale in (FAST, SLOW, SLOW, FAST):
        shelf.born(scale=scale)
    with database.reading() as tx:
        told = tx.exec(
            select(Audit.detail).where(Audit.action == "sensing_changed").order_by(col(Audit.id))
        ).all()
        assert [(each["before"], each["after"]) for each in told] == [
            ("full", "stock_check"),
            ("stock_check", "full"),
        ]
        assert set(tx.exec(select(Shelf.sensing))) == {Sensing.FULL}
    shelf.report("shelf.change", took(-1060), 1)
    assert [(line.sku, line.sensed) for line in rows(database, BasketLine)] == [("milk", 1)]


def test_a_shelf_that_says_nothing_of_its_scales_stays_what_it_is(
    database: Database, shelf: Reporter, world: World
) -> None:
    shelf.born(scale=SLOW)
    shelf.born()
    assert {row.sensing for row in rows(database, Shelf) if row.store_id == world.store_id} == {
        Sensing.STOCK_CHECK
    }
