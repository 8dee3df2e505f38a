"""What neither device nor core has any more is passed over with an alarm; nobody asks for it for ever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.edge.delivery import Delivery, on_the_wire
from devices.edge.outbox import Encode, Outbox, Pending
from devices.events import ContactChanged, EventData, TempExcursion
from devices.messages import OutboxOverflow
from devices.reports import Missing, Upto
from shop.db import Database
from shop.domain.fleet import Device
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from tests.domain.world import CONTACT_DEVICE
from tests.gateway.reading import CLOSED, OPENED
from tests.gateway.rigs import STORE, Reporter, rows

WARM = TempExcursion(phase="start", min_mc=0, max_mc=9000, since=1)
MOST_MESSAGES = 200  # far more than any of these stories needs: an endless loop ends the test


class Wired:
    """A device's own outbox and delivery, and the core's own taking of reports, with a wire between them."""

    def __init__(self, database: Database, path: Path, *, capacity: int) -> None:
        self.database = database
        self.outbox = Outbox(path, capacity=capacity)
        self.core = Reporter(database, CONTACT_DEVICE)
        self.core.epoch = self.outbox.epoch
        self.up = True
        self.asked: list[int] = []  # numbers the core missed
        self._line: list[bytes] = []
        self.delivery = Delivery(self.outbox, self._send, now=lambda: 0.0)

    def reports(self, kind: str, data: EventData) -> None:
        self.outbox.append(kind, self._envelope(kind, data))
        self.delivery.pump()
        self.settle()

    def settle(self) -> None:
        """Messages go to and fro until both sides are silent."""
        for _ in range(MOST_MESSAGES):
            if not self._line:
                return
            answer = self.core.send(self._line.pop(0))
            if isinstance(answer, Upto) and self.delivery.stored(answer.epoch, answer.seq):
                if self.outbox.report_losses(lambda lost: self._envelope("outbox.overflow", lost)):
                    self.delivery.pump()
            elif isinstance(answer, Missing):
                self.asked.append(answer.first)
                self.delivery.again_from(answer.first)
        pytest.fail("device and core did not come to an end")

    def reconnects(self) -> None:
        self.up = True
        self.delivery.all_again()
        self.settle()

    def core_forgets(self, last: int, *, epoch: str | None = None) -> None:
        """It came back from a backup taken when it had taken the reports up to here."""
        with self.database.transaction() as tx:
            device = tx.get_one(Device, CONTACT_DEVICE)
            device.epoch, device.last_seq = epoch or device.epoch, last
            for report in rows(self.database, Inbox):
                if int(report.external_id.split(":")[1]) > last:
                    tx.delete(report)

    def alarms(self) -> list[dict[str, Any]]:
        return [
            i.evidence | {"severity": i.severity}
            for i in rows(self.database, Incident)
            if i.kind == "reports_lost"
        ]

    def _envelope(self, kind: str, data: EventData) -> Encode:
        return lambda _epoch, seq: self.core.event(kind, data, seq)

    def _send(self, pending: Pending) -> bool:
        if self.up:
            self._line.append(on_the_wire(pending))
        return self.up


@pytest.fixture
def wired(database: Database, tmp_path: Path) -> Iterator[Wired]:
    made = Wired(database, tmp_path / "outbox.db", capacity=4)
    yield made
    made.outbox.close()


def test_a_core_from_a_backup_goes_on_with_the_next_report_and_says_what_is_gone(wired: Wired) -> None:
    for _ in range(3):
        wired.reports("contact.changed", OPENED)
        wired.reports("contact.changed", CLOSED)
    wired.core_forgets(2)
    wired.reports("contact.changed", OPENED)
    assert wired.asked == [3]
    assert wired.core.row().last_seq == 7
    assert len(wired.outbox) == 0
    lost = {"epoch": wired.outbox.epoch, "first": 3, "last": 6, "count": 4, "severity": "alarm"}
    assert wired.alarms() == [lost]


def test_what_the_device_still_keeps_is_not_given_up(wired: Wired) -> None:
    wired.reports("contact.changed", OPENED)
    wired.reports("contact.changed", CLOSED)
    wired.up = False
    wired.reports("contact.changed", OPENED)
    wired.core_forgets(1)
    wired.reconnects()
    assert wired.core.row().last_seq == 3
    assert [(lost["first"], lost["last"]) for lost in wired.alarms()] == [(2, 2)]


def test_a_core_from_before_the_devices_storage_was_made_goes_on_too(wired: Wired) -> None:
    wired.reports("contact.changed", OPENED)
    wired.reports("contact.changed", CLOSED)
    wired.core_forgets(40, epoch="01J00000000000000000000000")
    wired.reports("contact.changed", OPENED)
    row = wired.core.row()
    assert (row.epoch, row.last_seq) == (wired.outbox.epoch, 3)
    assert [(lost["first"], lost["last"]) for lost in wired.alarms()] == [(1, 2)]


def test_gaps_in_an_overflowed_outbox_make_one_alarm_that_knows_why(wired: Wired) -> None:
    wired.reports("contact.changed", OPENED)
    wired.up = False
    for _ in range(4):
        wired.reports("temp.excursion", WARM)
        wired.reports("contact.changed", CLOSED)
    wired.reconnects()
    assert wired.asked == []  # the device says so by itself, nobody has to ask
    assert len(wired.outbox) == 0
    assert wired.core.row().last_seq == wired.outbox.last
    [alarm] = wired.alarms()
    assert (alarm["first"], alarm["count"], alarm["outbox_was_full"]) == (2, 4, True)
    taken = [r.kind for r in rows(wired.database, Inbox) if r.kind != "temp.excursion"]
    assert taken == ["contact.changed"] * 5 + ["outbox.overflow"]


def test_a_gap_is_believed_only_from_where_we_are(database: Database, contact: Reporter) -> None:
    """A report that was overtaken on the wire is not lost."""
    contact.report("contact.changed", OPENED, 1)
    answer = contact.report("contact.changed", CLOSED, 5, after=3)
    assert answer == Missing(CONTACT_DEVICE, STORE, contact.epoch, 2)
    assert contact.row().last_seq == 1
    assert rows(database, Incident)[-1].kind != "reports_lost"


def test_a_repeat_that_tells_of_a_gap_again_counts_it_once(database: Database, contact: Reporter) -> None:
    contact.report("contact.changed", OPENED, 1)
    with_gap = contact.event("contact.changed", CLOSED, 5, after=1)
    assert contact.send(with_gap) == contact.send(with_gap)
    [lost] = [i for i in rows(database, Incident) if i.kind == "reports_lost"]
    assert lost.evidence["count"] == 3


def test_a_new_storage_that_had_been_read_by_another_core_says_what_is_gone(
    database: Database, contact: Reporter
) -> None:
    contact.born(first=40)
    [lost] = [i for i in rows(database, Incident) if i.kind == "reports_lost"]
    assert (lost.evidence["first"], lost.evidence["last"]) == (1, 39)


def test_an_overflow_that_left_no_gap_is_an_alarm_by_itself(database: Database, contact: Reporter) -> None:
    contact.report("outbox.overflow", OutboxOverflow(dropped=2, first=5, last=9), 1)
    [lost] = [i for i in rows(database, Incident) if i.kind == "reports_lost"]
    assert (lost.severity, lost.evidence["count"]) == ("alarm", 2)


def test_a_closed_alarm_does_not_hide_the_next_loss(database: Database, contact: Reporter) -> None:
    contact.report("contact.changed", ContactChanged(open=True), 3, after=0)
    with database.transaction() as tx:
        [lost] = [i for i in rows(database, Incident) if i.kind == "reports_lost"]
        tx.merge(lost).closed_at = lost.opened_at
    contact.report("contact.changed", CLOSED, 9, after=3)
    assert len([i for i in rows(database, Incident) if i.kind == "reports_lost"]) == 2
