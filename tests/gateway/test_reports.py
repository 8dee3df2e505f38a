"""Device reports: in order, once each, from who they say they are; the rest is kept as a dead letter."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from devices import ulid
from devices.messages import (
    ContactChanged,
    ContactHeldOpen,
    Emergency,
    Heartbeat,
    LockChanged,
    ScaleFault,
    ShelfChange,
)
from devices.reports import Missing, Upto
from shop.db import Database
from shop.domain import picks
from shop.domain.audit import Audit
from shop.domain.basket import BasketLine
from shop.domain.fleet import Device, Door, Plate
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import CONTACT_DEVICE, DOOR_CODE, LOCK_DEVICE, SHELF_DEVICE, World
from tests.gateway.rigs import STORE, Reporter, rows

OPENED = ContactChanged(open=True)
CLOSED = ContactChanged(open=False)


@pytest.fixture
def contact(database: Database) -> Reporter:
    return Reporter(database, CONTACT_DEVICE)


@pytest.fixture
def shelf(database: Database) -> Reporter:
    return Reporter(database, SHELF_DEVICE)


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


# order and repetition


def test_a_report_is_stored_with_its_effect_and_confirmed(database: Database, contact: Reporter) -> None:
    assert contact.report("contact.changed", OPENED, 1) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 1)
    assert door_of(database).is_open
    [row] = rows(database, Inbox)
    assert (row.source, row.external_id, row.status) == ("device:contact-1", f"{contact.epoch}:1", "done")
    assert contact.row().last_seq == 1


def test_a_repeat_is_confirmed_again_and_has_no_second_effect(database: Database, contact: Reporter) -> None:
    payload = contact.event("contact.changed", OPENED, 1)
    assert contact.send(payload) == contact.send(payload)
    contact.report("contact.changed", CLOSED, 2)
    assert contact.send(payload) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 2)
    assert not door_of(database).is_open
    assert kinds(database) == ["opened_without_visit"]
    assert len(rows(database, Inbox)) == 2


def test_a_gap_stores_nothing_and_asks_for_what_is_missing(database: Database, contact: Reporter) -> None:
    contact.report("contact.changed", OPENED, 1)
    assert contact.report("contact.changed", CLOSED, 3) == Missing(CONTACT_DEVICE, STORE, contact.epoch, 2)
    assert contact.row().last_seq == 1
    assert door_of(database).is_open
    assert len(rows(database, Inbox)) == 1
    for seq in (2, 3):
        assert isinstance(contact.report("contact.changed", CLOSED, seq), Upto)
    assert contact.row().last_seq == 3


def test_a_first_report_that_is_not_the_first_is_asked_from_the_start(contact: Reporter) -> None:
    assert contact.report("contact.changed", OPENED, 4) == Missing(CONTACT_DEVICE, STORE, contact.epoch, 1)


def test_a_birth_names_where_a_new_storage_begins(database: Database, contact: Reporter) -> None:
    contact.born(first=40)
    assert contact.answer_to_birth == Upto(CONTACT_DEVICE, STORE, contact.epoch, 39)
    assert contact.report("contact.changed", OPENED, 40) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 40)
    assert [row.action for row in rows(database, Audit)] == ["new_epoch"]


def test_reports_from_a_replaced_storage_are_dead_letters(database: Database, contact: Reporter) -> None:
    old = contact.epoch
    contact.report("contact.changed", OPENED, 1)
    contact.epoch = ulid.new()
    assert contact.report("contact.changed", CLOSED, 1) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 1)
    assert contact.report("contact.changed", OPENED, 2, epoch=old) is None
    assert not door_of(database).is_open
    [row] = dead(database)
    assert "replaced" in str(row.reason)
    assert contact.row().epoch == contact.epoch


def test_an_old_storage_is_not_believed_by_a_birth_either(contact: Reporter) -> None:
    old = contact.epoch
    contact.epoch = ulid.new()
    contact.born(first=5)
    contact.born(first=900, epoch=old)
    assert (contact.row().epoch, contact.row().last_seq) == (contact.epoch, 4)


def test_what_neither_side_has_any_more_is_lost_and_said_so(database: Database, contact: Reporter) -> None:
    """The core came back from a backup: the device has long dropped what the core confirmed then."""
    contact.report("contact.changed", OPENED, 1)
    contact.born(first=8)
    assert contact.answer_to_birth == Upto(CONTACT_DEVICE, STORE, contact.epoch, 7)
    [incident] = [i for i in rows(database, Incident) if i.kind == "reports_lost"]
    assert (incident.severity, incident.evidence) == ("alarm", {"first": 2, "last": 7})
    assert isinstance(contact.report("contact.changed", CLOSED, 8), Upto)


def test_a_birth_in_the_middle_of_a_resend_loses_nothing(database: Database, contact: Reporter) -> None:
    for seq in (1, 2):
        contact.report("contact.changed", OPENED, seq)
    contact.born(first=2)
    assert contact.row().last_seq == 2
    assert "reports_lost" not in kinds(database)


def test_an_emergency_overtakes_the_queue_once(database: Database) -> None:
    lock = Reporter(database, LOCK_DEVICE)
    lock.report("lock.changed", LockChanged(bolt="locked"), 1)
    pressed = lock.event("emergency.pressed", Emergency(button="inside"), 3)
    assert lock.send(pressed) == Missing(LOCK_DEVICE, STORE, lock.epoch, 2)
    assert kinds(database) == ["emergency_pressed"]  # at once, although number 2 is not there yet
    lock.report("lock.changed", LockChanged(bolt="unlocked"), 2)
    assert lock.send(pressed) == Upto(LOCK_DEVICE, STORE, lock.epoch, 3)
    assert kinds(database) == ["emergency_pressed"]
    [incident] = rows(database, Incident)
    assert incident.severity == "alarm"


# who says it, and what


@pytest.mark.parametrize(
    ("store", "device"),
    [("eschwege", CONTACT_DEVICE), (STORE, "contact-9"), ("nowhere", CONTACT_DEVICE)],
)
def test_a_device_that_is_not_of_this_store_is_a_dead_letter(
    database: Database, store: str, device: str
) -> None:
    stranger = Reporter(database, device, store)
    assert stranger.report("contact.changed", OPENED, 1) is None
    assert not door_of(database).is_open
    [row] = dead(database)
    assert row.source == f"device:{device}"
    assert row.payload["store"] == store


def test_a_device_cannot_speak_for_another(database: Database, contact: Reporter) -> None:
    assert contact.report("contact.changed", OPENED, 1, dev=LOCK_DEVICE) is None
    assert not door_of(database).is_open
    [row] = dead(database)
    assert "another device" in str(row.reason)


def test_a_retained_event_is_refused(database: Database, contact: Reporter) -> None:
    assert contact.send(contact.event("contact.changed", OPENED, 1), retained=True) is None
    assert not door_of(database).is_open
    assert "never retained" in str(dead(database)[0].reason)


NO_MESSAGES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"7",
    b"\xff\xfe",
    b"\x00",
    b"{}",
    b'{"v":2}',
    b'{"v":true}',
    b"[" * 5000,
    b'{"a":' * 3000,
    b"x" * 20_000,
    b'{"birth":"' + b"9" * 26 + b'","online":1}',
    b'{"seq":1e999}',
]


@pytest.mark.parametrize("kind", ["event", "birth", "status", "hb"])
def test_what_is_no_message_is_kept_once_and_changes_nothing(
    database: Database, contact: Reporter, kind: str
) -> None:
    before = contact.row().model_dump()
    for number, payload in enumerate(NO_MESSAGES, start=1):
        for _ in range(2):
            assert contact.send(payload, kind) is None
        assert len(rows(database, Inbox)) == number
    for row in rows(database, Inbox):
        assert (row.status, row.kind) == ("dead", kind)
        assert len(row.payload["payload"]) <= 2000
    assert contact.row().model_dump() == before


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"seq": 2**63}, {"seq": "1"}, {"seq": True}, {"ts": -1}, {"ts": 10**18}, {"tsq": "sundial"},
     {"epoch": "x"}, {"epoch": "0" * 25}, {"type": ""}, {"type": "a" * 61}, {"dev": "core!"}, {"v": 2},
     {"data": []}, {"data": {"open": 1}}, {"data": {"open": True, "bounce": -1}}, {"data": {}}],
    ids=str,
)  # fmt: skip
def test_an_envelope_with_wrong_fields_is_a_dead_letter(
    database: Database, contact: Reporter, change: dict[str, Any]
) -> None:
    import json

    good = json.loads(contact.event("contact.changed", OPENED, 1))
    assert contact.send(json.dumps(good | change).encode()) is None
    assert contact.row().last_seq == 0
    assert len(dead(database)) == 1


def test_unknown_types_and_fields_are_kept_and_pass(database: Database, contact: Reporter) -> None:
    newer = contact.event("contact.smelled", {"of": "smoke", "deep": [1, {"x": None}]}, 1)
    assert isinstance(contact.send(newer), Upto)
    [row] = rows(database, Inbox)
    assert (row.kind, row.status) == ("contact.smelled", "done")
    assert row.payload["data"]["of"] == "smoke"


def test_a_report_we_cannot_digest_does_not_stop_those_behind_it(
    database: Database, contact: Reporter
) -> None:
    """A contact that belongs to no door: the reports are numbered and passed, and staff is told."""
    with database.transaction() as tx:
        device = tx.get_one(Device, CONTACT_DEVICE)
        device.door_id = None
        tx.add(device)
    assert contact.report("contact.changed", OPENED, 1) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 1)
    assert contact.report("contact.held_open", ContactHeldOpen(s=60), 2) == Upto(
        CONTACT_DEVICE, STORE, contact.epoch, 2
    )
    assert kinds(database) == ["report_not_applied", "door_held_open"]
    [row] = dead(database)
    assert "belongs to no door" in str(row.reason)


def test_a_half_done_effect_is_undone_with_its_report(
    database: Database, shelf: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = picks.plate_changed

    def breaks_afterwards(*arguments: Any) -> None:
        real(*arguments)
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("devices.handlers.picks.plate_changed", breaks_afterwards)
    assert isinstance(shelf.report("shelf.change", took(), 1), Upto)
    monkeypatch.undo()
    assert [plate.last_grams for plate in rows(database, Plate) if plate.number == 1] == [None]
    assert kinds(database) == ["report_not_applied"]
    assert isinstance(shelf.report("shelf.change", took(), 2), Upto)


def test_a_shelf_reporting_a_plate_it_does_not_have(database: Database, shelf: Reporter) -> None:
    assert isinstance(shelf.report("shelf.change", took(plate=77), 1), Upto)
    assert "no plate 77" in str(dead(database)[0].reason)


def test_the_log_of_a_dead_letter_holds_no_payload(
    database: Database, contact: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        contact.send(b'{"card": "4242 4242 4242 4242"}')
    assert "dead letter from contact-1" in caplog.text
    assert "4242" not in caplog.text


# presence


def test_birth_and_status_say_who_is_there(contact: Reporter) -> None:
    birth = contact.born()
    assert (contact.row().online, contact.row().birth, contact.row().egress) == (True, birth, "mechanical")
    contact.says(birth, online=False)
    assert not contact.row().online
    contact.says(birth, online=True)
    assert contact.row().online


def test_a_death_of_an_earlier_life_is_ignored(contact: Reporter) -> None:
    first = contact.born()
    second = contact.born()
    contact.says(first, online=False)
    assert contact.row().online
    contact.says(second, online=False)
    assert not contact.row().online


def test_the_retained_birth_after_our_own_reconnect_raises_no_dead(contact: Reporter) -> None:
    birth = contact.born()
    contact.says(birth, online=False)
    contact.born(birth=birth)
    assert not contact.row().online


def test_a_heartbeat_is_written_down_twice_a_minute_at_most(database: Database, contact: Reporter) -> None:
    beat = Heartbeat(up_s=5, q=0).to_bytes()
    contact.send(beat, "hb")
    first = contact.row().last_seen_at
    assert first is not None
    contact.send(beat, "hb")
    assert contact.row().last_seen_at == first
    assert rows(database, Inbox) == []


# clocks


@pytest.mark.parametrize(
    ("clock", "believed"),
    [
        ({"tsq": "ntp", "ts": ago(seconds=50)}, True),
        ({"tsq": "none", "ts": ago(seconds=50)}, False),
        ({"tsq": "ntp", "ts": ago(hours=-1)}, False),
        ({"tsq": "ntp", "ts": ago(hours=1)}, False),  # online and an hour old: its clock is off
        ({"tsq": "ntp", "ts": 253_402_300_799_999}, False),
        ({"tsq": "ntp", "ts": 0}, False),
    ],
)
def test_a_clock_that_is_off_is_not_believed(
    database: Database, contact: Reporter, clock: dict[str, Any], believed: bool
) -> None:
    contact.report("contact.changed", OPENED, 1, **clock)
    moved = door_of(database).moved_at
    assert moved is not None
    if believed:
        assert ms(moved) == pytest.approx(clock["ts"], abs=1)
    else:
        assert datetime.now(UTC) - moved < timedelta(seconds=30)


def test_a_door_report_that_came_very_late_is_written_down_and_not_acted_on(
    database: Database, contact: Reporter, world: World
) -> None:
    with database.transaction() as tx:
        visit_id = visit_in(tx, world, State.UNLOCKED).id
    late = {"ts": ago(minutes=3), "offline": True}
    assert isinstance(contact.report("contact.changed", OPENED, 1, **late), Upto)
    assert not door_of(database).is_open
    assert kinds(database) == ["late_door_report"]
    with database.reading() as tx:
        assert tx.get_one(Visit, visit_id).state == State.UNLOCKED


def test_a_shelf_report_that_came_late_still_counts_for_who_was_inside_then(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    shelf.report("shelf.change", took(at=ago(minutes=4)), 1, offline=True, ts=ago(minutes=4))
    assert [(line.sku, line.sensed) for line in rows(database, BasketLine)] == [("milk", 1)]


# what reports mean


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
