"""A shopper contests a line she paid: small amounts go back at once, the others a person decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Field, Session, String, col, func, select

from shop.domain import (
    audit,
    basket,
    clock,
    customers,
    ids,
    incidents,
    jobs,
    lifecycle,
    refunds,
    stock,
    visits,
)
from shop.domain.basket import BasketLine
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.tenancy import Store, StoreRow
from shop.domain.visit_states import State
from shop.domain.visits import Visit

# As long as a bank takes back a debit without being asked why; a statement has come by then.
OPEN_FOR = timedelta(weeks=8)


MOST_ANSWERS = 5


@dataclass(frozen=True)
class Trust:
    """How often somebody is believed at once."""

    times: int
    within: timedelta


# Whoever errs once is believed; who lives on it meets a person from the fourth time on. The limit of one
# visit is the store's (`refund_limit_cents`).
TRUST = Trust(times=3, within=timedelta(days=30))


class Why(StrEnum):
    NOT_MINE = "not_mine"
    WRONG_QUANTITY = "wrong_quantity"
    WRONG_PRICE = "wrong_price"
    DAMAGED = "damaged"
    OTHER = "other"


class Objection(StoreRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    visit_id: str = Field(foreign_key="visit.id", max_length=26, index=True)
    customer_id: str = Field(foreign_key="customer.id", max_length=26, index=True)
    line_id: str = Field(foreign_key="basketline.id", max_length=26)
    quantity: int
    amount_cents: int  # price and deposit of these units
    reason: Why = Field(sa_type=String(20))
    text: str = Field(default="", max_length=500)
    status: str = Field(default="waiting", max_length=10, index=True)  # waiting, accepted, rejected
    instant: bool = False  # accepted by the rule, nobody looked
    receipt_id: str | None = Field(default=None, foreign_key="receipt.id", max_length=26)  # the correction
    answer: str | None = Field(default=None, max_length=500)  # what the shopper is told by who decided
    decided_by: str | None = Field(default=None, max_length=200)
    created_at: datetime = Field(default_factory=clock.now)
    decided_at: datetime | None = None


def of_visit(tx: Session, visit_id: str) -> list[Objection]:
    return list(tx.exec(select(Objection).where(Objection.visit_id == visit_id).order_by(col(Objection.id))))


def waiting(tx: Session, operator_id: str) -> list[Objection]:
    query = select(Objection).where(Objection.operator_id == operator_id, Objection.status == "waiting")
    return list(tx.exec(query.order_by(col(Objection.id))))


def answered(tx: Session, customer_id: str) -> list[Objection]:
    """Hers that a person decided lately, newest first; what was believed at once she saw herself."""
    hers = select(Objection).where(Objection.customer_id == customer_id, ~col(Objection.instant))
    lately = hers.where(col(Objection.decided_at) > clock.now() - OPEN_FOR)
    return list(tx.exec(lately.order_by(col(Objection.decided_at).desc()).limit(MOST_ANSWERS)))


def earlier(tx: Session, objection: Objection) -> int:
    """How many of the same shopper came before."""
    query = select(func.count()).select_from(Objection).where(Objection.customer_id == objection.customer_id)
    return int(tx.exec(query.where(Objection.id < objection.id)).one())


def contest(
    tx: Session, customer_id: str, visit_id: str, *, sku: str, quantity: int, why: Why, text: str
) -> Objection:
    """She objects to so many units of a line. Refusal objection_not_yet, objection_too_late, not_bought,
    objected_already, nothing_to_refund.
    """
    customers.lock(tx, customer_id)  # two of hers at once are not both her last one that is believed
    visit = visits.own(tx, customer_id, visit_id, lock=True)
    _must_be_in_time(visit)
    line = next((line for line in basket.lines_of(tx, visit.id) if line.sku == sku and line.quantity), None)
    if line is None:
        raise Refusal("not_bought")
    left = left_of(line, of_visit(tx, visit.id))
    if quantity > left:
        raise Refusal("objected_already", details={"left": left})
    if not refunds.left(tx, visit):
        raise Refusal("nothing_to_refund")
    objection = Objection(
        **visit.scope(),
        visit_id=visit.id,
        customer_id=customer_id,
        line_id=line.id,
        quantity=quantity,
        amount_cents=quantity * (line.unit_price_cents + line.unit_deposit_cents),
        reason=why,
        text=text,
    )
    is_believed = _is_believed(tx, visit, objection.amount_cents)
    tx.add(objection)
    tx.flush()
    her = f"customer:{customer_id}"
    if is_believed:
        objection.instant = True
        _accept(tx, visit, objection, line, by=her)
    else:
        facts: dict[str, Any] = {"objection": objection.id, "sku": sku, "cents": objection.amount_cents}
        incidents.open_one(tx, visit, "objection", visit_id=visit.id, **facts)
    _note(tx, objection, her, "objection_refunded" if is_believed else "objection_raised", sku=sku)
    lifecycle.tell(tx, visit)
    return objection


def left_of(line: BasketLine, objections: list[Objection]) -> int:
    """Units of the line that nobody objected to yet."""
    return line.quantity - sum(one.quantity for one in objections if one.line_id == line.id)


def open_until(visit: Visit) -> datetime | None:
    """None before it is settled."""
    return visit.settled_at + OPEN_FOR if visit.state == State.SETTLED and visit.settled_at else None


def _must_be_in_time(visit: Visit) -> None:
    until = open_until(visit)
    if until is None:
        raise Refusal("objection_not_yet")
    if clock.now() > until:
        raise Refusal("objection_too_late")


def _is_believed(tx: Session, visit: Visit, cents: int) -> bool:
    hers = select(Objection).where(Objection.customer_id == visit.customer_id, col(Objection.instant))
    believed = tx.exec(hers).all()
    since = clock.now() - TRUST.within
    lately = [one for one in believed if one.created_at > since]
    at_this_visit = sum(one.amount_cents for one in believed if one.visit_id == visit.id)
    limit = tx.exec(select(Store.refund_limit_cents).where(Store.id == visit.store_id)).one()
    return len(lately) < TRUST.times and at_this_visit + cents <= limit


def _accept(tx: Session, visit: Visit, objection: Objection, line: BasketLine, *, by: str) -> None:
    objection.receipt_id = refunds.give_back(
        tx, visit, line, objection.quantity, reason=objection.reason, by=by
    )
    _decide(tx, objection, "accepted", by)


def _decide(tx: Session, objection: Objection, status: str, by: str) -> None:
    objection.status, objection.decided_by, objection.decided_at = status, by, clock.now()
    tx.add(objection)
    tx.flush()


def own(tx: Session, operator_id: str, objection_id: str) -> tuple[Objection, Visit]:
    """Both as they are now and both ours until commit."""
    found = tx.get(Objection, objection_id)
    if found is None or found.operator_id != operator_id:
        raise Refusal("not_found")
    visit = visits.locked(tx, found.visit_id)
    tx.refresh(found)
    return found, visit


def decide(
    tx: Session, objection: Objection, visit: Visit, *, accept: bool, answer: str, on_shelf: bool, actor: str
) -> None:
    """`on_shelf`: somebody saw that the goods never left, so they are in stock again. Needs `own`."""
    if objection.status != "waiting":
        raise Refusal("already_closed")
    line = tx.get_one(BasketLine, objection.line_id)
    objection.answer = answer
    if accept:
        _accept(tx, visit, objection, line, by=actor)
        if on_shelf:
            back = {line.product_id: objection.quantity}
            stock.move(tx, visit, stock.Reason.NOT_TAKEN, back, visit_id=visit.id)
    else:
        _decide(tx, objection, "rejected", actor)
    for incident in _asking(tx, objection):
        incidents.close(tx, incident, by=actor, why=answer)
    deed = "objection_accepted" if accept else "objection_rejected"
    _note(tx, objection, actor, deed, sku=line.sku, reason=answer, on_shelf=on_shelf)
    jobs.add(tx, **visit.scope(), kind="mail_objection", subject=visit.id, objection_id=objection.id)
    lifecycle.tell(tx, visit)


def _asking(tx: Session, objection: Objection) -> list[Incident]:
    query = select(Incident).where(Incident.visit_id == objection.visit_id, Incident.kind == "objection")
    found = tx.exec(query.where(col(Incident.closed_at).is_(None)))
    return [incident for incident in found if incident.evidence["objection"] == objection.id]


def _note(tx: Session, objection: Objection, actor: str, action: str, **detail: Any) -> None:
    facts: dict[str, Any] = {
        "quantity": objection.quantity,
        "cents": objection.amount_cents,
        "why": objection.reason,
    }
    audit.note(tx, objection, actor=actor, action=action, subject=objection.visit_id, **facts, **detail)
