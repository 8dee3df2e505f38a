"""Where a shopper is signed in: her sessions by device, to look over and to end."""

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from shop.domain import clock, sign_in
from shop.domain.errors import Refusal
from shop.domain.ports import Look
from shop.domain.sign_in import SignIn
from shop.domain.statements import Statement

_UNUSED = or_(col(SignIn.used_on).is_(None), col(SignIn.used_on) < bindparam("today"))
_THIS = (col(SignIn.token_hash) == bindparam("hash"), _UNUSED)
_FIRST_TODAY = Statement(select(col(SignIn.id)).where(*_THIS))
_USED = Statement(update(SignIn).where(*_THIS).values(used_on=bindparam("today")))
_OTHERS = Statement(
    update(SignIn)
    .where(
        col(SignIn.customer_id) == bindparam("customer"),
        col(SignIn.token_hash) != bindparam("hash"),
        col(SignIn.revoked_at).is_(None),
    )
    .values(revoked_at=bindparam("now"))
)


def is_first_use_today(look: Look, token: str) -> bool:
    return bool(look(_FIRST_TODAY, hash=sign_in.hashed(token), today=clock.today()))


def note_use(tx: Session, token: str) -> None:
    """To the day, and written once in it: enough to tell an old phone from the one in her hand."""
    _USED.run(tx, hash=sign_in.hashed(token), today=clock.today())


def of_customer(tx: Session, customer_id: str) -> list[SignIn]:
    """Those that are valid, the newest first."""
    query = select_rows(SignIn).where(
        SignIn.customer_id == customer_id,
        col(SignIn.revoked_at).is_(None),
        SignIn.expires_at > clock.now(),
    )
    return list(tx.exec(query.order_by(col(SignIn.created_at).desc(), col(SignIn.id).desc())))


def end(tx: Session, customer_id: str, session_id: str, token: str) -> None:
    """Refusal this_session for the one that the token opens: that is ended by signing out."""
    found = next((row for row in of_customer(tx, customer_id) if row.id == session_id), None)
    if found is None:
        raise Refusal("not_found")
    if found.token_hash == sign_in.hashed(token):
        raise Refusal("this_session")
    found.revoked_at = clock.now()
    tx.add(found)


def end_others(tx: Session, customer_id: str, token: str) -> None:
    """All but the one that this token opens."""
    _OTHERS.run(tx, customer=customer_id, hash=sign_in.hashed(token), now=clock.now())
