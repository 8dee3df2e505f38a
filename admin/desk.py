"""Stores, doors, facings, incidents and the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from admin.words import incident_words
from shop.api.accounts import Prose, Strict
from shop.api.deps import CurrentStaff, Reading, StaffReading, Tx
from shop.api.errors import Text, documented
from shop.domain import audit, clock, fleet, incidents, stock, tenancy, visits
from shop.domain.audit import Audit
from shop.domain.catalog import Facing, Product
from shop.domain.errors import Refusal
from shop.domain.fleet import Device, Door, Plate, Shelf
from shop.domain.incidents import Incident
from shop.domain.sign_in import Staff
from shop.domain.tenancy import Store

router = APIRouter(prefix="/api/v1", tags=["desk"])

Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,40}$")]
RowId = Annotated[str, Path(pattern="^[0-9A-Z]{26}$")]
Note = Annotated[Prose, Field(max_length=500, examples=["Delivery of Tuesday"])]
SIGNED_IN = ("sign_in_required", "csrf", "not_found", "invalid_json")


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
    people_inside: int
    devices: list[DeviceOut]


class FacingOut(BaseModel):
    id: str
    shelf: str
    plates: list[int]
    sku: str
    name: Text
    on_hand: int
    expected_grams: int
    measured_grams: int | None
    unit_weight_g: float
    last_restock_at: datetime | None


class ExitTestIn(Strict):
    passed: bool = Field(examples=[True])
    note: Note = ""


class RestockIn(Strict):
    quantity: int = Field(ge=1, le=999, examples=[12])
    note: Note = ""


class StocktakeIn(Strict):
    counted: int = Field(ge=0, le=999, examples=[11])
    note: Note = ""


class OnHand(BaseModel):
    on_hand: int


class Counted(OnHand):
    difference: int


class NoteIn(Strict):
    note: Prose = Field(min_length=3, max_length=500, examples=["One jar was broken."])


class IncidentOut(BaseModel):
    id: str
    kind: str
    severity: str
    store: str
    visit_id: str | None
    text: Text
    evidence: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class AuditOut(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@router.get("/stores", responses=documented("sign_in_required"))
def stores(tx: Reading, staff: StaffReading) -> list[StoreOut]:
    return [_store_out(tx, store) for store in tenancy.stores_of(tx, staff.operator_id)]


def _store_out(tx: Session, store: Store) -> StoreOut:
    return StoreOut(
        slug=store.slug,
        name=store.name,
        doors=[_door_out(door) for door in fleet.doors_of(tx, store.id)],
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


@router.post(
    "/stores/{slug}/doors/{door}/exit-tests",
    status_code=201,
    responses=documented("unknown_store", *SIGNED_IN),
)
def record_exit_test(tx: Tx, staff: CurrentStaff, slug: Slug, door: Slug, test: ExitTestIn) -> DoorOut:
    """Somebody stood inside and got out by hand alone; without this nobody is let in (for 12 months)."""
    store = tenancy.store_by_slug(tx, staff.operator_id, slug)
    found = next((d for d in fleet.doors_of(tx, store.id) if d.name == door), None)
    if found is None:
        raise Refusal("not_found")
    found.exit_tested_at, found.exit_test_passed, found.exit_tested_by = clock.now(), test.passed, staff.name
    tx.add(found)
    _note(tx, staff, found, "exit_test", f"{slug}/{door}", passed=test.passed, note=test.note)
    return _door_out(found)


@router.get("/stores/{slug}/facings", responses=documented("sign_in_required", "unknown_store"))
def facings(tx: Reading, staff: StaffReading, slug: Slug) -> list[FacingOut]:
    store = tenancy.store_by_slug(tx, staff.operator_id, slug)
    plates: dict[str, list[Plate]] = {}
    for plate in tx.exec(select(Plate).where(Plate.store_id == store.id).order_by(col(Plate.number))):
        plates.setdefault(plate.facing_id or "", []).append(plate)
    on_hand = stock.on_hand_by_product(tx, store.id)
    query = (
        select(Facing, Shelf, Product)
        .join(Shelf, col(Shelf.id) == col(Facing.shelf_id))
        .join(Product, col(Product.id) == col(Facing.product_id))
        .where(Facing.store_id == store.id)
        .order_by(col(Shelf.name), col(Facing.id))
    )
    return [
        _facing_out(facing, shelf, product, plates.get(facing.id, []), on_hand.get(product.id, 0))
        for facing, shelf, product in tx.exec(query).all()
    ]


def _facing_out(
    facing: Facing, shelf: Shelf, product: Product, plates: list[Plate], on_hand: int
) -> FacingOut:
    weights = [plate.last_grams for plate in plates if plate.last_grams is not None]
    return FacingOut(
        id=facing.id,
        shelf=shelf.name,
        plates=[plate.number for plate in plates],
        sku=product.sku,
        name=Text(de=product.name_de, en=product.name_en),
        on_hand=on_hand,
        expected_grams=round(on_hand * product.unit_weight_g),
        measured_grams=sum(weights) if len(weights) == len(plates) else None,
        unit_weight_g=product.unit_weight_g,
        last_restock_at=facing.restocked_at,
    )


@router.post("/facings/{facing_id}/restocks", status_code=201, responses=documented(*SIGNED_IN))
def restock(tx: Tx, staff: CurrentStaff, facing_id: RowId, goods: RestockIn) -> OnHand:
    facing = _own_facing(tx, staff, facing_id)
    stock.receive(tx, facing, goods.quantity)
    facing.restocked_at = clock.now()
    tx.add(facing)
    _note(tx, staff, facing, "restocked", facing.id, quantity=goods.quantity, note=goods.note)
    tx.flush()
    return OnHand(on_hand=stock.on_hand(tx, facing.store_id, facing.product_id))


@router.post("/facings/{facing_id}/stocktakes", status_code=201, responses=documented(*SIGNED_IN))
def stocktake(tx: Tx, staff: CurrentStaff, facing_id: RowId, count: StocktakeIn) -> Counted:
    """What was really there; the gap is booked as shrinkage under the name of who counted."""
    facing = _own_facing(tx, staff, facing_id)
    gap = stock.stocktake(tx, facing, counted=count.counted)
    _note(tx, staff, facing, "counted", facing.id, counted=count.counted, gap=gap, note=count.note)
    return Counted(on_hand=count.counted, difference=gap)


def _own_facing(tx: Session, staff: Staff, facing_id: str) -> Facing:
    facing = tx.get(Facing, facing_id, with_for_update=True)
    if facing is None or facing.operator_id != staff.operator_id:
        raise Refusal("not_found")
    return facing


@router.get("/incidents", responses=documented("sign_in_required"))
def list_incidents(
    tx: Reading, staff: StaffReading, open: bool = True, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> list[IncidentOut]:
    """Alarms first, then the oldest."""
    query = select(Incident).where(Incident.operator_id == staff.operator_id)
    if open:
        query = query.where(col(Incident.closed_at).is_(None))
    alarms_first = (col(Incident.severity) != "alarm", col(Incident.opened_at))
    return _incidents_out(tx, staff, tx.exec(query.order_by(*alarms_first).limit(limit)).all())


def _incidents_out(tx: Session, staff: Staff, found: Sequence[Incident]) -> list[IncidentOut]:
    stores = {store.id: store.slug for store in tenancy.stores_of(tx, staff.operator_id)}
    people = _people(tx, staff)
    hidden = {"operator_id", "store_id", "facing_id", "device_id", "closed_by"}
    return [
        IncidentOut(
            **incident.model_dump(exclude=hidden),
            store=stores[incident.store_id],
            text=incident_words(incident.kind, incident.evidence),
            closed_by=people.get(incident.closed_by or "", incident.closed_by),
        )
        for incident in found
    ]


@router.post("/incidents/{incident_id}/close", responses=documented("already_closed", *SIGNED_IN))
def close_incident(tx: Tx, staff: CurrentStaff, incident_id: RowId, note: NoteIn) -> IncidentOut:
    incident = tx.get(Incident, incident_id, with_for_update=True)
    if incident is None or incident.operator_id != staff.operator_id:
        raise Refusal("not_found")
    if incident.closed_at is not None:
        raise Refusal("already_closed")
    incidents.close(tx, incident, by=f"staff:{staff.id}", why=note.note)
    _note(tx, staff, incident, "incident_closed", incident.id, kind=incident.kind, note=note.note)
    return _incidents_out(tx, staff, [incident])[0]


@router.get("/audit", responses=documented("sign_in_required"))
def audit_trail(
    tx: Reading,
    staff: StaffReading,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[AuditOut]:
    """Newest first; page on with `before`."""
    query = select(Audit).where(Audit.operator_id == staff.operator_id)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    rows = tx.exec(query.order_by(col(Audit.id).desc()).limit(limit)).all()
    names = _people(tx, staff)
    shown = [row.model_dump(exclude={"operator_id", "store_id", "actor"}) for row in rows]
    return [
        AuditOut(**fields, actor=names.get(row.actor, row.actor))
        for fields, row in zip(shown, rows, strict=True)
    ]


def _people(tx: Session, staff: Staff) -> dict[str, str]:
    """How the records name a member of staff -> the name people know."""
    colleagues = tx.exec(select(Staff).where(Staff.operator_id == staff.operator_id))
    return {f"staff:{person.id}": person.name for person in colleagues}


def _note(
    tx: Session, staff: Staff, row: Facing | Door | Incident, action: str, subject: str, **detail: Any
) -> None:
    audit.note(tx, row, actor=f"staff:{staff.id}", action=action, subject=subject, **detail)
