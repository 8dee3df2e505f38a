"""Money and goods as ledgers: sums that must hold whatever happens."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from shop.db import Database
from shop.documents.receipt import ReceiptDocument
from shop.domain import basket, catalog, ledger, money, settlement, stock
from shop.domain.catalog import Facing
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.receipts import Receipt
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import ARTICLES, STOCK, World

# each example starts from the same shop: nothing is ever committed
ON_A_SHOP = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SKUS = st.sampled_from([article.sku for article in ARTICLES])
BASKETS = st.dictionaries(SKUS, st.integers(1, 99), min_size=1)
COLLECTING = st.lists(
    st.one_of(st.tuples(st.just("captured"), st.integers(1, 9000)), st.just(("waived", 0))),
    max_size=4,
)


@contextmanager
def a_shop(sqlite: tuple[Database, World]) -> Iterator[tuple[Session, World]]:
    with sqlite[0].reading() as tx:
        yield tx, sqlite[1]


def shopping(tx: Session, world: World, goods: dict[str, int]) -> Visit:
    visit = visit_in(tx, world, State.REQUESTED)
    visit.state = State.SHOPPING
    for sku, quantity in goods.items():
        basket.set_quantity(tx, visit, sku, quantity)
    return visit


@given(goods=BASKETS, then=COLLECTING)
@example(goods={"cheese": 1}, then=[("captured", 320)])
@ON_A_SHOP
def test_bookings_sum_to_zero_and_the_receivable_is_what_is_open(
    sqlite: tuple[Database, World], goods: dict[str, int], then: list[tuple[str, int]]
) -> None:
    with a_shop(sqlite) as (tx, world):
        visit = shopping(tx, world, goods)
        hold = tx.get_one(Payment, visit.hold_id)
        settlement.book_sale(tx, visit)
        for what, cents in then:
            if what == "waived":
                settlement.waive_open(tx, visit)
            elif visit.open_cents:
                settlement.received(tx, visit, hold, min(cents, visit.open_cents))
        tx.flush()

        bookings: dict[str, int] = defaultdict(int)
        for entry in tx.exec(select(LedgerEntry)):
            bookings[entry.booking] += entry.cents
        assert set(bookings.values()) == {0}
        books = ledger.balances(tx, visit.id)
        assert books.get(Account.RECEIVABLE, 0) == visit.open_cents >= 0
        assert ledger.balance(tx, visit.id, Account.CARD) == visit.paid_cents - visit.refunded_cents
        assert visit.total_cents == visit.paid_cents + visit.waived_cents + visit.open_cents
        assert not 0 < visit.open_cents < settlement.MINIMUM_CHARGE_CENTS or not visit.paid_cents


@given(goods=BASKETS)
@ON_A_SHOP
def test_net_and_vat_are_the_gross_on_the_receipt_and_in_the_books(
    sqlite: tuple[Database, World], goods: dict[str, int]
) -> None:
    with a_shop(sqlite) as (tx, world):
        visit = shopping(tx, world, goods)
        settlement.book_sale(tx, visit)
        tx.flush()
        receipt = tx.exec(select(Receipt).where(Receipt.visit_id == visit.id)).one()
        document = ReceiptDocument.model_validate(receipt.document)

        booked: Counter[tuple[str, int]] = Counter()
        for entry in tx.exec(select(LedgerEntry).where(LedgerEntry.account != Account.RECEIVABLE)):
            assert entry.vat_rate_bp is not None
            booked[entry.account, entry.vat_rate_bp] -= entry.cents
        for row in document.vat:
            assert row.net_cents + row.vat_cents == row.gross_cents
            assert booked[Account.SALES, row.rate_bp] == row.net_cents
            assert booked[Account.VAT, row.rate_bp] == row.vat_cents
            assert row.vat_cents == money.vat_in(row.gross_cents, row.rate_bp)
        prices = {article.sku: article.price + article.deposit for article in ARTICLES}
        total = sum(prices[sku] * quantity for sku, quantity in goods.items())
        assert document.total_cents == total == sum(row.gross_cents for row in document.vat)


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["receive", "sell", "waive", "count"]), st.integers(1, 30)),
    max_size=8,
)


@given(operations=OPERATIONS)
@ON_A_SHOP
def test_stock_is_what_came_less_what_went_and_the_named_differences(
    sqlite: tuple[Database, World], operations: list[tuple[str, int]]
) -> None:
    with a_shop(sqlite) as (tx, world):
        cola, on_shelf = world.products["cola"], STOCK
        facing = tx.get_one(Facing, world.facings["cola"])
        for operation, number in operations:
            if operation == "receive":
                stock.receive(tx, facing, number)
                on_shelf += number
            elif operation == "count":
                assert stock.stocktake(tx, facing, counted=number) == number - on_shelf
                on_shelf = number
            else:
                visit = shopping(tx, world, {"cola": number})
                (settlement.book_sale if operation == "sell" else settlement.write_off)(tx, visit)
                on_shelf -= number
            tx.flush()
            assert stock.on_hand(tx, world.store_id, cola) == on_shelf
            assert stock.on_hand_by_product(tx, world.store_id)[cola] == on_shelf
        assert stock.on_hand(tx, world.foreign_store_id, cola) == 0


def test_a_booking_that_does_not_sum_to_zero_is_refused() -> None:
    lines: list[ledger.Line] = [(Account.CARD, None, 100), (Account.RECEIVABLE, None, -99)]
    with pytest.raises(ValueError, match="sum to zero"):
        ledger.booking(operator_id="o", store_id="s", visit_id="v", lines=lines)


def test_a_visit_is_booked_once(sqlite: tuple[Database, World]) -> None:
    with a_shop(sqlite) as (tx, world):
        visit = shopping(tx, world, {"cola": 2})
        settlement.book_sale(tx, visit)
        settlement.book_sale(tx, visit)
        tx.flush()
        assert len(tx.exec(select(Receipt)).all()) == 1
        assert stock.on_hand(tx, world.store_id, world.products["cola"]) == STOCK - 2


def test_a_price_change_leaves_the_line_that_was_begun(sqlite: tuple[Database, World]) -> None:
    with a_shop(sqlite) as (tx, world):
        visit = shopping(tx, world, {"cheese": 1})
        catalog.set_price(tx, world.scope(), world.products["cheese"], 999)
        tx.flush()
        assert catalog.offer_by_sku(tx, world.store_id, "cheese").price_cents == 999
        basket.set_quantity(tx, visit, "cheese", 2)
        assert visit.total_cents == 2 * 349
