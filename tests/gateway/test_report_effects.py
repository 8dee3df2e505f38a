"""What each report means to the shop."""

from typing import Any

import pytest

from devices.events import Trace
from devices.messages import (
    LockChanged,
    ScaleFault,
)
from devices.reports import Upto
from shop.db import Database
from shop.domain.basket import BasketLine
from shop.domain.incidents import Incident
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE, SHELF_DEVICE, World
from tests.gateway.reading import CLOSED, OPENED, kinds, shopping, took
from tests.gateway.rigs import Reporter, rows


def test_the_door_opening_for_an_unlocked_visit_lets_her_in(
    database: Database, contact: Reporter, world: World
) -> None:
    with database.transaction() as tx:
        visit_id = visit_in(tx, world, State.UNLOCKED).id
    contact.report("contact.changed", OPENED, 1)
    contact.report("contact.changed", CLOSED, 2)
    with database.reading() as tx:
        assert tx.get_one(Visit, visit_id).state == State.SHOPPING
    assert kinds(database) == []


def test_the_inner_handle_explains_the_next_opening(
    database: Database, contact: Reporter, world: World
) -> None:
    visit_id = shopping(database, world)
    lock = Reporter(database, LOCK_DEVICE)
    lock.report("lock.changed", LockChanged(bolt="unlocked", cause="egress"), 1)
    contact.report("contact.changed", OPENED, 1)
    contact.report("contact.changed", CLOSED, 2)
    with database.reading() as tx:
        assert tx.get_one(Visit, visit_id).exit_seen_at is not None
    assert kinds(database) == []


def test_what_leaves_a_shelf_is_in_the_basket_of_who_is_inside(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    shelf.report("shelf.change", took(-2 * 1060), 1)
    shelf.report("shelf.change", took(1060), 2)
    assert [(line.sku, line.sensed, line.quantity) for line in rows(database, BasketLine)] == [("milk", 1, 1)]


def test_how_the_weight_moved_is_kept_with_the_line_and_with_a_question(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    moved = Trace(t0=1_780_000_000_000, step_ms=100, g=(2120, 2120, 1060))
    for seq, grams in enumerate((-1060, -530), start=1):
        shelf.report("shelf.change", took(grams).model_copy(update={"trace": moved}), seq)
    [line] = rows(database, BasketLine)
    [question] = rows(database, Incident)
    kept = {"t0": 1_780_000_000_000, "step_ms": 100, "g": [2120, 2120, 1060]}
    assert [seen["trace"] for seen in (*line.evidence, question.evidence)] == [kept, kept]


@pytest.mark.parametrize(
    ("device", "kind", "data", "incident", "severity"),
    [
        (LOCK_DEVICE, "lock.jammed", {"bolt": "jammed"}, "lock_jammed", "alarm"),
        (LOCK_DEVICE, "lock.forced", {"bolt": "locked"}, "lock_forced", "alarm"),
        (LOCK_DEVICE, "lock.tamper", {"what": "housing"}, "lock_tamper", "alarm"),
        (SHELF_DEVICE, "scale.fault", ScaleFault(code="stuck"), "scale_fault", "warning"),
        (SHELF_DEVICE, "shelf.unsettled", {"shelf": "A", "plate": 1, "t0": 1}, "shelf_unsettled", "warning"),
        (CONTACT_DEVICE, "contact.held_open", {"s": 60}, "door_held_open", "warning"),
        (LOCK_DEVICE, "emergency.released", {}, "emergency_released", "info"),
        (
            SHELF_DEVICE,
            "outbox.overflow",
            {"dropped": 3, "from": 4, "to": 9},
            "reports_lost",
            "alarm",
        ),
    ],
)
def test_what_a_person_must_know_becomes_an_incident(
    database: Database, device: str, kind: str, data: Any, incident: str, severity: str
) -> None:
    assert isinstance(Reporter(database, device).report(kind, data, 1), Upto)
    [found] = rows(database, Incident)
    assert (found.kind, found.severity, found.device_id) == (incident, severity, device)
