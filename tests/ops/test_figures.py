"""What the worker's metrics read from the books, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from shop.db import Database
from shop.domain import clock, inbox, incidents, jobs, stock
from shop.domain.fleet import Device, Door
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.stock import Reason
from shop.domain.visit_states import State
from shop.ops import figures
from shop.ops.counting import Readings
from shop.ops.figures import FIGURES, Reader
from tests.domain.visits_at import requested, visit_in
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE, World


@pytest.fixture
def tx(database: Database) -> Iterator[Session]:
    with database.transaction() as tx:
        yield tx


def found(tx: Session, name: str) -> Readings:
    tx.flush()
    [figure] = [figure for figure in FIGURES if figure.gauge.name == name]
    return figures.read(tx.connection(), figure)


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


def test_the_age_of_a_queue_is_that_of_its_oldest_job_that_is_due(tx: Session, world: World) -> None:
    due = {"operator_id": world.operator_id, "store_id": world.store_id, "subject": "x"}
    for kind, seconds in (("capture", 90), ("capture", 5), ("mail_receipt", 3), ("mail_code", -60)):
        jobs.add(tx, **due, kind=kind, not_before=ago(seconds=seconds))
    jobs.add(tx, **due, kind="unlock", queue="gateway", not_before=ago(seconds=2))
    ages = found(tx, "shop_queue_age_seconds")
    assert {labels: round(age) for labels, age in ages.items()} == {
        ("worker", "capture"): 90,
        ("worker", "mail_receipt"): 3,
        ("gateway", "unlock"): 2,
    }
    assert found(tx, "shop_queue_due")["worker", "capture"] == 2


def test_a_job_that_is_being_done_or_was_given_up_is_not_due(tx: Session, world: World) -> None:
    for status in (Status.RUNNING, Status.DONE, Status.DEAD, Status.SENT):
        tx.add(Job(**world.scope(), queue="worker", kind="capture", subject="x", status=status))
    assert found(tx, "shop_queue_due") == {}
    assert found(tx, "shop_jobs_dead") == {(): 1}


def test_payments_without_an_answer_are_counted_by_age(tx: Session, world: World) -> None:
    visit = requested(tx, world)
    visit_in(tx, world, State.SHOPPING)  # its hold has its answer
    for status, minutes in (("asked", 2), ("action", 5), ("asked", 30), ("asked", 600), ("asked", 3000)):
        made = Payment(**visit.scope(), visit_id=visit.id, kind="charge", amount_cents=1, status=status)
        made.created_at = ago(minutes=minutes)
        tx.add(made)
    unresolved = found(tx, "shop_payments_unresolved")
    assert unresolved == {("1m",): 1, ("10m",): 2, ("1h",): 1, ("1d",): 1, ("more",): 1}


def test_the_hold_that_runs_out_first_is_told(tx: Session, world: World) -> None:
    assert found(tx, "shop_hold_seconds_left") == {}
    for hours in (30, 3):
        visit = visit_in(tx, world, State.SHOPPING)
        tx.get_one(Payment, visit.hold_id).capture_before = clock.now() + timedelta(hours=hours)
    assert found(tx, "shop_hold_seconds_left")[()] == pytest.approx(3 * 3600, abs=60)


def test_a_cent_too_much_in_the_money_book_is_seen(tx: Session, world: World) -> None:
    visit = visit_in(tx, world, State.SETTLED)
    assert found(tx, "shop_ledger_difference_cents") == {(): 0}
    wrong = LedgerEntry(**visit.scope(), booking="x", account=Account.CARD, cents=-1, visit_id=visit.id)
    tx.add(wrong)
    assert found(tx, "shop_ledger_difference_cents") == {(): -1}


def test_more_sold_than_there_was_is_seen(tx: Session, world: World) -> None:
    visit = visit_in(tx, world, State.SHOPPING)
    assert found(tx, "shop_stock_below_zero") == {(): 0}
    stock.move(tx, visit, Reason.SOLD, {world.products["milk"]: -101}, visit_id=visit.id)
    assert found(tx, "shop_stock_below_zero") == {(): 1}


def test_visits_under_way_are_counted_and_those_that_ended_are_not(tx: Session, world: World) -> None:
    for state in (State.SHOPPING, State.SHOPPING, State.IN_REVIEW, State.SETTLED):
        visit_in(tx, world, state)
    assert found(tx, "shop_visits") == {("shopping",): 2, ("in_review",): 1}


def test_open_incidents_are_counted_by_severity(tx: Session, world: World) -> None:
    visit = visit_in(tx, world, State.SHOPPING)
    closed = incidents.open_one(tx, visit, "lock_jammed", severity="alarm")
    incidents.close(tx, closed, by="staff:1", why="oil")
    incidents.open_one(tx, visit, "lock_jammed", severity="alarm")
    incidents.open_one(tx, visit, "scale_fault")
    assert found(tx, "shop_incidents_open") == {("alarm",): 1, ("warning",): 1}


def test_dead_letters_are_counted_among_all_that_arrived(tx: Session) -> None:
    for number, source in enumerate(("stripe", "device:lock-1", "device:shelf-1")):
        inbox.keep(tx, source, str(number), "event", {}, dead="broken")
    inbox.keep(tx, "stripe", "fine", "event", {})
    assert found(tx, "shop_dead_letters") == {(): 3}


def test_a_device_is_silent_when_offline_or_long_unheard_of(tx: Session) -> None:
    assert found(tx, "shop_devices") == {("witzenhausen",): 3}
    for device, seen in ((LOCK_DEVICE, 10), (CONTACT_DEVICE, 240)):
        tx.get_one(Device, device).last_seen_at = ago(seconds=seen)
    assert found(tx, "shop_devices_silent") == {("witzenhausen",): 2}  # the shelf never said a word
    tx.get_one(Device, LOCK_DEVICE).online = False
    assert found(tx, "shop_devices_silent") == {("witzenhausen",): 3}


def test_exit_tests_count_down_and_a_failed_one_counts_as_none(tx: Session, world: World) -> None:
    door = tx.get_one(Door, world.door_id)
    door.exit_tested_at = ago(seconds=30 * 86400)
    left = found(tx, "shop_exit_test_seconds_left")
    assert left["witzenhausen", "front"] == pytest.approx(335 * 86400, abs=60)
    door.exit_test_passed = False
    assert found(tx, "shop_exit_test_seconds_left")["witzenhausen", "front"] == 0


def test_figures_are_asked_again_only_after_a_while(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(database)
    before = reader.readings("shop_visits")
    with database.transaction() as tx:
        visit_in(tx, world, State.SHOPPING)
    assert reader.readings("shop_visits") == before == {}
    monkeypatch.setattr(figures, "SOON_S", 0)
    assert reader.readings("shop_visits") == {("shopping",): 1}


def test_while_the_database_is_away_there_are_no_figures(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "SOON_S", 0)
    reader = Reader(database)
    assert reader.readings("shop_ledger_difference_cents") == {(): 0}
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(reader, "_database", away)
    assert reader.readings("shop_ledger_difference_cents") == {}
    away.close()
