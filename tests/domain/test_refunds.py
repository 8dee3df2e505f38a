"""Money goes back at most once: never more than was taken, and to the cent what the corrections say."""

from collections import defaultdict
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, func, select

from shop.db import Database
from shop.domain import basket, ledger, receipts, refunds, settlement, stock, visits
from shop.domain.errors import Refusal
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.ports import RefundState
from shop.domain.receipts import Receipt
from shop.domain.refunds import Refund
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.test_concurrency import at_once
from tests.domain.visits_at import visit_in
from tests.domain.world import ARTICLES, CHEESE, COLA, STOCK, World

ON_A_SHOP = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
COLA_CENTS = COLA.price + COLA.deposit
SKUS = [article.sku for article in ARTICLES]


def settled(tx: Session, world: World, goods: dict[str, int], *, taken: list[int] | None = None) -> Visit:
    """Paid in so many parts; by default in one, and whole. What is not taken is waived."""
    visit = visit_in(tx, world, State.REQUESTED)
    visit.state = State.SHOPPING
    for sku, quantity in goods.items():
        basket.set_quantity(tx, visit, sku, quantity)
    settlement.book_sale(tx, visit)
    for number, cents in enumerate([visit.total_cents] if taken is None else taken):
        part = min(cents, visit.open_cents)
        payment = Payment(
            **visit.scope(),
            visit_id=visit.id,
            kind="charge",
            amount_cents=part,
            captured_cents=part,
            status="captured",
            provider_id=f"pi_{visit.id}_{number}",
        )
        tx.add(payment)
        tx.flush()
        settlement.received(tx, visit, payment, part)
    settlement.waive_open(tx, visit)
    visit.state = State.SETTLED
    tx.add(visit)
    tx.flush()
    return visit


def give_back(tx: Session, visit: Visit, sku: str, quantity: int) -> str:
    line = next(line for line in basket.lines_of(tx, visit.id) if line.sku == sku)
    return refunds.give_back(tx, visit, line, quantity, reason="not_mine", by="customer:1")


def balanced(tx: Session, visit: Visit) -> None:
    bookings: dict[str, int] = defaultdict(int)
    for entry in tx.exec(select(LedgerEntry)):
        bookings[entry.booking] += entry.cents
    assert set(bookings.values()) == {0}
    books = ledger.balances(tx, visit.id)
    rows = refunds.of_visit(tx, visit.id)
    given = sum(row.amount_cents for row in rows if row.status == "done")
    assert visit.refunded_cents == given
    assert books.get(Account.CARD, 0) == visit.paid_cents - given
    owed = sum(row.amount_cents for row in rows if row.status in ("requested", "failed"))
    assert books.get(Account.REFUND, 0) == -owed
    assert books.get(Account.BY_HAND, 0) == -sum(r.amount_cents for r in rows if r.status == "by_hand")
    assert books.get(Account.RECEIVABLE, 0) == visit.open_cents == 0


@given(
    goods=st.dictionaries(st.sampled_from(SKUS), st.integers(1, 9), min_size=1),
    taken=st.lists(st.integers(1, 3000), max_size=3),
    wishes=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(0, 12)), max_size=8),
    answers=st.lists(st.sampled_from(["done", "failed", "requested"]), max_size=16),
)
@ON_A_SHOP
def test_whatever_is_asked_never_more_goes_back_than_was_taken(
    sqlite: tuple[Database, World],
    goods: dict[str, int],
    taken: list[int],
    wishes: list[tuple[str, int]],
    answers: list[str],
) -> None:
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], goods, taken=taken)
        for sku, quantity in wishes:
            if sku in goods:
                with suppress(Refusal):
                    give_back(tx, visit, sku, quantity)
        tx.flush()
        rows = refunds.of_visit(tx, visit.id)
        for row, answer in zip([*rows, *rows], answers, strict=False):
            refunds.told(tx, RefundState(answer, f"re_{row.id}", row.id))  # type: ignore[arg-type]
        tx.flush()

        assert sum(row.amount_cents for row in rows) <= visit.paid_cents
        for payment in tx.exec(select(Payment).where(Payment.visit_id == visit.id)):
            mine = [row.amount_cents for row in rows if row.payment_id == payment.id]
            assert sum(mine) <= payment.captured_cents
            assert all(cents > 0 for cents in mine)
        balanced(tx, visit)


def test_all_of_a_sale_taken_back_line_by_line_leaves_nothing_in_the_books(
    sqlite: tuple[Database, World],
) -> None:
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], {"cola": 2, "cheese": 1})
        for sku, quantity in (("cola", 2), ("cheese", 1)):
            give_back(tx, visit, sku, quantity)
        for row in refunds.of_visit(tx, visit.id):
            refunds.told(tx, RefundState("done", f"re_{row.id}", row.id))
        tx.flush()
        assert set(ledger.balances(tx, visit.id).values()) == {0}
        assert stock.on_hand(tx, sqlite[1].store_id, sqlite[1].products["cola"]) == STOCK - 2


def test_the_correction_has_the_next_number_and_the_sale_stays_as_it_was(
    sqlite: tuple[Database, World],
) -> None:
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], {"cola": 3})
        sale = receipts.of_visit(tx, visit.id)
        before = dict(sale.document)
        receipt = tx.get_one(Receipt, give_back(tx, visit, "cola", 1))
        tx.flush()
        assert receipts.of_visit(tx, visit.id).id == sale.id
        assert sale.document == before
        assert (receipt.kind, receipt.number) == ("correction", sale.number + 1)
        assert receipt.document["corrects"] == sale.number
        assert receipt.document["total_cents"] == -COLA_CENTS
        [line] = receipt.document["lines"]
        assert (line["quantity"], line["total_cents"], line["deposit_cents"]) == (-1, -99, -25)
        assert tx.get_one(Store, sqlite[1].store_id).last_receipt_number == receipt.number


def test_what_was_waived_is_not_paid_out(sqlite: tuple[Database, World]) -> None:
    """Of 3.49 only 3.20 were taken: the correction says both."""
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], {"cheese": 1}, taken=[320])
        receipt = tx.get_one(Receipt, give_back(tx, visit, "cheese", 1))
        [row] = refunds.of_visit(tx, visit.id)
        assert row.amount_cents == 320
        assert receipt.document["total_cents"] == -CHEESE.price
        assert receipt.document["waived_cents"] == -29
        assert ledger.balance(tx, visit.id, Account.WAIVED) == 0
        balanced(tx, visit)


def test_what_was_never_taken_is_not_given_back(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], {"pencil": 1}, taken=[])
        with pytest.raises(Refusal, match="nothing_to_refund"):
            give_back(tx, visit, "pencil", 1)
        assert tx.exec(select(func.count()).select_from(Refund)).one() == 0
        assert tx.get_one(Store, sqlite[1].store_id).last_receipt_number == 1


def test_news_of_a_refund_is_found_by_the_providers_name_and_only_ours_counts(
    sqlite: tuple[Database, World],
) -> None:
    with sqlite[0].reading() as tx:
        visit = settled(tx, sqlite[1], {"cola": 1})
        give_back(tx, visit, "cola", 1)
        [row] = refunds.of_visit(tx, visit.id)
        assert refunds.told(tx, RefundState("requested", "re_1", row.id))
        assert refunds.told(tx, RefundState("done", "re_1"))
        assert not refunds.told(tx, RefundState("done", "re_of_somebody", "unknown"))
        assert visit.refunded_cents == COLA_CENTS


def test_wishes_at_once_give_back_what_was_taken_and_no_more(database: Database, world: World) -> None:
    """Three colas were paid, eight ask for one each at the same moment."""
    with database.transaction() as tx:
        visit_id = settled(tx, world, {"cola": 3}).id
    refused: list[str] = []

    def wish() -> None:
        try:
            with database.transaction() as tx:
                give_back(tx, visits.locked(tx, visit_id), "cola", 1)
        except Refusal as refusal:
            refused.append(refusal.code)

    at_once([wish] * 8)
    with database.reading() as tx:
        rows = refunds.of_visit(tx, visit_id)
        numbers = sorted(tx.exec(select(Receipt.number)).all())
    assert refused == ["nothing_to_refund"] * 5
    assert [row.amount_cents for row in rows] == [COLA_CENTS] * 3
    assert numbers == [1, 2, 3, 4]


def test_answers_at_once_book_the_money_once(database: Database, world: World) -> None:
    with database.transaction() as tx:
        visit = settled(tx, world, {"cola": 1})
        give_back(tx, visit, "cola", 1)
        [row] = refunds.of_visit(tx, visit.id)
    visit_id, refund_id = visit.id, row.id

    def hear() -> None:
        with database.transaction() as tx:
            refunds.told(tx, RefundState("done", "re_1", refund_id))

    at_once([hear] * 8)
    with database.reading() as tx:
        balanced(tx, tx.get_one(Visit, visit_id))
