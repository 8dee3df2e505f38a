"""Her word alone never takes more than the books have; what a shelf saw always counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from shop.db import Database
from shop.domain import basket, catalog, ending, incidents, reviews, settlement, stock
from shop.domain.catalog import Facing
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.test_basket import ON_A_SHOP, inside, take
from tests.domain.world import COLA, PENCIL, World

LEFT = 6
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["scan", "take", "put_back", "correct", "leave"]),
        st.integers(0, 2),
        st.integers(1, 4),
    ),
    max_size=12,
)


@pytest.fixture
def few(sqlite: tuple[Database, World]) -> tuple[Database, World]:
    """Six colas are left."""
    database, world = sqlite
    with database.transaction() as tx:
        stock.stocktake(tx, tx.get_one(Facing, world.facings["cola"]), counted=LEFT)
    return database, world


def colas(tx: Session, visit: Visit) -> int:
    return sum(line.quantity for line in basket.lines_of(tx, visit.id) if line.sku == "cola")


def scanned(tx: Session, visit: Visit, count: int) -> str:
    told = basket.scan(tx, visit, COLA.gtin, count)
    return told.code if isinstance(told, Refusal) else "taken"


@given(steps=STEPS)
@ON_A_SHOP
def test_no_word_of_a_shopper_takes_what_the_books_do_not_have(
    few: tuple[Database, World], steps: list[tuple[str, int, int]]
) -> None:
    database, world = few
    with database.reading() as tx:
        visits = [inside(tx, world) for _ in range(3)]
        for what, who, count in steps:
            visit = visits[who]
            if visit.state != State.SHOPPING:
                continue
            before = colas(tx, visit)
            held = sum(line.sensed for line in basket.lines_of(tx, visit.id))
            if what == "scan":
                scanned(tx, visit, count)
            elif what == "correct":
                basket.correct(tx, visit, "cola", count)
            elif what == "take":
                take(tx, visit, count)
                assert colas(tx, visit) >= before  # evidence always enters
            elif what == "put_back":
                take(tx, visit, -min(count, held))
            else:
                settlement.book_sale(tx, visit)
                visit.state = State.SETTLING
            tx.flush()
            if what in ("scan", "correct") and colas(tx, visit) > max(before, held):
                assert units_left(tx, world, visits) >= 0


def units_left(tx: Session, world: World, visits: list[Visit]) -> int:
    """Counted anew: what the books have, less what is in baskets that are not booked."""
    in_baskets = sum(colas(tx, visit) for visit in visits if not visit.booked)
    return stock.on_hand(tx, world.store_id, world.products["cola"]) - in_baskets


def test_the_last_ones_are_taken_and_not_one_more(few: tuple[Database, World]) -> None:
    with few[0].reading() as tx:
        anna, ben = inside(tx, few[1]), inside(tx, few[1])
        assert scanned(tx, anna, LEFT - 1) == "taken"
        told = basket.scan(tx, ben, COLA.gtin, 2)
        assert isinstance(told, Refusal)
        assert (told.code, told.details) == ("sold_out", {"sku": "cola", "available": 1})
        assert basket.lines_of(tx, ben.id) == []
        assert scanned(tx, ben, 1) == "taken"
        assert isinstance(basket.correct(tx, anna, "cola", LEFT), Refusal)
        assert colas(tx, anna) == LEFT - 1


def test_what_one_gives_back_another_may_take(few: tuple[Database, World]) -> None:
    with few[0].reading() as tx:
        anna, ben = inside(tx, few[1]), inside(tx, few[1])
        assert [scanned(tx, anna, LEFT), scanned(tx, ben, 1)] == ["taken", "sold_out"]
        basket.correct(tx, anna, "cola", LEFT - 1)
        assert scanned(tx, ben, 1) == "taken"


def test_a_scan_of_what_the_shelf_saw_her_take_is_never_refused(few: tuple[Database, World]) -> None:
    """The books may have none: the shelf saw it, so it was there."""
    with few[0].reading() as tx:
        anna, ben = inside(tx, few[1]), inside(tx, few[1])
        assert scanned(tx, ben, LEFT) == "taken"
        take(tx, anna, 2)
        assert scanned(tx, anna, 2) == "taken"
        basket.correct(tx, anna, "cola", 1)
        assert basket.correct(tx, anna, "cola", 2) is None
        assert scanned(tx, anna, 1) == "sold_out"


def test_goods_under_review_are_not_there_for_others(few: tuple[Database, World]) -> None:
    """Until a person says that she did not take them."""
    with few[0].reading() as tx:
        anna, ben = inside(tx, few[1]), inside(tx, few[1])
        scanned(tx, anna, LEFT)
        anna.unclear = 1
        ending.end(tx, anna)
        tx.flush()
        assert (anna.state, scanned(tx, ben, 1)) == (State.IN_REVIEW, "sold_out")
        reviews.resolve(tx, anna, action="release", quantities={}, reason="none taken", actor="staff:1")
        tx.flush()
        assert scanned(tx, ben, 1) == "taken"


def test_what_was_sold_stays_sold(few: tuple[Database, World]) -> None:
    with few[0].reading() as tx:
        anna, ben = inside(tx, few[1]), inside(tx, few[1])
        scanned(tx, anna, LEFT)
        settlement.book_sale(tx, anna)
        tx.flush()
        assert scanned(tx, ben, 1) == "sold_out"


def test_what_a_store_never_counted_has_no_limit(few: tuple[Database, World]) -> None:
    """Rolls from a basket: nobody ever told the books how many there are."""
    with few[0].reading() as tx:
        visit = inside(tx, few[1])
        assert basket.scan(tx, visit, PENCIL.gtin, 20) == "pencil"
        settlement.book_sale(tx, visit)
        tx.flush()
        assert basket.scan(tx, inside(tx, few[1]), PENCIL.gtin, 20) == "pencil"


def test_the_other_stores_goods_are_not_counted_here(few: tuple[Database, World]) -> None:
    database, world = few
    with database.reading() as tx:
        visit = inside(tx, world)
        offer = catalog.offer_by_sku(tx, world.store_id, "cola")
        there = StockElsewhere(world)
        stock.move(tx, there.row, stock.Reason.RECEIVED, {offer.product_id: 50})
        assert scanned(tx, visit, LEFT + 1) == "sold_out"


class StockElsewhere:
    def __init__(self, world: World) -> None:
        self.row = Facing(
            operator_id=world.operator_id, store_id=world.foreign_store_id, shelf_id="", product_id=""
        )


def test_incidents_are_told_once_though_many_ask(few: tuple[Database, World]) -> None:
    """A product that is out is one thing to look at, until somebody has looked."""
    database, world = few
    with database.transaction() as tx:
        stock.stocktake(tx, tx.get_one(Facing, world.facings["cola"]), counted=0)
        visit = inside(tx, world)
        for _ in range(3):
            assert scanned(tx, visit, 1) == "sold_out"
        [told] = tx.exec(select(Incident).where(Incident.kind == "claimed_beyond_stock")).all()
        assert told.evidence == {"sku": "cola", "on_hand": 0, "in_baskets": 0, "wanted": 1}
        incidents.close(tx, told, by="staff:1", why="counted")
        scanned(tx, visit, 1)
        assert len(tx.exec(select(Incident).where(Incident.kind == "claimed_beyond_stock")).all()) == 2
