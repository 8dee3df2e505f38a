"""Who did what: written by the same transaction as the deed, never edited."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, Session, insert

from shop.domain import clock
from shop.domain.statements import Statement
from shop.domain.tenancy import OperatorRow


class Audit(OperatorRow, table=True):
    id: int | None = Field(default=None, primary_key=True)
    store_id: str | None = Field(default=None, foreign_key="store.id", max_length=26)
    at: datetime = Field(default_factory=clock.now)
    actor: str = Field(max_length=200)  # staff:<id>, customer:<id>, device:<id>, system
    action: str = Field(max_length=60)
    subject: str = Field(max_length=100)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


_NOTE = Statement(insert(Audit.__table__))  # type: ignore[attr-defined]


def note(
    tx: Session,
    row: OperatorRow,
    *,
    actor: str,
    action: str,
    subject: str,
    store_id: str | None = None,
    **detail: Any,
) -> None:
    store = store_id or getattr(row, "store_id", None)
    entry = {"operator_id": row.operator_id, "store_id": store, "at": clock.now(), "actor": actor}
    _NOTE.ask(tx, **entry, action=action, subject=subject, detail=detail)
