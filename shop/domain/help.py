"""Somebody inside needs a person: the help call and the "stuck inside" timer."""

from sqlmodel import Session

from shop.domain import audit, incidents
from shop.domain.incidents import Incident
from shop.domain.visit_states import State
from shop.domain.visits import Visit


def call(tx: Session, visit: Visit, kind: str, text: str) -> Incident:
    """Raise the incident at once, whatever state the visit is in."""
    audit.note(
        tx, visit, actor=f"customer:{visit.customer_id}", action="help_called", subject=visit.id, kind=kind
    )
    severity = "alarm" if kind == "stuck" else "warning"
    return incidents.open_one(
        tx, visit, f"help_{kind}", severity=severity, visit_id=visit.id, text=text, state=visit.state
    )


def still_inside(tx: Session, visit: Visit) -> None:
    """The timer of a visit that should long be over."""
    if visit.state == State.SHOPPING:
        entered = visit.entered_at.isoformat() if visit.entered_at else None
        incidents.open_one(tx, visit, "stuck_inside", severity="alarm", visit_id=visit.id, entered_at=entered)
