"""What the report tests look at: doors, dead letters, incidents, and a shopper who is inside."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from devices.messages import (
    ContactChanged,
    ShelfChange,
)
from shop.db import Database
from shop.domain.fleet import Door
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from shop.domain.visit_states import State
from tests.domain.visits_at import visit_in
from tests.domain.world import DOOR_CODE, World
from tests.gateway.rigs import rows

OPENED = ContactChanged(open=True)
CLOSED = ContactChanged(open=False)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def ago(**time: float) -> int:
    return ms(datetime.now(UTC) - timedelta(**time))


def dead(database: Database) -> list[Inbox]:
    return [row for row in rows(database, Inbox) if row.status == "dead"]


def door_of(database: Database) -> Door:
    with database.reading() as tx:
        return tx.exec(select(Door).where(Door.code == DOOR_CODE)).one()


def kinds(database: Database) -> list[str]:
    return [incident.kind for incident in rows(database, Incident)]


def took(grams: int = -1060, at: int | None = None, plate: int = 1) -> ShelfChange:
    moment = at or ago(seconds=0)
    return ShelfChange(
        shelf="A",
        plate=plate,
        t0=moment,
        t1=moment,
        before_g=20_000,
        after_g=20_000 + grams,
        delta_g=grams,
        var_g2=1.0,
    )


def shopping(database: Database, world: World) -> str:
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.REQUESTED)
        visit.state, visit.entered_at = State.SHOPPING, datetime.now(UTC) - timedelta(minutes=5)
        return visit.id
