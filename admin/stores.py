"""Stores, their doors and devices, and the exit tests without which nobody is let in."""

from datetime import datetime
from typing import cast

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from admin.inputs import Note, note
from shop.api.deps import staff_changes, staff_looks
from shop.api.description import refusals
from shop.api.inputs import Slug, Strict
from shop.api.routes import HouseRoute
from shop.domain import audit, clock, door_codes, fleet, incidents, tenancy, visits
from shop.domain.door_codes import Mode
from shop.domain.errors import Refusal
from shop.domain.fleet import Device, Door
from shop.domain.sign_in import SignedInStaff
from shop.domain.tenancy import Store

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["stores"])


class ExitTestOut(BaseModel):
    at: datetime
    by: str
    passed: bool
    valid_until: datetime | None


class DoorOut(BaseModel):
    name: str
    code: str
    exit_test: ExitTestOut | None


class DeviceOut(BaseModel):
    id: str
    kind: str
    online: bool
    last_seen_at: datetime | None


class StoreOut(BaseModel):
    slug: str
    name: str
    doors: list[DoorOut]
    door_code_mode: Mode
    people_inside: int
    devices: list[DeviceOut]


class DoorCodesIn(Strict):
    mode: Mode = Field(examples=["rotating"])


class ExitTestIn(Strict):
    passed: bool = Field(examples=[True])
    note: Note = ""


@router.get("/stores")
@staff_looks
def stores(tx: Session, staff: SignedInStaff) -> list[StoreOut]:
    return [_store_out(tx, store) for store in tenancy.stores_of(tx, staff.operator_id)]


def _store_out(tx: Session, store: Store) -> StoreOut:
    return StoreOut(
        slug=store.slug,
        name=store.name,
        doors=[_door_out(door) for door in fleet.doors_of(tx, store.id)],
        door_code_mode=cast(Mode, store.door_code_mode),
        people_inside=visits.people_inside(tx, store.id),
        devices=[_device_out(device) for device in fleet.devices_of(tx, store.id)],
    )


def _door_out(door: Door) -> DoorOut:
    test = None
    if door.exit_tested_at is not None:
        test = ExitTestOut(
            at=door.exit_tested_at,
            by=door.exit_tested_by or "",
            passed=door.exit_test_passed,
            valid_until=fleet.exit_test_due(door),
        )
    return DoorOut(name=door.name, code=door.code, exit_test=test)


def _device_out(device: Device) -> DeviceOut:
    return DeviceOut(**device.model_dump(include={"id", "kind", "online", "last_seen_at"}))


@router.post("/stores/{slug}/door-codes", openapi_extra=refusals("unknown_store", "display_not_ready"))
@staff_changes
def choose_door_codes(tx: Session, staff: SignedInStaff, slug: Slug, wish: DoorCodesIn) -> StoreOut:
    """What opens the doors: the code on their stickers, or the one their displays show now."""
    store = tenancy.locked(tx, tenancy.store_by_slug(tx, staff.operator_id, slug).id)
    door_codes.choose(tx, store, wish.mode)
    _note(tx, staff, store, "door_codes", mode=wish.mode)
    return _store_out(tx, store)


@router.post("/stores/{slug}/displays", openapi_extra=refusals("unknown_store"))
@staff_changes
def add_displays(tx: Session, staff: SignedInStaff, slug: Slug) -> StoreOut:
    """One for each door that has none; each is then given its credentials."""
    store = tenancy.locked(tx, tenancy.store_by_slug(tx, staff.operator_id, slug).id)
    _note(tx, staff, store, "displays_added", displays=door_codes.add_displays(tx, store))
    return _store_out(tx, store)


def _note(tx: Session, staff: SignedInStaff, store: Store, action: str, **detail: object) -> None:
    actor = f"staff:{staff.id}"
    audit.note(tx, store, actor=actor, action=action, subject=store.slug, store_id=store.id, **detail)


@router.post(
    "/stores/{slug}/doors/{door}/exit-tests",
    status_code=201,
    openapi_extra=refusals("unknown_store"),
)
@staff_changes
def record_exit_test(tx: Session, staff: SignedInStaff, slug: Slug, door: Slug, test: ExitTestIn) -> DoorOut:
    """Somebody stood inside and got out by hand alone; without this nobody is let in (for 12 months)."""
    store = tenancy.store_by_slug(tx, staff.operator_id, slug)
    found = next((d for d in fleet.doors_of(tx, store.id) if d.name == door), None)
    if found is None:
        raise Refusal("not_found")
    found.exit_tested_at, found.exit_test_passed, found.exit_tested_by = clock.now(), test.passed, staff.name
    tx.add(found)
    if not test.passed:
        incidents.open_one(tx, found, "exit_test_failed", severity="alarm", door=found.name, note=test.note)
    note(tx, staff, found, "exit_test", f"{slug}/{door}", passed=test.passed, note=test.note)
    return _door_out(found)
