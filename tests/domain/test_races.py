"""Two at once, brought to the worst moment on purpose: both have looked before either writes, if they can."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import bindparam
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from shop.api.repeats import Once, stranger
from shop.db import RACES, Database
from shop.domain import (
    basket,
    clock,
    collection,
    entry,
    ledger,
    picks,
    reviews,
    settlement,
    stock,
    visits,
)
from shop.domain.catalog import Facing
from shop.domain.customers import Customer
from shop.domain.errors import Refusal
from shop.domain.fleet import Device, Door
from shop.domain.incidents import Incident
from shop.domain.ledger import Account
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.statements import Statement
from shop.domain.stock import StockCard
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.test_concurrency import at_once
from tests.domain.visits_at import visit_in
from tests.domain.world import COLA, DOOR_CODE, MILK, World

TOGETHER_S = 0.5  # so long the first waits for the second, which may not come: it waits for a lock
SHOPPERS, LEFT = 12, 5
SIDE_DOOR = "WIZ-SIDE"


class Meeting:
    """A place in the code where two threads wait for each other, each once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self._barrier = threading.Barrier(2)
        self._was_here = threading.local()
        original = getattr(owner, name)

        def meet(*given: Any, **named: Any) -> Any:
            if not getattr(self._was_here, "before", False):
                self._was_here.before = True
                with suppress(threading.BrokenBarrierError):  # the other one waits for us
                    self._barrier.wait(TOGETHER_S)
            return original(*given, **named)

        monkeypatch.setattr(owner, name, meet)


@pytest.fixture
def meet_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], Meeting]:
    return lambda owner, name: Meeting(monkeypatch, owner, name)


def inside(database: Database, world: World) -> str:
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.REQUESTED)
        visit.state, visit.entered_at = State.SHOPPING, clock.now()
        tx.add(visit)
    return visit.id


def changed(database: Database, visit_id: str, change: Callable[[Session, Visit], object]) -> None:
    with database.transaction() as tx:
        change(tx, visits.locked_with_others(tx, visit_id))


def unclear(database: Database, visit_id: str) -> int:
    with database.reading() as tx:
        return tx.get_one(Visit, visit_id).unclear


def test_a_customer_at_two_doors_at_once_gets_in_through_one(
    database: Database, world: World, meet_at: Callable[[Any, str], Meeting]
) -> None:
    with database.transaction() as tx:
        front = tx.get_one(Door, world.door_id)
        side = Door(**front.model_dump(exclude={"id", "name", "code"}), name="side", code=SIDE_DOOR)
        tx.add(side)
        tx.flush()
        lock = Device(**world.scope(), id="lock-2", kind="lock", door_id=side.id)
        lock.online, lock.egress = True, "mechanical"
        tx.add(lock)
    meet_at(visits, "open_visit_of")
    answers: list[str] = []

    def ask(door: str) -> Callable[[], None]:
        def enter() -> None:
            try:
                with database.transaction() as tx:
                    entry.request_entry(tx, tx.get_one(Customer, world.anna_id), door)
            except Refusal as refusal:
                answers.append(refusal.code)
            else:
                answers.append("welcome")

        return enter

    at_once([ask(DOOR_CODE), ask(SIDE_DOOR)])
    assert sorted(answers) == ["visit_open", "welcome"]
    with database.reading() as tx:
        assert len(tx.exec(select(Visit).where(Visit.customer_id == world.anna_id)).all()) == 1


def both_asked_about(database: Database, world: World, *skus: str) -> tuple[str, str]:
    """Two inside, and goods that left a shelf with one of them."""
    both = inside(database, world), inside(database, world)
    with database.transaction() as tx:
        locked = visits.in_store(tx, world.store_id, lock=True)
        for sku in skus:
            facing = tx.get_one(Facing, world.facings[sku])
            seen = {"sku": sku, "count": 1, "grams": -500, "at": clock.now().isoformat()}
            picks._ask(tx, facing, "unclaimed_pick", locked, seen)
    return both


def test_two_who_claim_at_once_what_may_be_either_ones_do_not_block_each_other(
    database: Database, world: World, meet_at: Callable[[Any, str], Meeting]
) -> None:
    one, other = both_asked_about(database, world, "cola", "milk")
    meet_at(picks, "_open_about")

    def claim(visit_id: str, gtin: str) -> Callable[[], None]:
        def scan(tx: Session, visit: Visit) -> None:
            sku = basket.scan(tx, visit, gtin, 1)
            assert isinstance(sku, str)
            picks.claim(tx, visit, sku)

        return lambda: changed(database, visit_id, scan)

    at_once([claim(one, COLA.gtin), claim(other, MILK.gtin)])
    assert (unclear(database, one), unclear(database, other)) == (0, 0)


def test_two_answers_of_staff_about_the_same_goods_do_not_block_each_other(
    database: Database, world: World, meet_at: Callable[[Any, str], Meeting]
) -> None:
    both = both_asked_about(database, world, "cola", "milk")
    for visit_id in both:
        changed(database, visit_id, lambda _, visit: setattr(visit, "state", State.IN_REVIEW))
    meet_at(reviews, "causes")

    def waive(tx: Session, visit: Visit) -> None:
        reviews.resolve(tx, visit, action="charge", quantities={"cola": 1}, reason="hers", actor="staff:1")

    at_once([lambda visit_id=visit_id: changed(database, visit_id, waive) for visit_id in both])  # type: ignore[misc]
    with database.reading() as tx:
        still_open = select(Incident).where(col(Incident.closed_at).is_(None))
        assert tx.exec(still_open.where(Incident.kind == "unclaimed_pick")).all() == []


def rush(database: Database, world: World) -> list[str]:
    """Everybody wants one of the last few at once; what each was told."""
    with database.transaction() as tx:
        stock.stocktake(tx, tx.get_one(Facing, world.facings["milk"]), counted=LEFT)
    shoppers = [inside(database, world) for _ in range(SHOPPERS)]
    told: list[str] = []

    def scan(tx: Session, visit: Visit) -> None:
        found = basket.scan(tx, visit, MILK.gtin, 1)
        told.append(found.code if isinstance(found, Refusal) else found)

    def correct(tx: Session, visit: Visit) -> None:
        refusal = basket.correct(tx, visit, "milk", 1)
        told.append(refusal.code if refusal else "milk")

    ways = [scan, correct] * SHOPPERS
    at_once(
        [
            lambda visit_id=visit_id, way=way: changed(database, visit_id, way)  # type: ignore[misc]
            for visit_id, way in zip(shoppers, ways, strict=False)
        ]
    )
    return sorted(told)


def test_a_rush_takes_no_more_than_there_is(database: Database, world: World) -> None:
    assert rush(database, world) == ["milk"] * LEFT + ["sold_out"] * (SHOPPERS - LEFT)
    with database.reading() as tx:
        told = tx.exec(select(Incident).where(Incident.kind == "claimed_beyond_stock")).all()
        assert [incident.evidence["sku"] for incident in told] == ["milk"]  # once, not for each of them


@pytest.mark.postgres
def test_without_its_lock_the_same_rush_takes_more(
    postgres: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    card = select(StockCard.id).where(
        StockCard.store_id == bindparam("store"), StockCard.product_id == bindparam("product")
    )
    unlocked = Statement(card)
    everybody_looks = threading.Barrier(SHOPPERS)

    def plain(tx: Session, store_id: str, product_id: str) -> bool:
        found = unlocked.first(tx, store=store_id, product=product_id) is not None
        everybody_looks.wait(20)
        return found

    def count(tx: Session, facing: Facing, *, counted: int) -> None:
        stock.move(tx, facing, stock.Reason.SHRINKAGE, {facing.product_id: counted - 100})

    monkeypatch.setattr(stock, "lock_card", plain)
    monkeypatch.setattr(stock, "stocktake", count)
    assert rush(*postgres).count("milk") > LEFT


@pytest.mark.postgres
def test_an_answer_of_the_bank_is_booked_on_the_visit_as_it_is_now(postgres: tuple[Database, World]) -> None:
    """What this session read before must not be taken for what is true once the row is locked."""
    database, world = postgres
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.SETTLING)
    with database.transaction() as tx:
        seen = tx.get_one(Visit, visit.id)
        hold = tx.get_one(Payment, visit.hold_id)
        with database.transaction() as elsewhere:
            again = visits.locked(elsewhere, visit.id)
            settlement.waive_open(elsewhere, again)
            elsewhere.add(again)
        told = IntentState("captured", provider_id=hold.provider_id, captured_cents=248)
        collection.told(tx, hold.id, told)
        assert (seen.paid_cents, seen.waived_cents) == (248, 248)
    with database.reading() as tx:
        kinds = [row.kind for row in tx.exec(select(Incident)).all()]
        assert kinds == ["captured_too_much"]
        assert ledger.balance(tx, visit.id, Account.RECEIVABLE) == -248


@pytest.mark.postgres
def test_a_visit_is_settled_as_it_is_now(postgres: tuple[Database, World]) -> None:
    database, world = postgres
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.SHOPPING)
    with database.transaction() as tx:
        seen = tx.get_one(Visit, visit.id)
        with database.transaction() as elsewhere:
            basket.set_quantity(elsewhere, visits.locked(elsewhere, visit.id), "cola", 5)
        visits.locked(tx, visit.id)
        assert seen.items == 5


@pytest.mark.postgres
def test_who_loses_a_race_in_spite_of_all_order_is_not_told(
    postgres: tuple[Database, World],
) -> None:
    """PostgreSQL ends one of two that wait for each other; that one begins anew."""
    database, world = postgres
    one, other = inside(database, world), inside(database, world)
    begun: list[str] = []
    both_have_one = threading.Barrier(2)

    def change(first: str, second: str) -> Callable[[], object]:
        def act(tx: Session, _: None) -> None:
            visits.locked(tx, first)
            begun.append(first)
            if len(begun) <= 2:
                both_have_one.wait(20)
            visits.locked(tx, second).unclear += 1

        return lambda: Once(None, "", 204).change(database, stranger("one"), act)

    at_once([change(one, other), change(other, one)])
    assert (unclear(database, one), unclear(database, other)) == (1, 1)
    # who begins anew may take its first row again before the other one has woken, and lose once more
    assert 3 <= len(begun) <= 1 + RACES


@pytest.mark.postgres
def test_who_loses_every_race_is_told_to_come_back(postgres: tuple[Database, World]) -> None:
    """As an error that the API answers with 503, not 500."""
    tried: list[int] = []

    def lose(tx: Session, _: None) -> None:
        tried.append(1)
        tx.connection().exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$")

    with pytest.raises(OperationalError):
        Once(None, "", 204).change(postgres[0], stranger("one"), lose)
    assert len(tried) == RACES
