"""Reports from strangers, without sense, or beyond us: kept as dead letters, in nobody's way."""

import json
import logging
from typing import Any

import pytest

from devices.messages import (
    ContactHeldOpen,
)
from devices.reports import Upto
from shop.db import Database
from shop.domain import picks
from shop.domain.fleet import Device, Plate
from shop.domain.inbox import Inbox
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE
from tests.gateway.reading import OPENED, dead, door_of, kinds, took
from tests.gateway.rigs import STORE, Reporter, rows


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
    [{"seq": 0}, {"seq": 2**63}, {"seq": "1"}, {"seq": True}, {"epoch": "x"}, {"epoch": "0" * 25},
     {"dev": "core!"}],
    ids=str,
)  # fmt: skip
def test_without_device_storage_or_number_a_report_is_nobodys(
    database: Database, contact: Reporter, change: dict[str, Any]
) -> None:
    good = json.loads(contact.event("contact.changed", OPENED, 1))
    assert contact.send(json.dumps(good | change).encode()) is None
    assert contact.row().last_seq == 0
    assert len(dead(database)) == 1
    assert kinds(database) == ["reports_refused"]


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
    assert "dead_letter device=contact-1" in caplog.text
    assert "4242" not in caplog.text


def test_a_storage_from_the_future_is_refused_and_raises_one_alarm(
    database: Database, contact: Reporter
) -> None:
    """Believed once, no true storage could ever overtake it and the device would be blind for good."""
    contact.report("contact.changed", OPENED, 1)
    true_epoch, contact.epoch = contact.epoch, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
    for seq in (1, 2):
        assert contact.report("contact.held_open", ContactHeldOpen(s=60), seq) is None
    assert kinds(database).count("reports_refused") == 1
    contact.epoch = true_epoch
    assert contact.report("contact.held_open", ContactHeldOpen(s=60), 2) == Upto(
        CONTACT_DEVICE, STORE, true_epoch, 2
    )
