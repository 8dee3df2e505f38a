"""What a shopper accepted: which version of the terms and of the privacy notice, and when."""

from datetime import datetime

from sqlalchemy import bindparam, exists, or_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, UniqueConstraint, col, select

from shop.domain import clock, customers, ids, pages
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.pages import LegalPage
from shop.domain.statements import Statement
from shop.domain.tenancy import OperatorRow

ASKED_FOR = ("terms", "privacy")


class Consent(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("customer_id", "kind", "version"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    customer_id: str = Field(foreign_key="customer.id", max_length=26)
    kind: str = Field(max_length=20)
    version: int
    given_at: datetime = Field(default_factory=clock.now)


def of_customer(tx: Session, customer_id: str) -> list[Consent]:
    query = select(Consent).where(Consent.customer_id == customer_id)
    return list(tx.exec(query.order_by(col(Consent.given_at), col(Consent.id))))


_NEWER = aliased(LegalPage)
# Asked with every wish to enter, so built once.
_DUE = Statement(
    select_columns(col(LegalPage.kind), col(LegalPage.version)).where(
        col(LegalPage.operator_id) == bindparam("operator"),
        col(LegalPage.language) == pages.LANGUAGES[0],
        or_(*(col(LegalPage.kind) == kind for kind in ASKED_FOR)),
        ~exists().where(
            col(_NEWER.operator_id) == col(LegalPage.operator_id),
            col(_NEWER.kind) == col(LegalPage.kind),
            col(_NEWER.version) > col(LegalPage.version),
        ),
        ~exists().where(
            col(Consent.customer_id) == bindparam("customer"),
            col(Consent.kind) == col(LegalPage.kind),
            col(Consent.version) == col(LegalPage.version),
        ),
    )
)


def due(tx: Session, operator_id: str, customer_id: str) -> dict[str, int]:
    """Kind -> version that is published and that she has not accepted yet."""
    return {row.kind: row.version for row in _DUE.rows(tx, operator=operator_id, customer=customer_id)}


def give(tx: Session, shopper: Shopper, accepted: dict[str, int]) -> None:
    """Exactly what is due; Refusal consent_outdated when something newer was published while she read."""
    customers.lock(tx, shopper.id)
    asked = due(tx, shopper.operator_id, shopper.id)
    if accepted != asked:
        raise Refusal("consent_outdated")
    for kind, version in asked.items():
        hers = {"operator_id": shopper.operator_id, "customer_id": shopper.id}
        tx.add(Consent.model_validate(hers | {"kind": kind, "version": version}))
    tx.flush()  # what is due is asked past the session
