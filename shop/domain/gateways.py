"""Which gateway speaks for which store: the stores are shared out among the gateways that are alive.

Owning a store only says who answers its devices and opens its door. That nothing happens twice rests on
locked rows: two that both take themselves for the owner for a second do no harm.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists
from sqlmodel import Field, Session, SQLModel, col, select

from shop.domain import clock
from shop.domain.statements import Statement
from shop.domain.tenancy import Store

LEASE = timedelta(seconds=3)
RENEW_EVERY_S = 1.0


class Gateway(SQLModel, table=True):
    name: str = Field(primary_key=True, max_length=20)  # its login at the broker
    until: datetime  # counts as alive so long


class GatewayLease(SQLModel, table=True):
    __tablename__ = "gateway_lease"

    store_id: str = Field(primary_key=True, foreign_key="store.id", max_length=26)
    gateway: str = Field(max_length=20)  # its owner for as long as that is alive


@dataclass(frozen=True, slots=True)
class Shares:
    """Slugs of stores; one that nobody owns yet is in neither."""

    mine: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


_GATEWAYS: Any = Gateway.__table__  # type: ignore[attr-defined]
_LEASES: Any = GatewayLease.__table__  # type: ignore[attr-defined]

# In order, so that two who renew at once do not wait for each other.
_ALL = Statement(select(_GATEWAYS).order_by(_GATEWAYS.c.name).with_for_update())
_STORES = Statement(
    select(col(Store.id), col(Store.slug), _LEASES.c.gateway)
    .outerjoin(_LEASES, _LEASES.c.store_id == col(Store.id))
    .order_by(col(Store.id))
)
_GIVE_UP = Statement(delete(_LEASES).where(_LEASES.c.store_id == bindparam("store")))
_LEAVE = Statement(delete(_GATEWAYS).where(_GATEWAYS.c.name == bindparam("gateway")))


@cache
def _writing(database: str) -> tuple[Statement, Statement]:
    """A row that is new or replaced; of the two databases only the one in use is loaded."""
    insert = import_module(f"sqlalchemy.dialects.{database}").insert
    alive, lease = insert(_GATEWAYS), insert(_LEASES)
    return (
        Statement(alive.on_conflict_do_update(index_elements=["name"], set_={"until": alive.excluded.until})),
        Statement(
            lease.on_conflict_do_update(index_elements=["store_id"], set_={"gateway": lease.excluded.gateway})
        ),
    )


def renew(tx: Session, name: str) -> Shares:
    """Say that we are alive, take what nobody alive owns, and give up what is more than our share.

    What was ours before a restart is ours at once.
    """
    now = clock.now()
    say_alive, take = _writing(tx.get_bind().dialect.name)
    alive = {name} | {gateway.name for gateway in _ALL.rows(tx) if gateway.until > now}
    say_alive.run(tx, name=name, until=now + LEASE)
    stores = _STORES.rows(tx)
    fair = math.ceil(len(stores) / len(alive))
    ours = [store for store in stores if store.gateway == name]
    free = [store for store in stores if store.gateway not in alive]
    for store in ours[fair:]:
        _GIVE_UP.run(tx, store=store.id)
    taken = free[: max(fair - len(ours), 0)]
    for store in taken:
        take.run(tx, store_id=store.id, gateway=name)
    return Shares(
        mine=frozenset(store.slug for store in (*ours[:fair], *taken)),
        others=frozenset(store.slug for store in stores if store.gateway in alive - {name}),
    )


def leave(tx: Session, name: str) -> None:
    """The others need not wait for the end of our lease."""
    _LEAVE.run(tx, gateway=name)


def not_of_others(store_id: Any, name: Any) -> ColumnElement[bool]:
    """For a query about rows of stores: those that are not another gateway's."""
    return ~exists().where(_LEASES.c.store_id == store_id, _LEASES.c.gateway != name)
