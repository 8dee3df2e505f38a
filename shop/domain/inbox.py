"""What arrived from outside, kept under its own name so that a repeat has no second effect."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import JSON, Field, Session, SQLModel, UniqueConstraint, select

from shop.domain import clock


class Inbox(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    operator_id: str | None = Field(default=None, max_length=26)
    store_id: str | None = Field(default=None, max_length=26)
    source: str = Field(max_length=80)  # stripe, or device:<id>
    external_id: str = Field(max_length=120)
    kind: str = Field(max_length=60)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = Field(default="done", max_length=10)  # done, dead (a dead letter)
    reason: str | None = Field(default=None, max_length=300)
    received_at: datetime = Field(default_factory=clock.now)


# Asked for every report of every device, so built once.
_SEEN = select(Inbox.id).where(Inbox.source == bindparam("source"), Inbox.external_id == bindparam("name"))


def seen(tx: Session, source: str, external_id: str) -> bool:
    named = {"source": source, "name": external_id}
    return tx.connection().execute(_SEEN, named).first() is not None


def keep(
    tx: Session,
    source: str,
    external_id: str,
    kind: str,
    payload: dict[str, Any],
    *,
    operator_id: str | None = None,
    store_id: str | None = None,
    dead: str | None = None,
) -> bool:
    """False when it is a repeat. `dead` is the reason it could not be used (dead letter)."""
    if seen(tx, source, external_id):
        return False
    tx.add(
        Inbox(
            operator_id=operator_id,
            store_id=store_id,
            source=source,
            external_id=external_id,
            kind=kind,
            payload=payload,
            status="dead" if dead else "done",
            reason=dead[:300] if dead else None,
        )
    )
    tx.flush()
    return True
