"""The money end of a visit: sale, stock and receipt in one transaction, then one collection."""

from collections import defaultdict
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from shop.domain import basket, jobs, ledger, money, receipts, stock
from shop.domain.basket import BasketLine
from shop.domain.customers import PaymentMethod
from shop.domain.fleet import Door
from shop.domain.ledger import Account
from shop.domain.payments import Payment
from shop.domain.statements import Asked, Statement
from shop.domain.stock import Reason
from shop.domain.tenancy import Operator, Store, StoreRow
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit

# Stripe refuses euro charges below this (docs.stripe.com/currencies, minimum and maximum charge amounts).
MINIMUM_CHARGE_CENTS = 50


# Whatever settling needs to know of others. Asked once the visit is locked: whoever tells what became of a
# payment locks it first, and a statement that waits for a lock has looked at all other rows before.
_OTHERS: tuple[Any, ...] = (
    col(Store.settling_timeout_s),
    col(Operator.name).label("operator_name"),
    col(Operator.address).label("operator_address"),
    col(Operator.vat_id).label("operator_vat_id"),
    col(Store.name).label("store_name"),
    col(Store.address).label("store_address"),
    col(Store.slug).label("store_slug"),
    col(Door.name).label("door_name"),
    col(PaymentMethod.brand),
    col(PaymentMethod.last4),
    col(Payment.status).label("hold_status"),
    col(Payment.amount_cents).label("hold_cents"),
    col(Payment.capture_before).label("hold_until"),
)


def _of_visit(*columns: Any) -> Any:
    return (
        select_columns(*columns)
        .select_from(Visit)
        .join(Store, col(Store.id) == col(Visit.store_id))
        .join(Door, col(Door.id) == col(Visit.door_id))
        .join(Operator, col(Operator.id) == col(Visit.operator_id))
        .join(PaymentMethod, col(PaymentMethod.id) == col(Visit.payment_method_id))
        .join(Payment, col(Payment.id) == col(Visit.hold_id))
        .where(col(Visit.id) == bindparam("visit"))
    )


_ABOUT = Statement(_of_visit(*_OTHERS))
# Her lines, and all of it beside each: one question instead of two.
_LINES = Statement(
    _of_visit(*basket.ROW, *_OTHERS)
    .join(BasketLine, col(BasketLine.visit_id) == col(Visit.id))
    .order_by(col(BasketLine.id))
)


def book_sale(tx: Session, visit: Visit) -> None:
    """Sale, receivable, stock movements and receipt; a visit is booked once."""
    if visit.booked or not visit.items:
        return
    asked = _ask_lines(tx, visit)
    number = receipts.next_number(tx, visit.store_id)  # as late as can be
    rows = asked.rows()
    tx.info["settling"] = visit.id, rows[0]
    lines = [line for line in rows if line.quantity]
    visit.booked = True
    ledger.append(tx, ledger.booking(**visit.scope(), visit_id=visit.id, lines=_sale(visit, lines)))
    _goods_left(tx, visit, lines, Reason.SOLD)
    receipts.issue(tx, visit, number, receipts.snapshot(rows[0], visit=visit, lines=lines, number=number))
    tx.info["booked"] = visit.id, rows


def collect(tx: Session, visit: Visit) -> Event | None:
    """Ask for what is open: from the hold if it stands, else by a new charge she starts herself.

    None when an answer is awaited, for so long as the store says.
    """
    owed = visit.open_cents
    if owed < MINIMUM_CHARGE_CENTS:
        waive_open(tx, visit)
        _let_go(tx, visit)
        return Event.CAPTURED
    about = _about(tx, visit)
    asked = []
    if about.hold_status == "held":
        capture = {"payment_id": visit.hold_id, "amount_cents": min(owed, about.hold_cents)}
        asked.append(jobs.new(**visit.scope(), kind="capture", subject=visit.id, **capture))
    elif not is_being_charged(tx, visit):
        return Event.CAPTURE_FAILED
    too_late = jobs.new_timer(visit, "time_out", after_s=about.settling_timeout_s, state=State.SETTLING)
    jobs.put(tx, *asked, too_late)
    return None


def booked_here(tx: Session, visit: Visit) -> list[Any]:
    """The lines that booking it in this transaction has read, each with what it read about the visit."""
    known, rows = tx.info.get("booked", ("", []))
    return rows if known == visit.id else []


def _about(tx: Session, visit: Visit) -> Any:
    """Read once for each visit of a transaction: settling itself changes nothing of it."""
    known, about = tx.info.get("settling", ("", None))
    if known != visit.id:
        _send_changes(tx, Payment)
        about = _ABOUT.first(tx, visit=visit.id)
        tx.info["settling"] = visit.id, about
    return about


def _ask_lines(tx: Session, visit: Visit) -> Asked:
    _send_changes(tx, Payment, BasketLine)
    return _LINES.ask(tx, visit=visit.id)


def _send_changes(tx: Session, *of: type[StoreRow]) -> None:
    """Rows of these kinds that this transaction has changed or made are read from the database next."""
    if tx.new or any(isinstance(row, of) for row in tx.dirty):
        tx.flush()


def charge_anew(tx: Session, visit: Visit) -> None:
    """A new payment for what is open; started by the shopper, so her bank may ask her."""
    payment = Payment(**visit.scope(), visit_id=visit.id, kind="charge", amount_cents=visit.open_cents)
    tx.add(payment)
    tx.flush()
    jobs.add(tx, **visit.scope(), kind="charge", subject=visit.id, payment_id=payment.id)


_CHARGING = Statement(
    select(Payment.id).where(
        Payment.visit_id == bindparam("visit"),
        Payment.kind == "charge",
        or_(col(Payment.status) == "asked", col(Payment.status) == "action"),
    )
)


def is_being_charged(tx: Session, visit: Visit) -> bool:
    tx.flush()  # an answer may just have ended one
    return _CHARGING.first(tx, visit=visit.id) is not None


def received(tx: Session, visit: Visit, payment: Payment, cents: int) -> Event:
    """Book what was captured; a rest below the smallest charge is given up."""
    lines: list[ledger.Line] = [(Account.CARD, None, cents), (Account.RECEIVABLE, None, -cents)]
    ledger.append(tx, ledger.booking(**visit.scope(), visit_id=visit.id, lines=lines))
    visit.paid_cents += cents
    if 0 < visit.open_cents < MINIMUM_CHARGE_CENTS:
        waive_open(tx, visit)
    return Event.CAPTURED if visit.open_cents <= 0 else Event.CAPTURED_IN_PART


def waive_open(tx: Session, visit: Visit) -> None:
    """Give up what is still open, in the books under its own name."""
    cents = visit.open_cents
    if cents <= 0:
        return
    lines: list[ledger.Line] = [(Account.WAIVED, None, cents), (Account.RECEIVABLE, None, -cents)]
    ledger.append(tx, ledger.booking(**visit.scope(), visit_id=visit.id, lines=lines))
    visit.waived_cents += cents


def write_off(tx: Session, visit: Visit) -> None:
    """An operator lets the shopper keep the goods: they leave the stock, nothing is charged."""
    if visit.booked:
        waive_open(tx, visit)
        return
    lines = [line for line in _ask_lines(tx, visit).rows() if line.quantity]
    _goods_left(tx, visit, lines, Reason.WAIVED)


def _let_go(tx: Session, visit: Visit) -> None:
    hold = tx.get_one(Payment, visit.hold_id)
    if hold.status == "held":
        jobs.add(tx, **visit.scope(), kind="release_hold", subject=visit.id, payment_id=hold.id)


def gross_by_rate(lines: list[Any]) -> dict[int, int]:
    """Goods and their deposit together: a deposit shares the rate of its contents (UStAE 10.1 (8))."""
    gross: dict[int, int] = defaultdict(int)
    for line in lines:
        gross[line.vat_rate_bp] += line.total_cents
    return dict(gross)


def _sale(visit: Visit, lines: list[Any]) -> list[ledger.Line]:
    entries: list[ledger.Line] = [(Account.RECEIVABLE, None, visit.total_cents)]
    for rate, gross in gross_by_rate(lines).items():
        net, vat = money.net_of(gross, rate), money.vat_in(gross, rate)
        entries += [(Account.SALES, rate, -net), (Account.VAT, rate, -vat)]
    return entries


def _goods_left(tx: Session, visit: Visit, lines: list[Any], reason: Reason) -> None:
    taken = {line.product_id: -line.quantity for line in lines}
    stock.move(tx, visit, reason, taken, visit_id=visit.id)
