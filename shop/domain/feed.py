"""Live news, one numbered line each; screens read it and resume after the last line they saw."""

from datetime import datetime

from sqlmodel import Field, Session, insert

from shop.domain import clock
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow
from shop.domain.wakes import FEED, wake


class Feed(StoreRow, table=True):
    __table_args__ = ({"sqlite_autoincrement": True},)  # an id is never used twice

    id: int | None = Field(default=None, primary_key=True)
    visit_id: str | None = Field(default=None, max_length=26, index=True)
    topic: str = Field(max_length=40)
    at: datetime = Field(default_factory=clock.now)


_TELL = Statement(insert(Feed.__table__))  # type: ignore[attr-defined]


def tell(tx: Session, row: StoreRow, topic: str, visit_id: str | None = None) -> None:
    _TELL.ask(tx, **row.scope(), visit_id=visit_id, topic=topic, at=clock.now())
    wake(tx, FEED)
