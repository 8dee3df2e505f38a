"""What nobody would notice: visits that nothing can end, silent devices, books that do not balance."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func

from shop.domain import clock, ending, incidents, visits
from shop.domain.fleet import Device
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.ports import Look
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow
from shop.domain.visit_states import FINAL, State
from shop.domain.visits import Visit

ORPHANED_AFTER = timedelta(minutes=2)
# Heartbeats come every 30 s and are written down at least every 60.
SILENT_AFTER = timedelta(minutes=3)
MOST_VISITS = 20
MOST_DEVICES = 50
MOST_ENTRIES = 2000

# A person ends a visit in review; every other one must have something that will.
_MUST_END = [state for state in State if state not in FINAL and state != State.IN_REVIEW]


def job_on_the_way(*kinds: str) -> ColumnElement[bool]:
    """Some worker will still do something about the visit; of any kind when none is named."""
    awaited = select_columns(col(Job.id)).where(
        col(Job.subject) == col(Visit.id),
        or_(col(Job.status) == Status.READY, col(Job.status) == Status.RUNNING),
    )
    if kinds:
        awaited = awaited.where(or_(*(col(Job.kind) == kind for kind in kinds)))
    return awaited.exists()


_ORPHANS = (
    select_columns(col(Visit.id))
    .where(
        col(Visit.operator_id) == bindparam("operator"),
        or_(*(col(Visit.state) == state for state in _MUST_END)),
        col(Visit.created_at) < bindparam("old"),
        ~job_on_the_way(),
    )
    .order_by(col(Visit.created_at))
)
_SOME_ORPHANS = Statement(_ORPHANS.limit(MOST_VISITS))
_STILL_ORPHANED = Statement(_ORPHANS.where(col(Visit.id) == bindparam("visit")))


def orphans(look: Look, operator_id: str) -> list[str]:
    """Visits that are under way, but for which no timer, unlock or payment is waiting any more."""
    asked = {"operator": operator_id, "old": clock.now() - ORPHANED_AFTER}
    return [row.id for row in look(_SOME_ORPHANS, **asked)]


def end_orphan(tx: Session, visit_id: str) -> bool:
    """As its timer would have; False when somebody was faster."""
    visit = visits.locked(tx, visit_id)
    asked = {"operator": visit.operator_id, "old": clock.now() - ORPHANED_AFTER, "visit": visit_id}
    if _STILL_ORPHANED.first(tx, **asked) is None:
        return False
    incidents.open_one(tx, visit, "orphaned_visit", visit_id=visit.id, state=visit.state)
    ending.time_out(tx, visit, visit.state)
    return True


_DEVICES: Any = select_columns(
    col(Device.id),
    col(Device.kind),
    col(Device.operator_id),
    col(Device.store_id),
    col(Device.last_seen_at),
    col(Incident.id).label("incident"),
).outerjoin(
    Incident,
    (col(Incident.device_id) == col(Device.id))
    & (col(Incident.kind) == "device_silent")
    & col(Incident.closed_at).is_(None),
)
_OF_OPERATOR = col(Device.operator_id) == bindparam("operator")
_NEWLY_SILENT = Statement(
    _DEVICES.where(_OF_OPERATOR, col(Device.last_seen_at) < bindparam("limit"), col(Incident.id).is_(None))
    .order_by(col(Device.last_seen_at))
    .limit(MOST_DEVICES)
)
_BACK = Statement(
    _DEVICES.where(
        _OF_OPERATOR, col(Device.last_seen_at) >= bindparam("limit"), col(Incident.id).is_not(None)
    )
)


def check_devices(tx: Session, operator_id: str) -> None:
    """A silent one is told once, and withdrawn when it speaks again; one never heard is not installed yet."""
    limit = clock.now() - SILENT_AFTER
    for device in _NEWLY_SILENT.rows(tx, operator=operator_id, limit=limit):
        incidents.open_one(
            tx,
            StoreRow(operator_id=device.operator_id, store_id=device.store_id),
            "device_silent",
            severity="alarm" if device.kind == "lock" else "warning",
            device_id=device.id,
            last_seen_at=device.last_seen_at.isoformat(),
        )
    for device in _BACK.rows(tx, operator=operator_id, limit=limit):
        incident = tx.get_one(Incident, device.incident)
        incidents.close(tx, incident, by="system", why="it is heard again")


_AFTER = (col(LedgerEntry.operator_id) == bindparam("operator")) & (col(LedgerEntry.id) > bindparam("after"))
_LOOKED_AT = (
    select_columns(LedgerEntry.__table__)  # type: ignore[attr-defined]
    .where(_AFTER)
    .order_by(col(LedgerEntry.id))
    .limit(MOST_ENTRIES)
    .subquery()
)
_SPAN = Statement(
    select_columns(func.max(_LOOKED_AT.c.id).label("last"), func.count(_LOOKED_AT.c.id).label("entries"))
)
_OWNER = (col(LedgerEntry.operator_id), col(LedgerEntry.store_id), col(LedgerEntry.visit_id))
_UNBALANCED = Statement(
    select_columns(col(LedgerEntry.booking), *_OWNER, func.sum(LedgerEntry.cents).label("cents"))
    .where(col(LedgerEntry.booking).in_(select_columns(_LOOKED_AT.c.booking)))
    .group_by(col(LedgerEntry.booking), *_OWNER)
    .having(func.sum(LedgerEntry.cents) != 0)
)


def _booked(account: Account) -> ColumnElement[int]:
    return func.sum(case((col(LedgerEntry.account) == account, LedgerEntry.cents), else_=0))


_OPEN_CENTS = col(Visit.total_cents) - col(Visit.paid_cents) - col(Visit.waived_cents)
_HAS_PAID = col(Visit.paid_cents) - col(Visit.refunded_cents)
_DIFFERING = Statement(
    select_columns(
        *_OWNER,
        (_booked(Account.CARD) - _HAS_PAID).label("paid"),
        (_booked(Account.RECEIVABLE) - _OPEN_CENTS).label("open"),
    )
    .join(Visit, col(Visit.id) == col(LedgerEntry.visit_id))
    .where(col(LedgerEntry.visit_id).in_(select_columns(_LOOKED_AT.c.visit_id)))
    .group_by(*_OWNER, _HAS_PAID, _OPEN_CENTS)
    .having(or_(_booked(Account.CARD) != _HAS_PAID, _booked(Account.RECEIVABLE) != _OPEN_CENTS))
)


def check_ledger(tx: Session, operator_id: str, after: int) -> tuple[int, bool]:
    """Look at the next entries of the book; the last one seen, and whether that is the end of the book.

    Each booking must sum to zero, and each visit be paid and open as the book says.
    """
    asked = {"operator": operator_id, "after": after}
    span = _SPAN.first(tx, **asked)
    if not span.entries:
        return after, True
    for row in _UNBALANCED.rows(tx, **asked):
        _alarm(tx, row, {"booking": row.booking, "cents": row.cents})
    for row in _DIFFERING.rows(tx, **asked):
        _alarm(tx, row, {"paid_differs_by": row.paid, "open_differs_by": row.open})
    return int(span.last), span.entries < MOST_ENTRIES


def _alarm(tx: Session, row: Any, facts: dict[str, Any]) -> None:
    """Once for each difference, until a person has closed it."""
    store = StoreRow(operator_id=row.operator_id, store_id=row.store_id)
    evidence = facts | {"visit": row.visit_id}
    if evidence not in [told.evidence for told in incidents.running(tx, store, "ledger_difference")]:
        incidents.open_one(
            tx, store, "ledger_difference", severity="alarm", visit_id=row.visit_id, **evidence
        )
