"""Doors, devices, shelves and plates: what hangs on the wall and how it last reported."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import JSON, BigInteger, CheckConstraint, Field, Session, String, UniqueConstraint, col, select

from shop.domain import clock, ids
from shop.domain.statements import Statement
from shop.domain.tenancy import StoreRow

# An exit test older than this no longer counts (product promise 1: once a year).
EXIT_TEST_VALID = timedelta(days=365)


class Door(StoreRow, table=True):
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code = upper(code)", name="upper_code"),  # people type it in either case
        UniqueConstraint("store_id", "name"),
    )

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    name: str = Field(max_length=40)
    code: str = Field(max_length=64)
    exit_tested_at: datetime | None = None
    exit_test_passed: bool = False
    exit_tested_by: str | None = Field(default=None, max_length=200)
    is_open: bool = False
    moved_at: datetime | None = None
    opened_at: datetime | None = None  # an opening nobody could explain yet
    egress_at: datetime | None = None  # the inner handle was last turned


class Device(StoreRow, table=True):
    id: str = Field(primary_key=True, max_length=40)  # also its MQTT user name and client id
    kind: str = Field(max_length=20)  # lock, contact, shelf, display
    door_id: str | None = Field(default=None, foreign_key="door.id", max_length=26)
    online: bool = False
    birth: str | None = Field(default=None, max_length=26)
    egress: str | None = Field(default=None, max_length=20)  # how people get out, from the birth
    epoch: str | None = Field(default=None, max_length=26)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    last_seen_at: datetime | None = None
    state: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Sensing(StrEnum):
    """What a shelf's scales are good for."""

    FULL = "full"  # tells what was taken, line by line
    STOCK_CHECK = "stock_check"  # tells how much stands there; nobody is charged or kept waiting by it


# A hand is on the goods for about a second; slower scales see too little of it (design of shelf sensing).
FULL_FROM_SPS = 10.0


def sensing_of(*, sps: float, auto_tare: bool) -> Sensing:
    """`sps`: readings a second. A scale that tares by itself forgets what was put back slowly."""
    return Sensing.STOCK_CHECK if auto_tare or sps < FULL_FROM_SPS else Sensing.FULL


class Shelf(StoreRow, table=True):
    __table_args__ = (UniqueConstraint("store_id", "name"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    name: str = Field(max_length=40)
    device_id: str = Field(foreign_key="device.id", max_length=40)
    sensing: Sensing = Field(default=Sensing.FULL, sa_type=String(20))  # as its device said when it was born


class Plate(StoreRow, table=True):
    __table_args__ = (UniqueConstraint("shelf_id", "number"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    shelf_id: str = Field(foreign_key="shelf.id", max_length=26)
    number: int
    facing_id: str | None = Field(default=None, foreign_key="facing.id", max_length=26, index=True)
    last_grams: int | None = None
    changed_at: datetime | None = None


def exit_test_due(door: Door) -> datetime | None:
    """When the recorded exit test runs out; None without a passed test."""
    if door.exit_tested_at is None or not door.exit_test_passed:
        return None
    return door.exit_tested_at + EXIT_TEST_VALID


def exit_is_tested(door: Door) -> bool:
    due = exit_test_due(door)
    return due is not None and clock.now() < due


_BY_CODE = select(Door).where(Door.code == bindparam("code"), Door.operator_id == bindparam("operator"))


def door_by_code(tx: Session, operator_id: str, code: str) -> Door | None:
    """By what is printed at the door."""
    return tx.exec(_BY_CODE, params={"code": code.upper(), "operator": operator_id}).first()


def doors_of(tx: Session, store_id: str) -> list[Door]:
    return list(tx.exec(select(Door).where(Door.store_id == store_id).order_by(col(Door.name))))


_LOCK_OF = Statement(
    select(Device.online, Device.egress).where(Device.door_id == bindparam("door"), Device.kind == "lock")
)


def lock_of(tx: Session, door_id: str) -> Any:
    """Whether it is online and how people get out; None for a door without a lock."""
    return _LOCK_OF.first(tx, door=door_id)


def devices_of(tx: Session, store_id: str) -> list[Device]:
    return list(tx.exec(select(Device).where(Device.store_id == store_id).order_by(col(Device.id))))
