"""Every payment in our books beside every movement that the simulated Stripe wrote down."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, func, select

from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.visit_states import State
from shop.domain.visits import Visit

Movement = dict[str, Any]


def compared(tx: Session, movements: Sequence[Movement]) -> dict[str, Any]:
    """Counts, and in words under `broken` whatever does not agree."""
    ours = {payment.id: payment for payment in tx.exec(select(Payment))}
    of_payment = defaultdict(list)
    for movement in movements:
        of_payment[movement["metadata"].get("payment")].append(movement)
    broken = [
        f"Stripe moved money for {name}, which we do not know" for name in of_payment if name not in ours
    ]
    for payment in ours.values():
        broken += _payment_problems(payment, of_payment[payment.id])
    paid_of: dict[str, int] = defaultdict(int)
    for movement in movements:
        if movement["kind"] == "capture":
            paid_of[movement["metadata"].get("visit")] += movement["amount"]
    visits = list(tx.exec(select(Visit)))
    doubles = [visit.id for visit in visits if paid_of[visit.id] > visit.total_cents]
    lost = [
        visit.id
        for visit in visits
        if visit.state == State.SETTLED and paid_of[visit.id] < visit.total_cents - visit.waived_cents
    ]
    for visit in visits:
        if visit.paid_cents != paid_of[visit.id]:
            broken.append(f"visit {visit.id}: {visit.paid_cents} in the books, {paid_of[visit.id]} taken")
    booked = tx.exec(select(func.sum(LedgerEntry.cents)).where(LedgerEntry.account == Account.CARD)).one()
    taken = sum(paid_of.values())
    if (booked or 0) != taken:
        broken.append(f"the ledger has {booked} cents from cards, Stripe took {taken}")
    if tx.exec(select(func.sum(LedgerEntry.cents))).one():
        broken.append("the ledger does not balance")
    broken += [f"visit {visit_id}: charged twice" for visit_id in doubles]
    broken += [f"visit {visit_id}: money lost" for visit_id in lost]
    return {
        "settled": sum(visit.state == State.SETTLED for visit in visits),
        "payments_compared": len(ours),
        "movements_compared": len(movements),
        "taken_cents": taken,
        "double_charges": len(doubles),
        "lost": len(lost),
        "broken": broken,
    }


def _payment_problems(payment: Payment, movements: list[Movement]) -> list[str]:
    found: list[str] = []
    sums: dict[str, list[int]] = defaultdict(list)
    for movement in movements:
        sums[movement["kind"]].append(movement["amount"])
    if len({movement["payment_intent"] for movement in movements}) > 1:
        found.append("more than one intent")
    if any(movement["payment_intent"] != payment.provider_id for movement in movements):
        found.append("an intent of another name")
    if len(sums["hold"]) > 1 or len(sums["capture"]) > 1:
        found.append("held or captured more than once")
    if payment.kind == "hold" and payment.status != "declined" and sums["hold"] != [payment.amount_cents]:
        found.append(f"held {sums['hold']}, not {payment.amount_cents}")
    if sum(sums["capture"]) != payment.captured_cents:
        found.append(f"captured {sum(sums['capture'])}, not {payment.captured_cents}")
    if (payment.status == "captured") != bool(sums["capture"]):
        found.append(f"{payment.status} here, captured {sums['capture']} there")
    return [f"payment {payment.id} of visit {payment.visit_id}: {what}" for what in found]
