"""Every pair of state and event, walked on real rows: the legal ones lead on, the others change nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from shop.db import Database
from shop.domain import lifecycle
from shop.domain.errors import IllegalTransition
from shop.domain.incidents import Incident
from shop.domain.jobs import Job
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.receipts import Receipt
from shop.domain.stock import Reason, StockMovement
from shop.domain.tables import METADATA
from shop.domain.visit_states import TABLE, Event, State, Task
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import World

# What a task leaves behind: kinds of jobs, and of incidents.
JOBS = {
    Task.UNLOCK_DOOR: {"unlock", "time_out"},
    Task.AWAIT_OPENING: {"time_out"},
    Task.WATCH_OVER: {"stuck", "time_out"},
    Task.RELEASE_HOLD: {"release_hold"},
    Task.COLLECT: {"capture", "time_out"},
    Task.REQUEST_PAYMENT: {"mail_payment_due", "time_out"},
    Task.SEND_RECEIPT: {"mail_receipt"},
}
LEGAL = list(TABLE)
# no hold was placed, so there is none to release
WITHOUT_HOLD = {(State.REQUESTED, Event.CANCELLED), (State.REQUESTED, Event.TIMED_OUT)}
WITHOUT_HOLD |= {(State.REFUSED, Event.HOLD_PLACED)}


@pytest.fixture
def tx(sqlite: tuple[Database, World]) -> Iterator[Session]:
    with sqlite[0].reading() as session:
        yield session


@pytest.fixture
def shop(sqlite: tuple[Database, World]) -> World:
    return sqlite[1]


@pytest.mark.parametrize("pair", LEGAL, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_a_legal_event_leads_where_the_table_says_and_does_its_tasks(
    tx: Session, shop: World, pair: tuple[State, Event]
) -> None:
    visit = visit_in(tx, shop, pair[0])
    booked = visit.booked
    after, tasks = TABLE[pair]
    before = _jobs(tx, visit)

    lifecycle.advance(tx, visit, pair[1])
    tx.flush()

    assert visit.state == after
    expected = set().union(*(JOBS.get(task, set()) for task in tasks))
    expected -= {"release_hold"} if pair in WITHOUT_HOLD else set()
    assert {kind for kind, job_id in _jobs(tx, visit) - before} == expected
    receipts = tx.execute(select(Receipt).where(col(Receipt.visit_id) == visit.id)).scalars().all()
    assert len(receipts) == int(booked or Task.BOOK_SALE in tasks)
    reviews = tx.execute(select(Incident).where(col(Incident.visit_id) == visit.id)).scalars().all()
    assert [incident.kind for incident in reviews] == ["review"] * (Task.CALL_STAFF in tasks)
    assert _gone(tx, visit, Reason.WAIVED) == (2 if Task.WRITE_OFF in tasks else 0)


def _jobs(tx: Session, visit: Visit) -> set[tuple[str, str]]:
    found = tx.execute(select(Job).where(col(Job.subject) == visit.id)).scalars()
    return {(job.kind, job.id) for job in found}


@pytest.mark.parametrize("state", list(State))
def test_an_illegal_event_raises_and_changes_nothing(tx: Session, shop: World, state: State) -> None:
    visit = visit_in(tx, shop, state)
    before = _everything(tx)
    illegal = [event for event in Event if (state, event) not in TABLE]
    assert illegal
    for event in illegal:
        with pytest.raises(IllegalTransition):
            lifecycle.advance(tx, visit, event, reason="never")
        assert not tx.dirty
        assert not tx.new
    assert _everything(tx) == before


def test_news_without_a_place_in_the_table_becomes_an_incident(tx: Session, shop: World) -> None:
    visit = visit_in(tx, shop, State.SETTLED)
    assert lifecycle.try_advance(tx, visit, Event.HOLD_DECLINED) is False
    tx.flush()
    incident = tx.execute(select(Incident).where(col(Incident.visit_id) == visit.id)).scalar_one()
    assert (incident.kind, incident.evidence["news"]) == ("unexpected_news", "hold_declined")
    assert visit.state == State.SETTLED


def test_a_waived_bill_is_written_off_under_its_own_name(tx: Session, shop: World) -> None:
    visit = visit_in(tx, shop, State.PAYMENT_DUE)
    visit.state = State.IN_REVIEW
    lifecycle.advance(tx, visit, Event.RESOLVED_WAIVE)
    tx.flush()
    waived = select(LedgerEntry).where(
        col(LedgerEntry.visit_id) == visit.id, col(LedgerEntry.account) == Account.WAIVED
    )
    assert [entry.cents for entry in tx.execute(waived).scalars()] == [visit.total_cents]
    assert visit.open_cents == 0


def test_a_busy_door_ends_the_second_wish_without_a_charge(tx: Session, shop: World) -> None:
    visit_in(tx, shop, State.UNLOCKED)
    second = visit_in(tx, shop, State.REQUESTED)
    lifecycle.advance(tx, second, Event.HOLD_PLACED)
    assert (second.state, second.reason) == (State.ABANDONED, "door_busy")


def _gone(tx: Session, visit: Visit, reason: Reason) -> int:
    moved = select(StockMovement).where(
        col(StockMovement.visit_id) == visit.id, col(StockMovement.reason) == reason
    )
    quantities: list[int] = [movement.quantity for movement in tx.execute(moved).scalars()]
    return -sum(quantities)


def _everything(tx: Session) -> dict[str, list[tuple[object, ...]]]:
    tx.flush()
    return {
        table.name: sorted((tuple(row) for row in tx.execute(select(table))), key=repr)
        for table in METADATA.sorted_tables
    }
