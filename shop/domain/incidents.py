"""What a person must look at, with its evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import JSON, Field, Session, col, select

from shop.domain import clock, feed, ids
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow


class Incident(StoreRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    kind: str = Field(max_length=40)
    severity: str = Field(default="warning", max_length=10)  # alarm, warning, info
    visit_id: str | None = Field(default=None, foreign_key="visit.id", max_length=26, index=True)
    facing_id: str | None = Field(default=None, foreign_key="facing.id", max_length=26, index=True)
    device_id: str | None = Field(default=None, foreign_key="device.id", max_length=40)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    opened_at: datetime = Field(default_factory=clock.now)
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=500)


def open_one(
    tx: Session,
    row: StoreRow,
    kind: str,
    *,
    severity: str = "warning",
    visit_id: str | None = None,
    facing_id: str | None = None,
    device_id: str | None = None,
    **evidence: Any,
) -> Incident:
    incident = Incident(
        operator_id=row.operator_id,
        store_id=row.store_id,
        kind=kind,
        severity=severity,
        visit_id=visit_id,
        facing_id=facing_id,
        device_id=device_id,
        evidence=evidence,
    )
    tx.add(incident)
    tx.flush()  # the next report of the same transaction may explain it
    feed.tell(tx, row, "incident", visit_id)
    return incident


def close(tx: Session, incident: Incident, *, by: str, why: str) -> None:
    incident.closed_at = clock.now()
    incident.closed_by = by
    incident.note = why
    tx.add(incident)
    tx.flush()


_RUNNING = select(Incident).where(
    col(Incident.store_id) == bindparam("store"),
    col(Incident.kind) == bindparam("kind"),
    col(Incident.closed_at).is_(None),
)
_ANY_RUNNING = Statement(_RUNNING.with_only_columns(col(Incident.id)))


def running(tx: Session, row: StoreRow, kind: str) -> list[Incident]:
    """Open ones of this kind in the store, oldest first. Mostly there are none, so that is asked first."""
    asked = {"store": row.store_id, "kind": kind}
    if _ANY_RUNNING.first(tx, **asked) is None:
        return []
    return list(tx.exec(_RUNNING.order_by(col(Incident.opened_at)), params=asked))


def close_all(tx: Session, row: StoreRow, kind: str, *, why: str, **told: Any) -> None:
    """Close those of one kind whose evidence says what is told here: they have explained themselves."""
    for incident in running(tx, row, kind):
        if told.items() <= incident.evidence.items():
            close(tx, incident, by="system", why=why)
