"""Checks of what the database tells about work, money, goods and the stores."""

from collections.abc import Iterator

from sqlalchemy import Connection, select
from sqlmodel import col, func

from shop.domain.fleet import Device
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.visits import Visit
from shop.ops import figures
from shop.ops.doctor.findings import Finding, Patient, named

WAITS_S = 60
EXIT_TEST_SOON_D = 21


def queues(patient: Patient) -> Iterator[Finding]:
    old = {at: age for at, age in patient.figure("shop_queue_age_seconds").items() if age > WAITS_S}
    for (queue, kind), age in old.items():
        yield Finding("broken", "queue_old", {"queue": queue, "kind": kind, "minutes": int(age / 60)})
    if not old:
        yield Finding("ok", "queue")
    if dead := patient.figure("shop_jobs_dead")[()]:
        yield Finding("look", "jobs_dead", {"count": dead})


def payments(patient: Patient) -> Iterator[Finding]:
    unresolved = patient.figure("shop_payments_unresolved")
    late = sum(count for (age,), count in unresolved.items() if age not in ("1m", "10m"))
    if late:
        yield Finding("look", "payments_unresolved", {"count": late})
    else:
        yield Finding("ok", "payments")


def books(patient: Patient) -> Iterator[Finding]:
    cents = patient.figure("shop_ledger_difference_cents")[()]
    below = patient.figure("shop_stock_below_zero")[()]
    with patient.database.looking() as connection:
        bookings = _unbalanced(connection)
        book, visits = _owed(connection)
    if cents or bookings:
        yield Finding("broken", "books_wrong", {"cents": cents, "bookings": bookings})
    if book != visits:
        yield Finding("broken", "receivable_wrong", {"book": book, "visits": visits})
    if below:
        yield Finding("look", "stock_below", {"count": below})
    if not (cents or bookings or below) and book == visits:
        yield Finding("ok", "books")


def _unbalanced(connection: Connection) -> int:
    sums = select(col(LedgerEntry.booking)).group_by(col(LedgerEntry.booking))
    wrong = sums.having(func.sum(LedgerEntry.cents) != 0).subquery()
    return int(connection.execute(select(func.count()).select_from(wrong)).scalar_one())


def _owed(connection: Connection) -> tuple[int, int]:
    """What shoppers owe by the money book, and by their visits."""
    entries = func.coalesce(func.sum(LedgerEntry.cents), 0)
    receivable = select(entries).where(col(LedgerEntry.account) == Account.RECEIVABLE)
    left = func.sum(col(Visit.total_cents) - col(Visit.paid_cents) - col(Visit.waived_cents))
    unpaid = select(func.coalesce(left, 0)).where(col(Visit.booked))
    book, visits = (int(connection.execute(asked).scalar_one()) for asked in (receivable, unpaid))
    return book, visits


def devices(patient: Patient) -> Iterator[Finding]:
    with patient.database.looking() as connection:
        count = connection.execute(select(func.count()).select_from(Device)).scalar_one()
        silent = figures.silent_devices(connection)
    if silent:
        yield Finding("look", "devices_silent", {"count": len(silent), "names": named(silent)})
    else:
        yield Finding("ok", "devices", {"count": count})


def exit_tests(patient: Patient) -> Iterator[Finding]:
    days = {"/".join(at): left / 86400 for at, left in patient.figure("shop_exit_test_seconds_left").items()}
    due = {door: left for door, left in days.items() if left < EXIT_TEST_SOON_D}
    for door, left in due.items():
        if left <= 0:
            yield Finding("broken", "exit_test_missing", {"door": door})
        else:
            yield Finding("look", "exit_test_due", {"door": door, "days": int(left)})
    if days and not due:
        yield Finding("ok", "exit_tests", {"days": int(min(days.values()))})
