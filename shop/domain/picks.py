"""From a change of weight on a plate to a basket line, or to a question for a person.

One visit inside: what leaves a shelf is hers. Several: a scan claims a pick; what nobody claims
is charged to nobody and every visit it may belong to is reviewed. More than stood there is no pick.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select, update

from shop.domain import basket, catalog, clock, incidents, lifecycle, visits
from shop.domain.catalog import Facing, Offer, Product
from shop.domain.fleet import Plate, Sensing, Shelf
from shop.domain.incidents import Incident
from shop.domain.statements import RowsOf, Statement
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from shop.sensing import units

# Unclear changes of one facing this close together may be parts of one movement.
SAME_MOVEMENT = timedelta(seconds=30)
# A report about a movement before the visit ended may come this late.
LATE_NEWS = timedelta(minutes=2)
# A facing restocked this recently explains changes that no visit explains.
RESTOCKING = timedelta(minutes=30)


@dataclass(frozen=True)
class PlateChange:
    """Settled weights of one plate before and after a movement, in grams; negative delta: goods left."""

    device_id: str
    plate: int
    at: datetime
    after_g: int
    delta_g: int
    trace: dict[str, Any] | None = None  # how it moved, for people (devices.events.Trace)

    def evidence(self, shelf: str) -> dict[str, Any]:
        told = {"shelf": shelf, "plate": self.plate, "grams": self.delta_g, "at": self.at.isoformat()}
        return told if self.trace is None else told | {"trace": self.trace}


def plate_changed(tx: Session, change: PlateChange) -> None:
    """Book one settled change of weight; unknown plates raise ValueError (a dead letter)."""
    plate, place, facing, product = _place(tx, change)
    shelf = place.shelf
    _MOVED.ask(tx, moved_plate=plate.id, grams=change.after_g, at=change.at)
    if place.sensing == Sensing.STOCK_CHECK:
        return
    if facing is None or product is None:
        incidents.open_one(tx, plate, "change_on_empty_plate", **change.evidence(shelf))
        return
    evidence = change.evidence(shelf) | {"sku": product.sku, "facing": facing.id}
    inside = _inside_at(tx, facing, change.at)
    parts = _unclear_parts(tx, facing, change.at)
    count, used = _decide(change, parts, product)
    if count is None or (count < 0 and not units.can_remain(change.after_g)):
        _unclear(tx, inside, facing, "unclear_pick", change.at, evidence | {"remaining_g": change.after_g})
        return
    for part in used:
        _dissolve(tx, part, "explained together with a later change")
    if not count:
        return
    offer = catalog.find_offer(tx, facing.store_id, product.id)
    if offer is None:
        _unclear(tx, inside, facing, "change_without_price", change.at, evidence | {"count": -count})
    else:
        _attribute(tx, inside, facing, offer, -count, change.at, evidence | {"count": -count})


def claim(tx: Session, visit: Visit, sku: str) -> None:
    """Her scan may claim what left a shelf while several were inside; needs `visits.locked_with_others`."""
    for incident in _open_about(tx, visit, "unclaimed_pick"):
        if incident.evidence["sku"] != sku:
            continue
        line = next(line for line in basket.lines_of(tx, visit.id) if line.sku == sku)
        taken = int(incident.evidence["count"])
        if basket.unclaimed_scans(line) < taken:
            continue
        _dissolve(tx, incident, f"claimed by the scan of visit {visit.id}")
        offer = catalog.offer(tx, visit.store_id, line.product_id)
        evidence = {name: fact for name, fact in incident.evidence.items() if name != "candidates"}
        basket.sensed(tx, visit, offer, taken, evidence)
        return


_PLATE = RowsOf(
    Plate,
    select(Plate)
    .join(Shelf, col(Shelf.id) == col(Plate.shelf_id))
    .where(Shelf.device_id == bindparam("device"), Plate.number == bindparam("number")),
    col(Shelf.name).label("shelf"),
    col(Shelf.sensing),
)
_FACING = RowsOf(Facing, select(Facing).where(Facing.id == bindparam("facing")))
_PRODUCT = RowsOf(Product, select(Product).where(Product.id == bindparam("product")))
_MOVED = Statement(
    update(Plate)
    .where(col(Plate.id) == bindparam("moved_plate"))
    .values(last_grams=bindparam("grams"), changed_at=bindparam("at"))
)


def _place(tx: Session, change: PlateChange) -> tuple[Plate, Any, Facing | None, Product | None]:
    found = _PLATE.first_and(tx, device=change.device_id, number=change.plate)
    if found is None:
        raise ValueError(f"no plate {change.plate} on {change.device_id}")
    plate, place = found
    facing = _FACING.first(tx, facing=plate.facing_id) if plate.facing_id else None
    product = _PRODUCT.first(tx, product=facing.product_id) if facing else None
    return plate, place, facing, product


def _decide(
    change: PlateChange, parts: list[Incident], product: Product
) -> tuple[int | None, list[Incident]]:
    """Whole units that came (positive), alone or together with earlier unclear changes of this facing."""
    alone = units.count(change.delta_g, product.unit_weight_g, product.unit_sd_g)
    if not parts:
        return alone, []
    together = change.delta_g + sum(int(part.evidence["grams"]) for part in parts)
    joined = units.count(together, product.unit_weight_g, product.unit_sd_g)
    return (joined, parts) if joined is not None else (alone, [])


def _unclear_parts(tx: Session, facing: Facing, at: datetime) -> list[Incident]:
    # by when they happened: after a cut line, old and new ones are reported together
    return [
        part
        for part in incidents.running(tx, facing, "unclear_pick")
        if part.facing_id == facing.id
        and units.can_remain(part.evidence.get("remaining_g", 0))
        and abs(at - datetime.fromisoformat(part.evidence["at"])) <= SAME_MOVEMENT
    ]


def _unclear(
    tx: Session, inside: list[Visit], facing: Facing, kind: str, at: datetime, evidence: dict[str, Any]
) -> None:
    if inside:
        _ask(tx, facing, kind, inside, evidence)
    else:
        _after_the_end(tx, facing, at, evidence)


def _inside_at(tx: Session, facing: Facing, at: datetime) -> list[Visit]:
    """Those inside now who were already inside when it happened; locked, before anything is decided."""
    inside = visits.in_store(tx, facing.store_id, lock=True)
    return [visit for visit in inside if visit.entered_at is None or visit.entered_at <= at]


def _attribute(
    tx: Session,
    inside: list[Visit],
    facing: Facing,
    offer: Offer,
    taken: int,
    at: datetime,
    evidence: dict[str, Any],
) -> None:
    if not inside:
        _after_the_end(tx, facing, at, evidence)
    elif len(inside) == 1:
        _to(tx, inside[0], facing, offer, taken, evidence)
    else:
        _among(tx, inside, facing, offer, taken, evidence)


def _to(
    tx: Session, visit: Visit, facing: Facing, offer: Offer, taken: int, evidence: dict[str, Any]
) -> None:
    if taken < 0 and _holds(tx, visit, offer) < -taken:
        if _was_restocked(facing):
            return
        # goods nobody was seen taking were put here: a foreign object, or another product
        _ask(tx, facing, "unexpected_put_back", [visit], evidence)
        return
    basket.sensed(tx, visit, offer, taken, evidence)


def _among(
    tx: Session, inside: list[Visit], facing: Facing, offer: Offer, taken: int, evidence: dict[str, Any]
) -> None:
    if taken > 0:
        claimants = [visit for visit in inside if _scanned_ahead(tx, visit, offer) >= taken]
    else:
        claimants = [visit for visit in inside if _holds(tx, visit, offer) >= -taken]
    if len(claimants) == 1:
        basket.sensed(tx, claimants[0], offer, taken, evidence)
    else:
        kind = "unclaimed_pick" if taken > 0 else "unclaimed_put_back"
        _ask(tx, facing, kind, claimants or inside, evidence)


def _holds(tx: Session, visit: Visit, offer: Offer) -> int:
    lines = basket.lines_of(tx, visit.id)
    return sum(line.sensed for line in lines if line.product_id == offer.product_id)


def _scanned_ahead(tx: Session, visit: Visit, offer: Offer) -> int:
    lines = basket.lines_of(tx, visit.id)
    return sum(basket.unclaimed_scans(line) for line in lines if line.product_id == offer.product_id)


def _ask(tx: Session, facing: Facing, kind: str, candidates: list[Visit], evidence: dict[str, Any]) -> None:
    """Leave the question to a person; every visit it may concern waits for the answer at its end."""
    names = [visit.id for visit in candidates]
    only = names[0] if len(names) == 1 else None
    incidents.open_one(tx, facing, kind, visit_id=only, facing_id=facing.id, candidates=names, **evidence)
    for visit in candidates:
        visit.unclear += 1
        tx.add(visit)
        lifecycle.tell(tx, visit)


def _dissolve(tx: Session, incident: Incident, why: str) -> None:
    """Those it may concern are locked already, all in one order; who is not was just let in or is gone."""
    incidents.close(tx, incident, by="system", why=why)
    for visit_id in sorted(incident.evidence.get("candidates", [])):
        visit = visits.locked(tx, visit_id)
        visit.unclear = max(0, visit.unclear - 1)
        tx.add(visit)
        lifecycle.tell(tx, visit)


def _open_about(tx: Session, visit: Visit, kind: str) -> list[Incident]:
    found = incidents.running(tx, visit, kind)
    return [incident for incident in found if visit.id in incident.evidence.get("candidates", [])]


def _after_the_end(tx: Session, facing: Facing, at: datetime, evidence: dict[str, Any]) -> None:
    """A late report may still belong to the visit that just ended: it is told, never charged."""
    query = select(Visit).where(
        Visit.store_id == facing.store_id,
        col(Visit.entered_at) <= at,
        col(Visit.ended_at) >= at,
        col(Visit.ended_at) > clock.now() - LATE_NEWS,
    )
    found = tx.exec(query).all()
    if len(found) != 1:
        _without_visit(tx, facing, evidence)
        return
    visit = visits.locked(tx, found[0].id)
    incidents.open_one(tx, visit, "late_pick", visit_id=visit.id, facing_id=facing.id, **evidence)
    if visit.state != State.REFUSED:
        lifecycle.advance(tx, visit, Event.LATE_PICK)


def _was_restocked(facing: Facing) -> bool:
    """Somebody fills this place just now: what comes needs no other explanation."""
    return facing.restocked_at is not None and facing.restocked_at > clock.now() - RESTOCKING


def _without_visit(tx: Session, facing: Facing, evidence: dict[str, Any]) -> None:
    if not _was_restocked(facing) and int(evidence["grams"]) < 0:
        incidents.open_one(tx, facing, "goods_left_without_visit", facing_id=facing.id, **evidence)
