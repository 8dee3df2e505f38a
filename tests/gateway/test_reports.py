"""Device reports: in order and once each, however often and from whichever storage they come."""

from devices import ulid
from devices.messages import (
    Emergency,
    LockChanged,
)
from devices.reports import Missing, Upto
from shop.db import Database
from shop.domain.audit import Audit
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from tests.domain.world import CONTACT_DEVICE, LOCK_DEVICE
from tests.gateway.reading import CLOSED, OPENED, dead, door_of, kinds
from tests.gateway.rigs import STORE, Reporter, rows


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
    assert (incident.severity, incident.device_id) == ("alarm", CONTACT_DEVICE)
    assert incident.evidence == {"epoch": contact.epoch, "first": 2, "last": 7, "count": 6}
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
