"""Which devices exist, and what each needs to log in and to be commanded."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from devices import signing, topics
from devices.broker_config import Login
from shop.domain.fleet import Device, Door
from shop.domain.tenancy import Store

KID = "k1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A device as the gateway addresses it; `door` is the name its lock was given."""

    device: str
    store: str
    kind: str
    door: str | None = None
    door_id: str | None = None
    rotating: bool = False  # a display there is told new codes


class Registry:
    """Derives every key from the installation's master secret; nothing of it is stored."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def core_password(self, name: str = topics.CORE) -> str:
        return signing.mqtt_password(self._master, name)

    def mqtt_password(self, entry: Entry) -> str:
        return signing.mqtt_password(signing.store_secret(self._master, entry.store), entry.device)

    def signing_key(self, entry: Entry) -> bytes:
        return signing.signing_key(signing.store_secret(self._master, entry.store), entry.device, KID)

    def logins(self, entries: list[Entry], *, gateways: int = 1) -> list[Login]:
        names = [topics.core(number) for number in range(1, gateways + 1)]
        cores = [Login(name, self.core_password(name), "core") for name in names]
        devices = [Login(entry.device, self.mqtt_password(entry), "device") for entry in entries]
        return [*cores, *devices]


# Asked every other second, so built once.
_ENTRIES = (
    select(
        col(Device.id),
        col(Store.slug),
        col(Device.kind),
        col(Door.name),
        col(Door.id),
        col(Store.door_code_mode) == "rotating",
    )
    .select_from(Device)
    .join(Store, col(Store.id) == col(Device.store_id))
    .outerjoin(Door, col(Door.id) == col(Device.door_id))
    .order_by(col(Device.id))
)


def entries(tx: Session) -> list[Entry]:
    return [Entry(*row) for row in tx.connection().execute(_ENTRIES)]


def write_logins(path: Path, logins: list[Login]) -> None:
    """For the broker's process, readable by this user only; replaced in one step."""
    text = json.dumps([[login.username, login.password, login.kind] for login in logins])
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
        new.write(text)
    os.replace(new.name, path)
