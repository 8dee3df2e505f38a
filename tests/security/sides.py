"""Who asks and whose things are asked for: the names each of them would put into a request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from shop.domain import visits
from shop.domain.catalog import Facing
from shop.domain.customers import PaymentMethod
from shop.domain.fleet import Door
from shop.domain.incidents import Incident
from shop.domain.objections import Objection
from shop.domain.passkeys import Passkey
from shop.domain.receipts import Receipt
from shop.domain.refunds import Refund
from shop.domain.sign_in import SignIn
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.security.two_shops import Premises

Route = tuple[str, str]


@dataclass(frozen=True)
class Side:
    premises: Premises
    keys: set[str]  # a row that holds one of these is hers
    path: dict[str, list[str]]  # parameter of a path -> her values for it

    @property
    def email(self) -> str:
        return self.premises.email("ben")


# What each route is sent, in the words of one side. A route that takes a body must be entered here.
BODIES: dict[Route, Callable[[Side], dict[str, Any]]] = {
    ("POST", "/api/v1/sign-in/codes"): lambda side: {"email": side.email},
    ("POST", "/api/v1/sign-in/sessions"): lambda side: {"email": side.email, "code": "000000"},
    ("POST", "/api/v1/sign-in/passkeys"): lambda side: {
        **{"id": f"key-of-{side.email.partition('@')[0]}", "client_data": "e30", "signature": "AA"},
        **{"authenticator_data": "AA", "user_handle": "AA"},
    },
    ("POST", "/api/v1/passkeys"): lambda _: {"id": "AA", "client_data": "e30", "attestation": "AA"},
    ("PUT", "/api/v1/passkeys/{passkey_id}/name"): lambda _: {"name": "my phone"},
    ("POST", "/api/v1/consents"): lambda _: {"terms": 1},
    ("POST", "/api/v1/pages/{kind}"): lambda _: {"de": "Text", "en": "text"},
    ("PUT", "/api/v1/account/language"): lambda _: {"language": "en"},
    ("POST", "/api/v1/account/erase"): lambda side: {"email": side.email},
    ("POST", "/api/v1/payment-methods"): lambda _: {"return_url": "/"},
    ("POST", "/api/v1/visits"): lambda side: {
        "door_code": side.premises.door_code,
        "store": side.premises.slug,
    },
    ("POST", "/api/v1/visits/{visit_id}/scans"): lambda side: {"gtin": side.premises.own_gtin},
    ("PUT", "/api/v1/visits/{visit_id}/lines/{sku}"): lambda _: {"quantity": 1},
    ("POST", "/api/v1/visits/{visit_id}/lines"): lambda side: {"sku": side.premises.own_sku},
    ("POST", "/api/v1/visits/{visit_id}/help"): lambda _: {"kind": "other", "text": "hello"},
    ("POST", "/api/v1/visits/{visit_id}/objections"): lambda _: {
        "sku": "cola",
        "quantity": 1,
        "reason": "not_mine",
    },
    ("POST", "/api/v1/objections/{objection_id}/decide"): lambda _: {"action": "accept", "reason": "seen"},
    ("POST", "/api/v1/refunds/{refund_id}/by-hand"): lambda _: {"how": "in cash"},
    ("POST", "/api/v1/stores/{slug}/door-codes"): lambda _: {"mode": "sticker"},
    ("POST", "/api/v1/sign-in"): lambda side: {"email": side.premises.email("desk"), "password": "guessed"},
    ("POST", "/api/v1/facings/{facing_id}/restocks"): lambda _: {"quantity": 1},
    ("POST", "/api/v1/facings/{facing_id}/stocktakes"): lambda _: {"counted": 1},
    ("POST", "/api/v1/incidents/{incident_id}/close"): lambda _: {"note": "seen"},
    ("POST", "/api/v1/stores/{slug}/doors/{door}/exit-tests"): lambda _: {"passed": True},
    ("POST", "/api/v1/reviews/{visit_id}/resolve"): lambda side: {
        "action": "charge",
        "reason": "seen",
        "lines": [{"sku": side.premises.own_sku, "quantity": 1}],
    },
}


def shopper(tx: Session, premises: Premises, customer_id: str) -> Side:
    hers = visits.of_customer(tx, customer_id)
    # one that is over comes first: its stream ends
    found = [visit.id for visit in sorted(hers, key=lambda visit: visit.state != State.REFUSED)]
    tokens = tx.exec(select(Receipt.token).where(col(Receipt.visit_id).in_(found))).all()
    return Side(
        premises,
        {customer_id, f"shopper:{customer_id}", *found},
        {
            "visit_id": found,
            "method_id": _ids(tx, PaymentMethod, customer_id=customer_id),
            "passkey_id": _ids(tx, Passkey, customer_id=customer_id),
            "session_id": _ids(tx, SignIn, customer_id=customer_id),
            "slug": [premises.slug],
            "kind": ["terms"],
            "sku": [premises.own_sku],
            "token": list(tokens),
        },
    )


def desk(tx: Session, premises: Premises) -> Side:
    operator = premises.world.operator_id
    hers = tx.exec(select(Visit).where(Visit.operator_id == operator))
    doors = tx.exec(select(Door.name).where(Door.operator_id == operator))
    return Side(
        premises,
        premises.keys,
        {
            # one that waits for a decision comes first
            "visit_id": [v.id for v in sorted(hers, key=lambda visit: visit.state != State.IN_REVIEW)],
            "facing_id": _ids(tx, Facing, operator_id=operator),
            "objection_id": _ids(tx, Objection, operator_id=operator, status="waiting"),
            "refund_id": _ids(tx, Refund, operator_id=operator, status="failed"),
            "incident_id": _ids(tx, Incident, operator_id=operator, closed_at=None),
            "slug": [premises.slug],
            "kind": ["terms"],
            "door": list(doors),
        },
    )


def tried_everywhere(side: Side, *, all_of: Side) -> Side:
    """The other side for somebody who tries each of its ids in each place where an id may stand."""
    every_id = sorted({v for name, values in all_of.path.items() if name.endswith("_id") for v in values})
    path = {name: every_id if name.endswith("_id") else values for name, values in side.path.items()}
    # a receipt's link opens it for whoever has it, so what is tried there is everything but the link
    # and a kind of page is nobody's name
    return Side(side.premises, side.keys, path | {"token": every_id, "kind": []})


def _ids(tx: Session, table: Any, **belonging: str | None) -> list[str]:
    query = select(table.id).where(*(getattr(table, name) == value for name, value in belonging.items()))
    return [str(found) for found in tx.exec(query.order_by(table.id))]
