"""The device a message came from: its row locked and read once, and written once, by prepared statements."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from devices.topics import UpTopic
from shop.domain.fleet import Device
from shop.domain.statements import Statement
from shop.domain.tenancy import Store, StoreRow

_DEVICE: Any = Device.__table__  # type: ignore[attr-defined]
_STORE: Any = Store.__table__  # type: ignore[attr-defined]
WRITTEN = ("birth", "egress", "online", "epoch", "last_seq", "last_seen_at", "state")


class Sender(StoreRow):
    """A device's row without what the ORM does for it, which cost more than the report itself."""

    id: str
    kind: str
    door_id: str | None
    birth: str | None
    egress: str | None
    online: bool
    epoch: str | None
    last_seq: int
    last_seen_at: datetime | None
    state: dict[str, Any]


# Asked for every message, so built once.
_FIND = Statement(
    select(*(_DEVICE.c[name] for name in Sender.model_fields))
    .join(_STORE, _STORE.c.id == _DEVICE.c.store_id)
    .where(_DEVICE.c.id == bindparam("device"), _STORE.c.slug == bindparam("store"))
    .with_for_update(of=_DEVICE)
)
_WRITE = Statement(
    update(_DEVICE)
    .where(_DEVICE.c.id == bindparam("device"))
    .values({name: bindparam(name) for name in WRITTEN})
)


_IN_TURN = select(_DEVICE.c.id).where(_DEVICE.c.id.in_(bindparam("devices", expanding=True)))
_IN_TURN = _IN_TURN.order_by(_DEVICE.c.id).with_for_update()


def lock(tx: Session, devices: set[str]) -> None:
    """In one order, before a batch is read in the order of its arrival: while stores change hands two
    gateways hear the same devices, and each would wait for a row that the other has."""
    if len(devices) > 1:
        tx.connection().execute(_IN_TURN, {"devices": sorted(devices)})


def find(tx: Session, topic: UpTopic) -> Sender | None:
    """None for an unknown device, or one of another store."""
    row = _FIND.first(tx, device=topic.device, store=topic.store)
    return None if row is None else Sender(**row._asdict())


def write(tx: Session, sender: Sender) -> None:
    told = {name: getattr(sender, name) for name in WRITTEN}
    _WRITE.ask(tx, device=sender.id, **told)
