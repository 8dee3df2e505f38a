"""Money that a bank would not take back: a person asks for it anew, or gives it another way and says how."""

from typing import Any

from sqlmodel import Session, col, func, select

from shop.domain import audit, clock, incidents, ledger, lifecycle, refunds, visits
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.ledger import Account
from shop.domain.refunds import Refund
from shop.domain.visits import Visit


def waiting(tx: Session, operator_id: str) -> list[Refund]:
    """Who has waited longest for her money comes first."""
    query = select(Refund).where(Refund.operator_id == operator_id, Refund.status == "failed")
    return list(tx.exec(query.order_by(col(Refund.created_at), col(Refund.id))))


def own(tx: Session, operator_id: str, refund_id: str) -> tuple[Refund, Visit]:
    """Both as they are now and both ours until commit. Refusal already_closed unless it failed."""
    found = tx.get(Refund, refund_id)
    if found is None or found.operator_id != operator_id:
        raise Refusal("not_found")
    visit = visits.locked(tx, found.visit_id)
    tx.refresh(found)
    if found.status != "failed":
        raise Refusal("already_closed")
    return found, visit


def try_again(tx: Session, refund: Refund, visit: Visit, *, actor: str) -> Refund:
    """As a refund of its own: a bank that has refused one under a key refuses it for ever. Needs `own`."""
    same = refund.model_dump(include={"visit_id", "payment_id", "receipt_id", "amount_cents", "reason"})
    anew = Refund(**refund.scope(), **same, asked_by=actor)
    refunds.ask(tx, anew)
    _decide(tx, refund, visit, "retried", actor, why="asked for anew", anew=anew.id)
    return anew


def pay_by_hand(tx: Session, refund: Refund, visit: Visit, *, how: str, actor: str) -> None:
    """What we owed her is paid, though not to her card. Needs `own`."""
    lines: list[ledger.Line] = [
        (Account.REFUND, None, refund.amount_cents),
        (Account.BY_HAND, None, -refund.amount_cents),
    ]
    ledger.append(tx, ledger.booking(**visit.scope(), visit_id=visit.id, lines=lines))
    refund.done_at = clock.now()
    _decide(tx, refund, visit, "by_hand", actor, why=how)


def _decide(
    tx: Session, refund: Refund, visit: Visit, status: str, actor: str, *, why: str, **more: str
) -> None:
    refund.status = status
    tx.add(refund)
    tx.flush()
    for incident in _told_of(tx, refund):
        if incident.closed_at is None:
            incidents.close(tx, incident, by=actor, why=why)
    facts: dict[str, Any] = {"refund": refund.id, "cents": refund.amount_cents, "why": why}
    audit.note(tx, refund, actor=actor, action=f"refund_{status}", subject=refund.visit_id, **facts, **more)
    lifecycle.tell(tx, visit)


def why(tx: Session, refund: Refund) -> str:
    """As the bank said it, or nothing."""
    said = (incident.evidence.get("error") for incident in _told_of(tx, refund))
    return next((error for error in said if error), "")


def attempts(tx: Session, refund: Refund) -> int:
    """How often this money has been asked for."""
    query = select(func.count()).select_from(Refund).where(Refund.receipt_id == refund.receipt_id)
    return int(tx.exec(query.where(Refund.payment_id == refund.payment_id)).one())


def _told_of(tx: Session, refund: Refund) -> list[Incident]:
    query = select(Incident).where(Incident.visit_id == refund.visit_id, Incident.kind == "refund_failed")
    return [incident for incident in tx.exec(query) if incident.evidence["refund"] == refund.id]
