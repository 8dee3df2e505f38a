"""A person looks at a visit that the rules could not decide."""

from sqlmodel import Session, col, select

from shop.domain import audit, basket, incidents, lifecycle, visits
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit

ACTIONS = {
    "charge": Event.RESOLVED_CHARGE,
    "release": Event.RESOLVED_RELEASE,
    "waive": Event.RESOLVED_WAIVE,
}


def waiting(tx: Session, operator_id: str) -> list[Visit]:
    query = select(Visit).where(Visit.operator_id == operator_id, Visit.state == State.IN_REVIEW)
    return list(tx.exec(query.order_by(col(Visit.ended_at), col(Visit.id))))


def causes(tx: Session, visit: Visit) -> list[Incident]:
    """Everything on record that speaks about this visit, oldest first."""
    query = select(Incident).where(Incident.store_id == visit.store_id)
    query = query.where(Incident.opened_at >= visit.created_at).order_by(col(Incident.opened_at))
    return [incident for incident in tx.exec(query) if _concerns(incident, visit)]


def _concerns(incident: Incident, visit: Visit) -> bool:
    return incident.visit_id == visit.id or visit.id in incident.evidence.get("candidates", [])


def resolve(
    tx: Session,
    visit: Visit,
    *,
    action: str,
    quantities: dict[str, int],
    reason: str,
    actor: str,
) -> None:
    """Charge what `quantities` (SKU -> units) say, release, or waive; closes what was open about it.

    Needs `visits.locked_with_others`: her answer may be the answer for others too.
    """
    if visit.state != State.IN_REVIEW:
        raise Refusal("not_in_review")
    if visit.booked and (action == "release" or quantities):
        raise Refusal("already_booked")
    for sku, quantity in quantities.items():
        basket.set_quantity(tx, visit, sku, quantity)
    if action == "charge" and not visit.items:
        raise Refusal("nothing_to_charge")
    before = visit.total_cents
    visit.unclear, visit.disputed, visit.reason = 0, False, None
    for incident in causes(tx, visit):
        if incident.closed_at is None:
            if action == "charge":
                _answered(tx, visit, incident, actor, reason)
            else:
                _cleared(tx, visit, incident, actor, reason)
    audit.note(
        tx,
        visit,
        actor=actor,
        action=f"review_{action}",
        subject=visit.id,
        reason=reason,
        lines=quantities,
        total_cents=before,
    )
    lifecycle.advance(tx, visit, ACTIONS[action])


def _cleared(tx: Session, visit: Visit, incident: Incident, actor: str, reason: str) -> None:
    """It was not her: the question stays open for the others it may concern."""
    others = [other for other in incident.evidence.get("candidates", []) if other != visit.id]
    if not others:
        incidents.close(tx, incident, by=actor, why=reason)
        return
    was_not = [*incident.evidence.get("was_not", []), visit.id]
    incident.evidence = incident.evidence | {"candidates": others, "was_not": was_not}
    tx.add(incident)


def _answered(tx: Session, visit: Visit, incident: Incident, actor: str, reason: str) -> None:
    """She pays for it: the question is answered for everybody."""
    incidents.close(tx, incident, by=actor, why=reason)
    for other_id in sorted(incident.evidence.get("candidates", [])):
        if other_id != visit.id:
            other = visits.locked(tx, other_id)
            other.unclear = max(0, other.unclear - 1)
            tx.add(other)
