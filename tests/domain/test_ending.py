"""When a visit ends after she says that she has left."""

from sqlmodel import Session, col, delete, select

from shop.db import Database
from shop.domain import basket, ending, ledger, lifecycle, receipts, stock, visits
from shop.domain.fleet import Plate
from shop.domain.jobs import Job
from shop.domain.ledger import Account
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import STOCK, World


def _ordered(tx: Session, world: World) -> Visit:
    visit = visit_in(tx, world, State.SHOPPING)
    ending.order(tx, visit)
    return visit


def _jobs(tx: Session, visit: Visit) -> list[str]:
    return sorted(tx.exec(select(Job.kind).where(Job.subject == visit.id, Job.status == "ready")))


def test_where_shelves_weigh_her_leaving_waits_for_their_last_reports(
    database: Database, world: World
) -> None:
    with database.transaction() as tx:
        visit = _ordered(tx, world)
        ending.say_left(tx, visit)
        assert visit.state == State.SHOPPING
        assert _jobs(tx, visit) == ["end_visit"]


def test_where_nothing_is_weighed_her_leaving_books_the_sale_at_once(
    database: Database, world: World
) -> None:
    with database.transaction() as tx:
        tx.exec(delete(Plate).where(col(Plate.store_id) == world.store_id))
        visit = _ordered(tx, world)
        lifecycle._watch_over(tx, visit)
        ending.say_left(tx, visit)
    with database.transaction() as tx:
        left = visits.locked(tx, visit.id)
        assert (left.state, left.booked, left.open_cents) == (State.SETTLING, True, 248)
        assert _jobs(tx, left) == ["capture", "time_out"]  # of leaving: those of being inside are called off
        assert ledger.balance(tx, visit.id, Account.RECEIVABLE) == 248
        assert stock.on_hand(tx, visit.store_id, world.products["cola"]) == STOCK - 2
        document = receipts.of_visit(tx, visit.id).document
        assert (document["total_cents"], document["store_name"]) == (248, "Dorfladen witzenhausen")


def test_saying_twice_that_she_left_books_once(database: Database, world: World) -> None:
    with database.transaction() as tx:
        tx.exec(delete(Plate).where(col(Plate.store_id) == world.store_id))
        visit = _ordered(tx, world)
        ending.say_left(tx, visit)
        ending.say_left(tx, visit)
    with database.reading() as tx:
        assert ledger.balance(tx, visit.id, Account.RECEIVABLE) == 248


def test_unclear_goods_wait_for_a_person_without_plates_too(database: Database, world: World) -> None:
    with database.transaction() as tx:
        tx.exec(delete(Plate).where(col(Plate.store_id) == world.store_id))
        visit = _ordered(tx, world)
        visit.unclear = 1
        ending.say_left(tx, visit)
        assert (visit.state, visit.booked) == (State.IN_REVIEW, False)


def test_who_left_without_ordering_owes_and_nothing_is_captured(database: Database, world: World) -> None:
    with database.transaction() as tx:
        tx.exec(delete(Plate).where(col(Plate.store_id) == world.store_id))
        visit = visit_in(tx, world, State.SHOPPING)
        assert basket.lines_of(tx, visit.id)
        ending.say_left(tx, visit)
        assert (visit.state, visit.booked) == (State.PAYMENT_DUE, True)
        assert "capture" not in _jobs(tx, visit)
