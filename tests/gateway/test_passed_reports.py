"""A numbered report without sense is kept as a dead letter and passed: the next one is applied."""

import json
from typing import Any

import pytest

from devices.reports import Missing, Upto
from shop.db import Database
from shop.domain.basket import BasketLine
from tests.domain.world import CONTACT_DEVICE, SHELF_DEVICE, World
from tests.gateway.reading import OPENED, dead, door_of, kinds, shopping, took
from tests.gateway.rigs import STORE, Reporter, rows

TYPES: list[dict[str, Any]] = [
    {"data": []}, {"data": None}, {"data": {}}, {"ts": "now"}, {"tsq": "sundial"}, {"mono": 1.5}, {"id": 7},
    {"offline": 1}, {"data.t0": "1"}, {"data.delta_g": 0.5}, {"data.touching": 1}, {"data.after_g": None},
]  # fmt: skip
RANGES: list[dict[str, Any]] = [
    {"data.t0": -499}, {"ts": -1}, {"ts": 10**18}, {"data.plate": 1000}, {"data.plate": -1},
    {"data.delta_g": 10**7}, {"data.var_g2": -1}, {"data.var_g2": float("nan")}, {"mono": 2**63},
    {"after": -1},
]  # fmt: skip
STRINGS: list[dict[str, Any]] = [
    {"data.shelf": "A" * 41}, {"data.shelf": ""}, {"data.shelf": "A\0"}, {"data.shelf": "\ud800"},
    {"id": "short"}, {"type": ""}, {"type": "a" * 61}, {"type": "Shelf Change"},
    {"pad": "x" * 16_384},
]  # fmt: skip
OTHERS: list[dict[str, Any]] = [
    {"v": 2}, {"v": True}, {"data.plate": 77},
    {"data.before_g": 100, "data.after_g": 90},  # and the goods of a whole crate between them
    {"data.after_g": took().after_g - 3},
]  # fmt: skip
BESIDES: list[dict[str, Any]] = [
    {"type": "outbox.overflow", "data": {"dropped": 2**63, "from": 1, "to": 1}},
    {"type": "emergency.pressed", "data": {"button": "b" * 41}},
    {"type": "scan", "data": {"sym": "ean13", "data": "4" * 513, "ok": True}},
    {"type": "scale.fault", "data": {"code": "bored"}},
    {"type": "lock.changed", "data": {"bolt": "locked"}, "dev": SHELF_DEVICE, "ts": None},
]


def spoilt(payload: bytes, change: dict[str, Any]) -> bytes:
    """The same report with some values changed, which may be one of its `data`."""
    report = json.loads(payload)
    for name, value in change.items():
        inner, _, field = name.rpartition(".")
        (report[inner] if inner else report)[field] = value
    return json.dumps(report).encode()


@pytest.mark.parametrize("change", TYPES + RANGES + STRINGS + OTHERS + BESIDES, ids=lambda it: str(it)[:40])
def test_a_report_without_sense_does_not_block_the_next(
    database: Database, world: World, shelf: Reporter, change: dict[str, Any]
) -> None:
    shopping(database, world)
    bad = spoilt(shelf.event("shelf.change", took(), 2), change)
    assert shelf.report("shelf.unsettled", {"shelf": "A", "plate": 1, "t0": 1}, 1)
    for _ in range(2):  # sent again, it is still one
        assert shelf.send(bad) == Upto(SHELF_DEVICE, STORE, shelf.epoch, 2)
    assert shelf.report("shelf.change", took(), 3) == Upto(SHELF_DEVICE, STORE, shelf.epoch, 3)
    assert [line.sensed for line in rows(database, BasketLine)] == [1]
    [letter] = dead(database)
    assert (letter.source, letter.external_id) == (f"device:{SHELF_DEVICE}", f"{shelf.epoch}:2")
    assert {"reports_refused", "report_not_applied"} & set(kinds(database))


@pytest.mark.parametrize("change", [{"data": {"open": 1}}, {"data": {"open": True, "bounce": -1}}], ids=str)
def test_a_door_that_speaks_nonsense_once_is_believed_the_next_time(
    database: Database, contact: Reporter, change: dict[str, Any]
) -> None:
    assert contact.send(spoilt(contact.event("contact.changed", OPENED, 1), change))
    assert not door_of(database).is_open
    assert contact.report("contact.changed", OPENED, 2) == Upto(CONTACT_DEVICE, STORE, contact.epoch, 2)
    assert door_of(database).is_open


def test_letters_that_are_no_utf_8_do_not_block_the_next(database: Database, shelf: Reporter) -> None:
    scanned = shelf.event("scan", {"sym": "ean13", "data": "LETTERS", "ok": True}, 1)
    assert shelf.send(scanned.replace(b"LETTERS", b"\xe4\xf6\xfc")) == Upto(
        SHELF_DEVICE, STORE, shelf.epoch, 1
    )
    assert "not JSON" in str(dead(database)[0].reason)


def test_a_report_without_sense_is_passed_only_in_its_turn(database: Database, shelf: Reporter) -> None:
    bad = spoilt(shelf.event("shelf.change", took(), 2), {"data.t0": -499})
    assert shelf.send(bad) == Missing(SHELF_DEVICE, STORE, shelf.epoch, 1)
    assert dead(database) == []


def test_of_a_report_without_sense_it_is_believed_what_the_device_no_longer_keeps(
    database: Database, shelf: Reporter
) -> None:
    bad = spoilt(shelf.event("shelf.change", took(), 9), {"data.t0": -499, "after": 0})
    assert shelf.send(bad) == Upto(SHELF_DEVICE, STORE, shelf.epoch, 9)
    assert kinds(database) == ["reports_lost", "reports_refused"]


def test_sent_to_another_stores_topic_a_report_is_not_counted_and_its_own_store_takes_it(
    database: Database, shelf: Reporter
) -> None:
    elsewhere = Reporter(database, SHELF_DEVICE, "eschwege")
    elsewhere.epoch = shelf.epoch
    assert elsewhere.report("shelf.change", took(), 1) is None
    assert shelf.report("shelf.change", took(), 1) == Upto(SHELF_DEVICE, STORE, shelf.epoch, 1)
