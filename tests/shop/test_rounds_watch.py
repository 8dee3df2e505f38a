"""What the rounds watch: orphaned visits, silent devices, the ledger; and that they never end."""

from datetime import timedelta

import pytest
from sqlmodel import col, delete, select, update

from shop.db import Database
from shop.domain import basket, clearing, clock, lifecycle
from shop.domain.fleet import Device
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.visit_states import Event
from shop.domain.visits import Visit
from shop.work import rounds
from shop.work.rounds import ROUNDS
from tests.domain.world import COLA, LOCK_DEVICE, SHELF_DEVICE
from tests.shop.banks import Bank
from tests.shop.rigs import Round, SimulatedStripe
from tests.shop.test_rounds import COLA_CENTS, at_stripe, go, stripe, time_has_passed, told

__all__ = ["stripe", "time_has_passed"]


def nothing_waits(shop: Round) -> None:
    """Somebody's clumsy hand, or a bug of ours: timers and orders are gone."""
    with shop.database.transaction() as tx:
        tx.execute(delete(Job))


def test_a_visit_that_nothing_can_end_is_ended_by_the_rule(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.change(visit_id, lambda tx, visit: basket.scan(tx, visit, COLA.gtin, 1))
    go(banked, "watch_visits")
    assert banked.visit(visit_id).state == "shopping"  # its timer will end it
    nothing_waits(banked)
    banked.work()
    assert banked.visit(visit_id).state == "shopping"  # for ever, if nobody looked
    go(banked, "watch_visits")
    assert (banked.visit(visit_id).state, banked.visit(visit_id).reason) == ("in_review", "no_end_seen")
    assert [fact["state"] for fact in told(banked, "orphaned_visit")] == ["shopping"]


@pytest.mark.parametrize(
    ("event", "ends"), [(None, "abandoned"), (Event.HOLD_PLACED, "abandoned"), (Event.CANCELLED, "abandoned")]
)
def test_one_who_never_came_in_is_let_go(banked: Round, bank: Bank, event: Event | None, ends: str) -> None:
    visit_id = banked.ask_to_enter()
    if event is not None:
        banked.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, event))
    nothing_waits(banked)
    go(banked, "watch_visits")
    assert banked.visit(visit_id).state == ends
    assert len(told(banked, "orphaned_visit")) == (event is not Event.CANCELLED)


def hear(database: Database, device_id: str, *, minutes_ago: float) -> None:
    with database.transaction() as tx:
        device = tx.get_one(Device, device_id)
        device.last_seen_at = clock.now() - timedelta(minutes=minutes_ago)
        tx.add(device)


def silent(shop: Round) -> list[tuple[str | None, str]]:
    with shop.database.reading() as tx:
        running = select(Incident).where(Incident.kind == "device_silent", col(Incident.closed_at).is_(None))
        return [(row.device_id, row.severity) for row in tx.exec(running.order_by(col(Incident.device_id)))]


def test_a_silent_device_is_told_once_and_withdrawn_when_it_is_heard_again(banked: Round) -> None:
    hear(banked.database, LOCK_DEVICE, minutes_ago=1)
    hear(banked.database, SHELF_DEVICE, minutes_ago=1)
    go(banked, "watch_devices")
    assert silent(banked) == []
    hear(banked.database, LOCK_DEVICE, minutes_ago=10)
    hear(banked.database, SHELF_DEVICE, minutes_ago=10)
    go(banked, "watch_devices", times=3)
    assert silent(banked) == [(LOCK_DEVICE, "alarm"), (SHELF_DEVICE, "warning")]
    hear(banked.database, LOCK_DEVICE, minutes_ago=0)
    go(banked, "watch_devices")
    assert silent(banked) == [(SHELF_DEVICE, "warning")]


def tamper(shop: Round, visit_id: str, account: Account, cents: int) -> None:
    with shop.database.transaction() as tx:
        mine = (col(LedgerEntry.visit_id) == visit_id) & (col(LedgerEntry.account) == account)
        tx.execute(update(LedgerEntry).where(mine).values(cents=LedgerEntry.cents + cents))


def test_a_book_that_does_not_balance_is_an_alarm(banked: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    sold = []
    for _ in range(3):
        sold.append(banked.walk_in())
        banked.leave_paid_with(sold[-1], colas=1)
    go(banked, "watch_ledger", times=3)
    assert told(banked, "ledger_difference") == []
    tamper(banked, sold[0], Account.SALES, 1)  # in what was looked at before
    go(banked, "watch_ledger", times=3)
    assert [(fact["visit"], fact["cents"]) for fact in told(banked, "ledger_difference")] == [(sold[0], 1)]


def test_a_visit_that_is_not_paid_as_the_book_says_is_an_alarm(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.leave_paid_with(visit_id, colas=1)
    banked.change(visit_id, lambda _, visit: setattr(visit, "paid_cents", visit.paid_cents - 100))
    go(banked, "watch_ledger")
    [fact] = told(banked, "ledger_difference")
    assert (fact["visit"], fact["paid_differs_by"], fact["open_differs_by"]) == (visit_id, 100, -100)


def test_rounds_go_on_for_ever_and_each_goes_once(banked: Round) -> None:
    for _ in range(3):
        rounds.begin(banked.means)  # every worker does, whenever it starts
    with banked.database.reading() as tx:
        mine = tx.exec(select(Job).where(Job.operator_id == banked.world.operator_id)).all()
    assert sorted(job.kind for job in mine) == sorted(ROUNDS)
    go(banked, "watch_visits", times=1)
    [again] = [job for job in banked.jobs("watch_visits") if job.operator_id == banked.world.operator_id]
    assert (again.status, again.attempts) == (Status.READY, 0)
    wait_s = (again.not_before - clock.now()).total_seconds()
    assert ROUNDS["watch_visits"].every_s - 10 < wait_s <= ROUNDS["watch_visits"].every_s


def test_a_round_that_fails_again_and_again_still_goes_on(
    banked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(clearing, "in_doubt", broken)
    rounds.begin(banked.means)
    for _ in range(15):
        go(banked, "clear_payments", times=1)
    assert {job.status for job in banked.jobs("clear_payments")} == {Status.READY}
    assert told(banked, "job_dead") == []


def test_everything_at_once_leaves_a_good_day_as_it_was(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=2)
    inside = shop.walk_in()
    before = [shop.visit(visit_id), shop.visit(inside)]
    for kind in ROUNDS:
        go(shop, kind)
    assert [shop.visit(visit_id), shop.visit(inside)] == before
    assert shop.incidents() == []
    assert at_stripe(stripe, visit_id) == [("succeeded", 2 * COLA_CENTS)]
    assert isinstance(before[0], Visit)
