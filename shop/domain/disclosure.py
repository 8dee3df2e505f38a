"""Everything we keep about a shopper, for herself (GDPR, articles 15 and 20), without what opens anything."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from shop.domain import clock, consents, passkeys
from shop.domain.audit import Audit
from shop.domain.basket import BasketLine
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.incidents import Incident
from shop.domain.objections import Objection
from shop.domain.payments import Payment
from shop.domain.receipts import Receipt
from shop.domain.refunds import Refund
from shop.domain.sign_in import SignIn, SignInCode
from shop.domain.visits import Visit

Rows = list[dict[str, Any]]

# What stands in rows for us alone: whose they are is her anyway, and secrets open something.
OURS = {"operator_id", "customer_id", "token_hash", "code_hash", "staff_id", "setup_url", "action_url"}
KEY = {"public_key", "credential_id", "sign_count"}


def of_customer(tx: Session, customer_id: str) -> dict[str, Any]:
    her = tx.get_one(Customer, customer_id)
    codes = select(SignInCode).where(SignInCode.operator_id == her.operator_id)
    deeds = select(Audit).where(Audit.operator_id == her.operator_id)
    return {
        "written_at": clock.now(),
        "account": _plain(her),
        "consents": [_plain(consent) for consent in consents.of_customer(tx, her.id)],
        "cards": _rows(tx, select(PaymentMethod).where(PaymentMethod.customer_id == her.id)),
        "visits": _visits(tx, her.id),
        "sessions": _rows(tx, select(SignIn).where(SignIn.customer_id == her.id)),
        "sign_in_codes": _rows(tx, codes.where(SignInCode.email == her.email)),
        "passkeys": [_plain(passkey, KEY) for passkey in passkeys.of_customer(tx, her.id)],
        "audit": _rows(tx, deeds.where(Audit.actor == f"customer:{her.id}").order_by(col(Audit.id))),
    }


def _visits(tx: Session, customer_id: str) -> Rows:
    hers = select(Visit.id).where(Visit.customer_id == customer_id)
    parts: dict[str, Any] = {
        "lines": BasketLine,
        "payments": Payment,
        "receipts": Receipt,
        "refunds": Refund,
        "objections": Objection,
        "incidents": Incident,
    }
    found: dict[str, dict[str, Rows]] = {}
    for name, table in parts.items():
        for row in tx.exec(select(table).where(col(table.visit_id).in_(hers)).order_by(col(table.id))):
            found.setdefault(row.visit_id, {}).setdefault(name, []).append(_plain(row))
    visits = tx.exec(select(Visit).where(Visit.customer_id == customer_id).order_by(col(Visit.id)))
    return [_plain(visit) | {name: [] for name in parts} | found.get(visit.id, {}) for visit in visits]


def _rows(tx: Session, asked: Any) -> Rows:
    return [_plain(row) for row in tx.exec(asked)]


def _plain(row: SQLModel, also: Iterable[str] = ()) -> dict[str, Any]:
    return row.model_dump(exclude=OURS | set(also), warnings=False)  # a state comes back as its text
