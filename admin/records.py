"""Incidents that wait for a person, and the audit trail of what people did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from sqlmodel import Session, col, select

from admin.inputs import note
from admin.words import deed_words, incident_words
from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.errors import Text
from shop.api.inputs import Limit, Prose, RowId, RowNumber, Strict, YesNo
from shop.api.routes import HouseRoute
from shop.domain import incidents, tenancy
from shop.domain.audit import Audit
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.sign_in import SignedInStaff, Staff

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["records"])


class NoteIn(Strict):
    note: Prose = Field(min_length=3, max_length=500, examples=["One jar was broken."])


class IncidentOut(BaseModel):
    id: str
    kind: str
    severity: str
    store: str
    visit_id: str | None
    text: Text
    evidence: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class AuditOut(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    text: Text
    subject: str
    detail: dict[str, Any]


@router.get("/incidents")
@staff_looks
def list_incidents(
    tx: Session, staff: SignedInStaff, open: YesNo = True, limit: Limit = 100
) -> list[IncidentOut]:
    """Alarms first, then the oldest."""
    query = select(Incident).where(Incident.operator_id == staff.operator_id)
    if open:
        query = query.where(col(Incident.closed_at).is_(None))
    alarms_first = (col(Incident.severity) != "alarm", col(Incident.opened_at))
    return _incidents_out(tx, staff, tx.exec(query.order_by(*alarms_first).limit(limit)).all())


def _incidents_out(tx: Session, staff: SignedInStaff, found: Sequence[Incident]) -> list[IncidentOut]:
    stores = {store.id: store.slug for store in tenancy.stores_of(tx, staff.operator_id)}
    people = _people(tx, staff)
    hidden = {"operator_id", "store_id", "facing_id", "device_id", "closed_by"}
    return [
        IncidentOut(
            **incident.model_dump(exclude=hidden),
            store=stores[incident.store_id],
            text=incident_words(incident.kind, incident.evidence),
            closed_by=people.get(incident.closed_by or "", incident.closed_by),
        )
        for incident in found
    ]


@router.post("/incidents/{incident_id}/close", openapi_extra=refusals("already_closed"))
@staff_changes
def close_incident(tx: Session, staff: SignedInStaff, incident_id: RowId, closing: NoteIn) -> IncidentOut:
    incident = tx.get(Incident, incident_id, with_for_update=True)
    if incident is None or incident.operator_id != staff.operator_id:
        raise Refusal("not_found")
    if incident.closed_at is not None:
        raise Refusal("already_closed")
    incidents.close(tx, incident, by=f"staff:{staff.id}", why=closing.note)
    note(tx, staff, incident, "incident_closed", incident.id, kind=incident.kind, note=closing.note)
    return _incidents_out(tx, staff, [incident])[0]


@router.get("/audit")
@staff_looks
def audit_trail(
    tx: Session,
    staff: SignedInStaff,
    before: RowNumber | SkipJsonSchema[None] = None,
    limit: Limit = 50,
) -> list[AuditOut]:
    """Newest first; page on with `before`."""
    query = select(Audit).where(Audit.operator_id == staff.operator_id)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    rows = tx.exec(query.order_by(col(Audit.id).desc()).limit(limit)).all()
    names = _people(tx, staff)
    shown = [row.model_dump(exclude={"operator_id", "store_id", "actor"}) for row in rows]
    return [
        AuditOut(**fields, actor=names.get(row.actor, row.actor), text=deed_words(row.action))
        for fields, row in zip(shown, rows, strict=True)
    ]


def _people(tx: Session, staff: SignedInStaff) -> dict[str, str]:
    """How the records name a member of staff -> the name people know."""
    colleagues = tx.exec(select(Staff).where(Staff.operator_id == staff.operator_id))
    return {f"staff:{person.id}": person.name for person in colleagues}
