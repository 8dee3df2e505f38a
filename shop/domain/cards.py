"""Saved cards: which one pays, and letting one go."""

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from shop.domain import clock, customers, jobs
from shop.domain.customers import PaymentMethod
from shop.domain.errors import Refusal
from shop.domain.statements import Statement
from shop.domain.visit_states import FINAL
from shop.domain.visits import Visit

_IN_USE = Statement(
    select(col(Visit.id)).where(
        col(Visit.customer_id) == bindparam("customer"),
        col(Visit.payment_method_id) == bindparam("method"),
        *(col(Visit.state) != state for state in sorted(FINAL)),
    )
)


def choose(tx: Session, customer_id: str, method_id: str) -> None:
    """Pays from now on, until another is chosen or saved."""
    method = customers.own_method(tx, customer_id, method_id)
    if method.status != "saved":
        raise Refusal("not_found")
    method.chosen_at = clock.now()
    tx.add(method)


def remove(tx: Session, customer_id: str, method_id: str) -> None:
    """Refusal card_in_use while a visit that holds on it is not over."""
    customers.lock(tx, customer_id)  # she may be asking to enter with it
    method = customers.own_method(tx, customer_id, method_id)
    visit = _IN_USE.first(tx, customer=customer_id, method=method_id)
    if visit is not None:
        raise Refusal("card_in_use", details={"visit_id": visit.id})
    let_go(tx, method)


def let_go(tx: Session, method: PaymentMethod) -> None:
    """The row stays for the visits it paid; what it says of a card goes, here and at the provider."""
    if method.provider_id is not None:
        jobs.add(
            tx,
            operator_id=method.operator_id,
            store_id=None,
            kind="forget_card",
            subject=method.id,
            provider_id=method.provider_id,
        )
    method.status = "removed"
    method.provider_id = method.brand = method.last4 = method.exp_month = method.exp_year = None
    method.setup_session = method.setup_url = None
    tx.add(method)
