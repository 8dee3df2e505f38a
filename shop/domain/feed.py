"""Live news, one numbered line each; screens read it and resume after the last line they saw."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Field, Session, col, func, insert, select

from shop.domain import clock
from shop.domain.tenancy import StoreRow


class Feed(StoreRow, table=True):
    __table_args__ = ({"sqlite_autoincrement": True},)  # an id is never used twice

    id: int | None = Field(default=None, primary_key=True)
    visit_id: str | None = Field(default=None, max_length=26, index=True)
    topic: str = Field(max_length=40)
    at: datetime = Field(default_factory=clock.now)


# Written and asked with every step of every visit, so built once and without rows of our own.
_TELL = insert(Feed.__table__)  # type: ignore[attr-defined]
_LATEST = select(func.max(Feed.id)).where(col(Feed.visit_id) == bindparam("visit"))
_SINCE = select(Feed.id, Feed.visit_id).where(col(Feed.id) > bindparam("seen"))


def tell(tx: Session, row: StoreRow, topic: str, visit_id: str | None = None) -> None:
    line = {**row.scope(), "visit_id": visit_id, "topic": topic, "at": clock.now()}
    tx.connection().execute(_TELL, line)


def latest(tx: Session, visit_id: str) -> int:
    """Id of the newest line about this visit, 0 before the first."""
    return int(tx.connection().execute(_LATEST, {"visit": visit_id}).scalar() or 0)


def newest(tx: Session) -> int:
    return int(tx.exec(select(func.max(Feed.id))).one() or 0)


def since(tx: Session, seen: int) -> tuple[int, set[str]]:
    """The newest id, and the visits told about after `seen`."""
    rows = tx.connection().execute(_SINCE, {"seen": seen}).all()
    return max([seen, *(row_id or 0 for row_id, _ in rows)]), {visit for _, visit in rows if visit}
