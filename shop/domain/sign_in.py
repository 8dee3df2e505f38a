"""Signing in: mailed one-time codes for shoppers, passwords for staff, opaque revocable sessions."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, UniqueConstraint, col, func, select

from shop.domain import clock, customers, ids, jobs, user_agents
from shop.domain.customers import Customer, Shopper
from shop.domain.errors import Refusal
from shop.domain.ports import Look
from shop.domain.statements import Statement, take_turns
from shop.domain.tenancy import OperatorRow

CODE_VALID = timedelta(minutes=10)
CODE_ATTEMPTS = 5
CODES_PER_WINDOW = 5  # for one address, so that nobody's mailbox is flooded
SESSION_VALID = timedelta(days=90)


class SignInCode(OperatorRow, table=True):
    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    email: str = Field(max_length=254, index=True)
    code_hash: str = Field(max_length=64)
    attempts: int = 0
    expires_at: datetime
    used_at: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)


class SignIn(OperatorRow, table=True):
    """A session; only hashes of its secrets are kept."""

    __table_args__ = (UniqueConstraint("token_hash"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    token_hash: str = Field(max_length=64)
    customer_id: str | None = Field(default=None, foreign_key="customer.id", max_length=26, index=True)
    staff_id: str | None = Field(default=None, foreign_key="staff.id", max_length=26)
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    revoked_at: datetime | None = None
    browser: str | None = Field(default=None, max_length=20)
    system: str | None = Field(default=None, max_length=20)
    used_on: datetime | None = None  # the day only, written once in it


class Staff(OperatorRow, table=True):
    __table_args__ = (UniqueConstraint("email"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    password_hash: str = Field(max_length=200)
    failed_attempts: int = 0
    locked_until: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """Bound to the session: whoever can read the page can send it, whoever only has the cookie cannot."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()[:32]


def ask_code(tx: Session, operator_id: str, email: str, language: str) -> None:
    """Mail a six-digit code; the answer is the same whether the address is known or not."""
    take_turns(tx, f"code for {email} of {operator_id}")  # else all who ask at once find the window empty
    now = clock.now()
    recent = select(func.count()).where(
        SignInCode.operator_id == operator_id,
        SignInCode.email == email,
        SignInCode.created_at > now - CODE_VALID,
    )
    if tx.exec(recent).one() >= CODES_PER_WINDOW:
        raise Refusal("too_many_requests", available_at=now + CODE_VALID)
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = SignInCode(operator_id=operator_id, email=email, code_hash="", expires_at=now + CODE_VALID)
    row.code_hash = hashed(row.id + code)
    tx.add(row)
    jobs.add(
        tx,
        operator_id=operator_id,
        store_id=None,
        kind="mail_code",
        subject=row.id,
        to=email,
        language=language,
        code=code,
    )


def try_code(tx: Session, operator_id: str, email: str, code: str, language: str) -> Customer | Refusal:
    """The customer, or why not. A refusal is returned, not raised: the counted attempt must be kept."""
    query = select(SignInCode).where(SignInCode.operator_id == operator_id, SignInCode.email == email)
    newest = query.order_by(col(SignInCode.created_at).desc(), col(SignInCode.id).desc()).limit(1)
    row = tx.exec(newest.with_for_update()).first()
    # a newer code ends the older ones, also once it is used
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return Refusal("expired_code")
    if row.attempts >= CODE_ATTEMPTS:
        return Refusal("too_many_attempts", available_at=row.expires_at)
    row.attempts += 1
    tx.add(row)
    if not hmac.compare_digest(row.code_hash, hashed(row.id + code)):
        return Refusal("wrong_code", details={"attempts_left": CODE_ATTEMPTS - row.attempts})
    row.used_at = clock.now()
    return customers.find_or_create(tx, operator_id, email, language)


def open_session(
    tx: Session,
    operator_id: str,
    token: str | None = None,
    *,
    customer_id: str | None = None,
    staff_id: str | None = None,
    user_agent: str = "",
) -> str:
    """A new session's token, made here unless given; it is not kept and cannot be shown again."""
    token = token or secrets.token_urlsafe(32)
    tx.add(
        SignIn(
            operator_id=operator_id,
            token_hash=hashed(token),
            customer_id=customer_id,
            staff_id=staff_id,
            expires_at=clock.now() + SESSION_VALID,
            browser=user_agents.browser(user_agent),
            system=user_agents.system(user_agent),
            used_on=clock.today(),
        )
    )
    return token


# Asked with every request, so built once.
_VALID = (
    col(SignIn.token_hash) == bindparam("hash"),
    col(SignIn.revoked_at).is_(None),
    SignIn.expires_at > bindparam("now"),
)
_SESSION = select(SignIn).where(*_VALID)
_CUSTOMER = Statement(
    select_columns(
        *(col(getattr(Customer, name)) for name in ("id", "operator_id", "email", "language", "blocked_at"))
    )
    .join(SignIn, col(SignIn.customer_id) == col(Customer.id))
    .where(*_VALID)
)
_STAFF = Statement(
    select_columns(*(col(getattr(Staff, name)) for name in ("id", "operator_id", "email", "name")))
    .join(SignIn, col(SignIn.staff_id) == col(Staff.id))
    .where(*_VALID)
)


def session_of(tx: Session, token: str) -> SignIn | None:
    return tx.exec(_SESSION, params=_presented(token)).first()


@dataclass(frozen=True, slots=True)
class SignedInStaff:
    id: str
    operator_id: str
    email: str
    name: str


def shopper_of(look: Look, token: str) -> Shopper | None:
    """Whose session it is; None for staff, and for a token that is unknown, revoked or too old."""
    found = look(_CUSTOMER, **_presented(token))
    return Shopper(*found[0]) if found else None


def staff_of(look: Look, token: str) -> SignedInStaff | None:
    found = look(_STAFF, **_presented(token))
    return SignedInStaff(*found[0]) if found else None


def _presented(token: str) -> dict[str, Any]:
    return {"hash": hashed(token), "now": clock.now()}


def revoke(tx: Session, token: str) -> None:
    session = session_of(tx, token)
    if session is not None:
        session.revoked_at = clock.now()
        tx.add(session)


def csrf_matches(token: str, sent: str) -> bool:
    return hmac.compare_digest(csrf_token(token).encode(), sent.encode())
