"""Passkeys: keys on a shopper's own devices that open a session, and the challenges they have to sign."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete
from sqlmodel import Field, Session, UniqueConstraint, col, func, select

from shop.domain import audit, clock, customers, ids, repeats, sign_in
from shop.domain.customers import Customer, Shopper
from shop.domain.errors import Refusal
from shop.domain.ports import Ceremonies
from shop.domain.statements import Statement, insert_new
from shop.domain.tenancy import Operator, OperatorRow

CHALLENGE_VALID = timedelta(minutes=5)
NAME_LENGTH = 60
CHALLENGES_PER_WINDOW = 10  # for one account; strangers are counted by their address


class Passkey(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("operator_id", "credential_id"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    customer_id: str = Field(foreign_key="customer.id", max_length=26, index=True)
    credential_id: str = Field(max_length=1400)  # the device's name for it; base64url as all of WebAuthn
    public_key: str = Field(max_length=2000)
    sign_count: int = Field(default=0, sa_type=BigInteger)  # 32 bits without a sign
    name: str = Field(max_length=NAME_LENGTH)
    created_at: datetime = Field(default_factory=clock.now)
    last_used_at: datetime | None = None


class PasskeyChallenge(OperatorRow, table=True):
    """Gone once it is used. One that makes a new passkey belongs to an account, one to sign in to nobody."""

    __tablename__ = "passkey_challenge"

    id: str = Field(primary_key=True, max_length=64)  # the challenge itself
    customer_id: str | None = Field(default=None, foreign_key="customer.id", max_length=26, index=True)
    expires_at: datetime = Field(index=True)


_CHALLENGES: Any = PasskeyChallenge.__table__  # type: ignore[attr-defined]
_PRUNE = Statement(delete(_CHALLENGES).where(_CHALLENGES.c.expires_at <= bindparam("now")))
_GIVEN = (
    delete(_CHALLENGES)
    .where(_CHALLENGES.c.id == bindparam("challenge"), _CHALLENGES.c.expires_at > bindparam("now"))
    .where(_CHALLENGES.c.operator_id == bindparam("operator"))
    .returning(_CHALLENGES.c.id)
)
_TAKE = Statement(_GIVEN.where(_CHALLENGES.c.customer_id.is_(None)))
_TAKE_HERS = Statement(_GIVEN.where(_CHALLENGES.c.customer_id == bindparam("customer")))


def options_to_create(tx: Session, ceremonies: Ceremonies, shopper: Shopper) -> dict[str, Any]:
    """What her browser is asked to make a passkey with."""
    customers.lock(tx, shopper.id)  # else all who ask at once find the window empty
    query = select(func.count()).where(PasskeyChallenge.customer_id == shopper.id)
    if tx.exec(query.where(PasskeyChallenge.expires_at > clock.now())).one() >= CHALLENGES_PER_WINDOW:
        raise Refusal("too_many_requests", available_at=clock.now() + CHALLENGE_VALID)
    return ceremonies.creation(
        challenge=_challenge(tx, shopper.operator_id, shopper.id),
        shop=tx.get_one(Operator, shopper.operator_id).name,
        customer_id=shopper.id,
        email=shopper.email,
        known=[passkey.credential_id for passkey in of_customer(tx, shopper.id)],
    )


def options_to_sign_in(tx: Session, ceremonies: Ceremonies, operator_id: str) -> dict[str, Any]:
    """What any browser is asked to sign with a passkey it has: who that is, it tells us."""
    return ceremonies.request(challenge=_challenge(tx, operator_id, None))


def _challenge(tx: Session, operator_id: str, customer_id: str | None) -> str:
    now = clock.now()
    _PRUNE.run(tx, now=now)
    row = PasskeyChallenge(
        id=secrets.token_urlsafe(32),
        operator_id=operator_id,
        customer_id=customer_id,
        expires_at=now + CHALLENGE_VALID,
    )
    tx.add(row)
    return row.id


def create(
    tx: Session, ceremonies: Ceremonies, shopper: Shopper, attestation: Mapping[str, str], name: str
) -> Passkey | Refusal:
    """A refusal is returned, not raised: its challenge is used all the same."""
    challenge = ceremonies.challenge_in(attestation)
    _take(_TAKE_HERS, tx, challenge=challenge, operator=shopper.operator_id, customer=shopper.id)
    made = ceremonies.made(attestation, challenge)
    if made is None:
        return Refusal("passkey_refused")
    passkey = Passkey(
        operator_id=shopper.operator_id,
        customer_id=shopper.id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
    )
    if not insert_new(tx, Passkey.__table__, **passkey.model_dump()):  # type: ignore[attr-defined]
        return Refusal("passkey_known")
    return passkey


def used(
    tx: Session, ceremonies: Ceremonies, operator_id: str, assertion: Mapping[str, str]
) -> Customer | Refusal:
    """Who signs in with it; a refusal is returned, not raised: its challenge is used all the same."""
    challenge = ceremonies.challenge_in(assertion)
    _take(_TAKE, tx, challenge=challenge, operator=operator_id)
    query = select(Passkey).where(Passkey.operator_id == operator_id)
    query = query.where(Passkey.credential_id == assertion["id"])
    passkey = tx.exec(query.with_for_update()).first()
    if passkey is None:
        return Refusal("unknown_passkey")
    sign_count = ceremonies.signed(assertion, challenge, passkey.customer_id, passkey.public_key)
    if sign_count is None:
        return Refusal("passkey_refused")
    if (sign_count or passkey.sign_count) and sign_count <= passkey.sign_count:
        actor = f"customer:{passkey.customer_id}"
        audit.note(tx, passkey, actor=actor, action="passkey.went_back", subject=passkey.id)
        return Refusal("passkey_copied")
    passkey.sign_count, passkey.last_used_at = sign_count, clock.now()
    tx.add(passkey)
    return tx.get_one(Customer, passkey.customer_id)


def _take(which: Statement, tx: Session, **about: str) -> None:
    """Refusal expired_challenge for one that is used, too old, or was never given to whom it should be."""
    if which.first(tx, now=clock.now(), **about) is None:
        raise Refusal("expired_challenge")


def of_customer(tx: Session, customer_id: str) -> list[Passkey]:
    query = select(Passkey).where(Passkey.customer_id == customer_id)
    return list(tx.exec(query.order_by(col(Passkey.created_at), col(Passkey.id))))


def rename(tx: Session, customer_id: str, passkey_id: str, name: str) -> Passkey:
    """The audit trail says that she did, not how she calls it."""
    passkey = _own(tx, customer_id, passkey_id)
    if passkey.name != name:
        passkey.name = name
        tx.add(passkey)
        audit.note(tx, passkey, actor=f"customer:{customer_id}", action="passkey.renamed", subject=passkey.id)
    return passkey


def remove(tx: Session, customer_id: str, passkey_id: str) -> None:
    found = _own(tx, customer_id, passkey_id)
    repeats.forget(tx, asker(found.credential_id))
    tx.delete(found)


def _own(tx: Session, customer_id: str, passkey_id: str) -> Passkey:
    found = tx.get(Passkey, passkey_id)
    if found is None or found.customer_id != customer_id:
        raise Refusal("not_found")
    return found


def asker(credential_id: str) -> str:
    """Under which name answers to somebody who signs in with it are kept."""
    return f"passkey:{sign_in.hashed(credential_id)}"
