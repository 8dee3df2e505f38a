"""Answers kept for a day, so that a request sent again has no second effect and is answered the same."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, delete, update
from sqlmodel import Field, Session, SQLModel, select

from shop.domain import clock
from shop.domain.statements import Statement, insert_new

KEPT_FOR = timedelta(hours=24)


class IdempotencyKey(SQLModel, table=True):
    """`id` is a hash of who asked and of the key she chose: the key itself is kept nowhere, because a
    repeated sign-in is opened with it. Its status is 0 until the change it names is committed."""

    __tablename__ = "idempotency_key"

    id: str = Field(primary_key=True, max_length=64)
    who: str = Field(max_length=80)
    request: str = Field(max_length=64)  # hash of method, path and body
    status: int = 0
    answer: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(default_factory=clock.now, index=True)


_ROWS: Any = IdempotencyKey.__table__  # type: ignore[attr-defined]


_KEPT = Statement(
    select(_ROWS.c.request, _ROWS.c.status, _ROWS.c.answer).where(_ROWS.c.id == bindparam("of"))
)
_KEEP = Statement(
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("of"))
    .values(status=bindparam("given"), answer=bindparam("body"))
)
# What another process is pruning is left to it: waiting for each other's rows could end in a deadlock.
_OLDEST = (
    select(_ROWS.c.id)
    .where(_ROWS.c.created_at < bindparam("before"))
    .order_by(_ROWS.c.created_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PRUNE = Statement(delete(_ROWS).where(_ROWS.c.id.in_(_OLDEST)))


def name(who: str, key: str) -> str:
    return hashlib.sha256(f"{who}\n{key}".encode()).hexdigest()


def claim(tx: Session, who: str, key: str, request: str) -> Any:
    """None for the first of them, else what is kept: `request`, `status`, `answer`.

    The first statement of its transaction. A repeat that comes while the first still runs waits here until
    that one has committed: on SQLite for its turn to write, on PostgreSQL in the primary key's index.
    """
    connection = tx.connection()
    row = {"id": name(who, key), "who": who, "request": request, "created_at": clock.now()}
    if insert_new(connection, _ROWS, **row, status=0, answer=""):
        return None
    return _KEPT.first(connection, of=row["id"])


def keep(tx: Session, who: str, key: str, status: int, answer: str) -> None:
    _KEEP.ask(tx, of=name(who, key), given=status, body=answer)


def prune(tx: Session, most: int) -> int:
    """Forgets the oldest answers beyond their day; how many."""
    return _PRUNE.run(tx, before=clock.now() - KEPT_FOR, most=most)


_FORGET = Statement(delete(_ROWS).where(_ROWS.c.who == bindparam("of")))


def forget(tx: Session, who: str) -> None:
    """Every answer kept for her; rare, so nothing helps to find them."""
    _FORGET.ask(tx, of=who)
