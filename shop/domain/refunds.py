"""Money given back for a line of a sale: corrected in the books at once, then asked of the card's bank.

The sale and its receipt stay as they are. What is owed back stands in the ledger until the card has it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists
from sqlmodel import Field, Session, col, func, or_, select

from shop.domain import clock, ids, incidents, jobs, ledger, lifecycle, money, payments, receipts
from shop.domain.basket import BasketLine
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account
from shop.domain.payments import Payment
from shop.domain.ports import Look, RefundState
from shop.domain.statements import RowsOf, Statement
from shop.domain.tenancy import StoreRow
from shop.domain.visits import Visit

# An answer and its repeats have come long before, or will not come; a bank may take days.
UNKNOWN_AFTER = timedelta(minutes=10)
LOOK_AGAIN_AFTER = timedelta(hours=1)
MOST = 20


class Refund(StoreRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)  # names it at the provider, too
    visit_id: str = Field(foreign_key="visit.id", max_length=26, index=True)
    payment_id: str = Field(foreign_key="payment.id", max_length=26)
    receipt_id: str = Field(foreign_key="receipt.id", max_length=26, index=True)  # the correction
    amount_cents: int
    reason: str = Field(max_length=40)
    asked_by: str = Field(max_length=200)  # customer:<id> or staff:<id>
    # requested, done, failed; and what a person made of a failed one: retried, by_hand
    status: str = Field(default="requested", max_length=20, index=True)
    provider_id: str | None = Field(default=None, max_length=64, index=True)
    created_at: datetime = Field(default_factory=clock.now)
    done_at: datetime | None = None
    looked_at: datetime | None = None  # when we last asked how it stands, because nobody told us


def of_visit(tx: Session, visit_id: str) -> list[Refund]:
    return list(tx.exec(select(Refund).where(Refund.visit_id == visit_id).order_by(col(Refund.id))))


def give_back(tx: Session, visit: Visit, line: BasketLine, quantity: int, *, reason: str, by: str) -> str:
    """Correct the sale of so many units and ask for the money; the id of the correction's receipt.

    Needs the visit locked. Refusal nothing_to_refund when all that was taken is given back already.
    """
    gross = quantity * (line.unit_price_cents + line.unit_deposit_cents)
    shares = _shares(tx, visit, gross)
    back = sum(cents for _, cents in shares)
    if gross <= 0 or back <= 0:
        raise Refusal("nothing_to_refund")
    sale = receipts.of_visit(tx, visit.id)
    ledger.append(tx, _correction(visit, line.vat_rate_bp, gross=gross, back=back))
    number = receipts.next_number(tx, visit.store_id)
    document = receipts.correction(sale, line, quantity, waived_cents=gross - back, number=number)
    receipt_id = receipts.issue(tx, visit, number, document, kind=receipts.CORRECTION)
    for payment, cents in shares:
        refund = Refund(
            **visit.scope(),
            visit_id=visit.id,
            payment_id=payment.id,
            receipt_id=receipt_id,
            amount_cents=cents,
            reason=reason,
            asked_by=by,
        )
        ask(tx, refund)
    lifecycle.tell(tx, visit)
    return receipt_id


def ask(tx: Session, refund: Refund) -> None:
    """The bank, once this is committed."""
    tx.add(refund)
    tx.flush()
    jobs.put(tx, _ask_for(refund))


def left(tx: Session, visit: Visit) -> int:
    """Cents that were taken and not asked back yet."""
    return sum(cents for _, cents in _shares(tx, visit, visit.paid_cents))


def _shares(tx: Session, visit: Visit, cents: int) -> list[tuple[Payment, int]]:
    """From which payments it is given back: never more of one than was taken and not asked back yet.

    A refund that failed counts, too: a person decides what becomes of it. One that was asked for anew
    counts once.
    """
    tx.flush()
    asked: dict[str, int] = {}
    for refund in of_visit(tx, visit.id):
        if refund.status == "retried":
            continue
        asked[refund.payment_id] = asked.get(refund.payment_id, 0) + refund.amount_cents
    shares = []
    for payment in payments.of_visit(tx, visit.id):
        share = min(cents, payment.captured_cents - asked.get(payment.id, 0))
        if share > 0:
            shares.append((payment, share))
            cents -= share
    return shares


def _correction(visit: Visit, rate_bp: int, *, gross: int, back: int) -> list[ledger.Entry]:
    """The sale taken back; what was given up of it is no longer given up."""
    net, vat = money.net_of(gross, rate_bp), money.vat_in(gross, rate_bp)
    lines: list[ledger.Line] = [
        (Account.SALES, rate_bp, net),
        (Account.VAT, rate_bp, vat),
        (Account.REFUND, None, -back),
        (Account.WAIVED, None, back - gross),
    ]
    return ledger.booking(**visit.scope(), visit_id=visit.id, lines=lines)


def _ask_for(refund: Refund) -> jobs.Row:
    return jobs.new(**refund.scope(), kind="refund", subject=refund.visit_id, refund_id=refund.id)


_FRESH = {"populate_existing": True}
_VISIT = RowsOf(
    Visit,
    select(Visit)
    .join(Refund, col(Refund.visit_id) == col(Visit.id))
    .where(or_(col(Refund.id) == bindparam("refund"), col(Refund.provider_id) == bindparam("provider")))
    .with_for_update()
    .execution_options(**_FRESH),
    col(Refund.id).label("refund"),
)
_REFUND = RowsOf(
    Refund, select(Refund).where(col(Refund.id) == bindparam("refund")).execution_options(**_FRESH)
)


def told(tx: Session, state: RefundState) -> bool:
    """Take over what the provider says, asked or not; False when the refund is none of ours."""
    found = _VISIT.first_and(tx, refund=state.refund_id, provider=state.provider_id)
    if found is None:
        return False
    visit, ours = found
    [refund] = _REFUND.all(tx, refund=ours.refund)
    refund.provider_id = refund.provider_id or state.provider_id
    tx.add(refund)
    if _RANK[state.status] <= _RANK[refund.status]:
        return True
    if state.status == "done":
        _paid_out(tx, visit, refund.amount_cents)
        refund.done_at = clock.now()
    elif refund.status == "done":
        _paid_out(tx, visit, -refund.amount_cents)  # it came back from the bank
    refund.status = state.status
    if refund.status == "failed":
        facts: dict[str, Any] = {"refund": refund.id, "cents": refund.amount_cents, "error": state.why}
        incidents.open_one(tx, visit, "refund_failed", severity="alarm", visit_id=visit.id, **facts)
    lifecycle.tell(tx, visit)
    return True


def told_unasked(tx: Session, state: RefundState) -> None:
    """Take over news; what was given back by hand is in no book of ours, so staff is told, once."""
    if told(tx, state) or state.status != "done":
        return
    payment = tx.exec(select(Payment).where(Payment.provider_id == state.payment)).first()
    if payment is None:
        return
    evidence: dict[str, Any] = {
        "refund": state.provider_id,
        "payment": payment.id,
        "cents": state.amount_cents,
    }
    query = select(Incident).where(Incident.visit_id == payment.visit_id, Incident.kind == "unknown_refund")
    if all(incident.evidence != evidence for incident in tx.exec(query)):
        incidents.open_one(tx, payment, "unknown_refund", visit_id=payment.visit_id, **evidence)


# Of two answers that overtook each other the later state is the true one, and a bank's last word is that it
# failed (docs.stripe.com/refunds): what a person made of it then is not undone by older news.
_RANK = {"requested": 0, "done": 1, "failed": 2, "retried": 3, "by_hand": 3}


def _paid_out(tx: Session, visit: Visit, cents: int) -> None:
    lines: list[ledger.Line] = [(Account.REFUND, None, cents), (Account.CARD, None, -cents)]
    ledger.append(tx, ledger.booking(**visit.scope(), visit_id=visit.id, lines=lines))
    visit.refunded_cents += cents
    tx.add(visit)


def given_back(tx: Session, receipt_id: str) -> dict[str, int]:
    """Cents of one correction that she has back: `done` on her card, `by_hand` another way."""
    sums = select(Refund.status, func.sum(Refund.amount_cents)).group_by(col(Refund.status))
    found = dict(tx.exec(sums.where(Refund.receipt_id == receipt_id)).all())
    return {status: int(found[status]) for status in ("done", "by_hand") if status in found}


_ON_THE_WAY = exists().where(
    col(Job.subject) == col(Refund.visit_id),
    col(Job.kind) == "refund",
    or_(col(Job.status) == Status.READY, col(Job.status) == Status.RUNNING),
)
_IN_DOUBT = Statement(
    select(Refund.id)
    .where(
        Refund.operator_id == bindparam("operator"),
        Refund.status == "requested",
        ~_ON_THE_WAY,
        or_(
            col(Refund.looked_at).is_(None) & (col(Refund.created_at) < bindparam("old")),
            col(Refund.looked_at) < bindparam("again"),
        ),
    )
    .order_by(col(Refund.created_at))
    .limit(MOST)
)


def in_doubt(look: Look, operator_id: str) -> list[str]:
    """Asked for, and no job will hear what became of it."""
    now = clock.now()
    asked = {"operator": operator_id, "old": now - UNKNOWN_AFTER, "again": now - LOOK_AGAIN_AFTER}
    return [row.id for row in look(_IN_DOUBT, **asked)]


def ask_again(tx: Session, refund_id: str) -> None:
    """The job finds what an earlier one has done."""
    refund = tx.get_one(Refund, refund_id)
    refund.looked_at = clock.now()
    tx.add(refund)
    jobs.put(tx, _ask_for(refund))
