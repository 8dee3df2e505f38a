"""The books read from outside the service: what was booked, ordered and counted, as plain rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from shop.domain.catalog import Product
from shop.domain.incidents import Incident
from shop.domain.jobs import Job
from shop.domain.ledger import LedgerEntry
from shop.domain.receipts import Receipt
from shop.domain.stock import StockMovement
from shop.domain.tenancy import Store
from shop.domain.visits import Visit

Rows = list[dict[str, Any]]


def _ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


def visits(tx: Session) -> Rows:
    """Every visit with its state, sums in cents, times in wall-clock ms and the causes on record."""
    causes: dict[str, list[str]] = {}
    for incident in tx.exec(select(Incident).order_by(col(Incident.opened_at))):
        named = incident.evidence.get("candidates") or ([incident.visit_id] if incident.visit_id else [])
        for visit_id in named:
            causes.setdefault(visit_id, []).append(incident.kind)
    return [
        {
            "id": visit.id,
            "state": visit.state,
            "reason": visit.reason,
            "causes": causes.get(visit.id, []),
            "total_cents": visit.total_cents,
            "paid_cents": visit.paid_cents,
            "waived_cents": visit.waived_cents,
            "refunded_cents": visit.refunded_cents,
            "created_ms": _ms(visit.created_at),
            "entered_ms": _ms(visit.entered_at),
            "ended_ms": _ms(visit.ended_at),
            "settled_ms": _ms(visit.settled_at),
        }
        for visit in tx.exec(select(Visit).order_by(col(Visit.created_at)))
    ]


def ledger(tx: Session) -> Rows:
    """Cents by visit and account, debit positive; `card` is what was captured, less refunds."""
    query = (
        select(LedgerEntry.visit_id, LedgerEntry.account, func.sum(LedgerEntry.cents))
        .group_by(col(LedgerEntry.visit_id), col(LedgerEntry.account))
        .order_by(col(LedgerEntry.visit_id))
    )
    return [{"visit": v, "account": a, "cents": int(c)} for v, a, c in tx.exec(query).all()]


def receipts(tx: Session) -> Rows:
    query = select(Receipt).order_by(col(Receipt.store_id), col(Receipt.number))
    return [
        {"visit": r.visit_id, "kind": r.kind, "number": r.number, "total_cents": r.document["total_cents"]}
        for r in tx.exec(query)
    ]


def unlocks(tx: Session) -> Rows:
    """Every order to unlock: its id, visit and the wall-clock ms it was committed."""
    query = select(Job).where(Job.kind == "unlock").order_by(col(Job.created_at))
    return [
        {
            "id": job.id,
            "visit": job.subject,
            "committed_ms": round(job.created_at.timestamp() * 1000, 3),  # cut, it would seem earlier
            "deadline_ms": job.payload["deadline_ms"],
            "status": job.status,
        }
        for job in tx.exec(query)
    ]


def stock(tx: Session) -> Rows:
    query = (
        select(Store.slug, Product.sku, func.sum(StockMovement.quantity))
        .join(Store, col(Store.id) == col(StockMovement.store_id))
        .join(Product, col(Product.id) == col(StockMovement.product_id))
        .group_by(col(Store.slug), col(Product.sku))
        .order_by(col(Store.slug), col(Product.sku))
    )
    return [{"store": s, "sku": k, "on_hand": int(q)} for s, k, q in tx.exec(query).all()]


EXPORTS: dict[str, Callable[[Session], Rows]] = {
    "visits": visits,
    "ledger": ledger,
    "receipts": receipts,
    "unlocks": unlocks,
    "stock": stock,
}
