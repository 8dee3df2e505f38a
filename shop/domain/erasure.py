"""Erasing an account: the person goes; sales, receipts and books stay, as tax law wants, without her."""

from typing import Any

from sqlalchemy import String, bindparam, cast, delete, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from shop.domain import audit, cards, clock, customers, jobs, passkeys, repeats, sign_in
from shop.domain.customers import Customer, PaymentMethod, Shopper
from shop.domain.errors import Refusal
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.objections import Objection
from shop.domain.passkeys import Passkey, PasskeyChallenge
from shop.domain.payments import OVER, Payment
from shop.domain.refunds import Refund
from shop.domain.sign_in import SignIn, SignInCode
from shop.domain.statements import Statement
from shop.domain.visit_states import FINAL, OPEN, State
from shop.domain.visits import Visit

_UNFINISHED = Statement(
    select(col(Visit.id), col(Visit.state)).where(
        col(Visit.customer_id) == bindparam("customer"),
        *(col(Visit.state) != state for state in sorted(FINAL)),
    )
)
# A person decides, or a bank gives back: both need to know whose it is.
_CONTESTED = Statement(
    select(col(Objection.visit_id)).where(
        col(Objection.customer_id) == bindparam("customer"), col(Objection.status) == "waiting"
    )
)
_COMING_BACK = Statement(
    select(col(Refund.visit_id))
    .join(Visit, col(Visit.id) == col(Refund.visit_id))
    .where(col(Visit.customer_id) == bindparam("customer"), col(Refund.status) == "requested")
)
_MONEY_UNDER_WAY = Statement(
    select(col(Visit.id))
    .join(Payment, col(Payment.visit_id) == col(Visit.id))
    .where(col(Visit.customer_id) == bindparam("customer"), *(col(Payment.status) != how for how in OVER))
)


def erase(tx: Session, shopper: Shopper, email: str) -> None:
    """Refusal while something of hers is not over, or when she typed another address than her own."""
    if email != shopper.email:
        raise Refusal("wrong_confirmation")
    customers.lock(tx, shopper.id)  # she may be asking to enter
    _must_be_over(tx, shopper.id)
    her = tx.get_one(Customer, shopper.id)
    forget_at_provider(tx, her.operator_id, her.id, her.provider_id)
    _forget_what_she_wrote(tx, her)
    _forget_how_she_came_in(tx, her)
    for method in tx.exec(select_rows(PaymentMethod).where(PaymentMethod.customer_id == her.id)):
        cards.let_go(tx, method)
    her.email = f"{her.id}@erased.invalid"
    her.language, her.provider_id, her.erased_at = "de", None, clock.now()
    tx.add(her)
    audit.note(tx, her, actor=f"customer:{her.id}", action="account.erased", subject=her.id)


def _must_be_over(tx: Session, customer_id: str) -> None:
    for visit in _UNFINISHED.rows(tx, customer=customer_id):
        code = "visit_unfinished"
        if visit.state in OPEN:
            code = "visit_open"
        if visit.state == State.PAYMENT_DUE:
            code = "payment_due"
        raise Refusal(code, details={"visit_id": visit.id})
    held = _MONEY_UNDER_WAY.first(tx, customer=customer_id)
    if held is not None:
        raise Refusal("visit_unfinished", details={"visit_id": held.id})
    for waiting in (_CONTESTED, _COMING_BACK):
        found = waiting.first(tx, customer=customer_id)
        if found is not None:
            raise Refusal("visit_unfinished", details={"visit_id": found.visit_id})


def forget_at_provider(tx: Session, operator_id: str, customer_id: str, provider_id: str | None) -> None:
    if provider_id is None:
        return
    jobs.add(
        tx,
        operator_id=operator_id,
        store_id=None,
        kind="forget_customer",
        subject=customer_id,
        provider_id=provider_id,
    )
    named = cast(col(Inbox.payload), String).contains(provider_id, autoescape=True)
    tx.execute(update(Inbox).where(col(Inbox.source) == "stripe", named).values(payload={}))


def _forget_what_she_wrote(tx: Session, her: Customer) -> None:
    query = select_rows(Incident).join(Visit, col(Visit.id) == col(Incident.visit_id))
    for incident in tx.exec(query.where(Visit.customer_id == her.id)):
        incident.evidence = {name: told for name, told in incident.evidence.items() if name != "text"}
        tx.add(incident)
    tx.execute(update(Objection).where(col(Objection.customer_id) == her.id).values(text=""))


def _forget_how_she_came_in(tx: Session, her: Customer) -> None:
    """Sessions, passkeys, codes, and the answers that were kept to be given again."""
    for passkey in passkeys.of_customer(tx, her.id):
        repeats.forget(tx, passkeys.asker(passkey.credential_id))
    for who in (f"shopper:{her.id}", f"email:{sign_in.hashed(her.email)}"):
        repeats.forget(tx, who)
    hers = (col(SignInCode.operator_id) == her.operator_id, col(SignInCode.email) == her.email)
    unsent = col(Job.subject).in_(select(col(SignInCode.id)).where(*hers))
    waiting = (unsent, col(Job.kind) == "mail_code", col(Job.status) == Status.READY)
    tx.execute(update(Job).where(*waiting).values(status=Status.DONE, payload={}, done_at=clock.now()))
    tx.execute(delete(SignInCode).where(*hers))
    tables: tuple[Any, ...] = (Passkey, PasskeyChallenge, SignIn)
    for table in tables:
        tx.execute(delete(table).where(col(table.customer_id) == her.id))
