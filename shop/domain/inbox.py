"""What arrived from outside, kept under its own name so that a repeat has no second effect."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel import JSON, Field, Index, Session, SQLModel, UniqueConstraint, update

from shop.domain import clock
from shop.domain.statements import Statement, insert_new

# Few among millions. On PostgreSQL the migration alone says so: said here, it would load that dialect into
# every process on SQLite (2 MB and 40 ms each).
_DEAD = text("status = 'dead'")


class Inbox(SQLModel, table=True):
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_inbox_dead", "source", sqlite_where=_DEAD),
    )

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


_ROWS: Any = Inbox.__table__  # type: ignore[attr-defined]


_BURY = Statement(
    update(_ROWS)
    .where(_ROWS.c.source == bindparam("of"), _ROWS.c.external_id == bindparam("name"))
    .values(status="dead", reason=bindparam("why"))
)


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
    row = {
        "operator_id": operator_id,
        "store_id": store_id,
        "source": source,
        "external_id": external_id,
        "kind": kind,
        "payload": payload,
        "status": "dead" if dead else "done",
        "reason": dead[:300] if dead else None,
        "received_at": clock.now(),
    }
    return insert_new(tx, _ROWS, **row)


def bury(tx: Session, source: str, external_id: str, why: str) -> None:
    """What was kept turned out to be of no use: a dead letter."""
    _BURY.ask(tx, of=source, name=external_id, why=why[:300])
