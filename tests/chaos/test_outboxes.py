"""What a device was told is stored must be there."""

from devices.edge.outbox import Outbox as DeviceOutbox
from tests.chaos import outboxes
from tests.chaos.outboxes import Outbox

BOX = Outbox("contact", "E1", acknowledged=3, last=5)


def test_every_acknowledged_number_must_be_stored() -> None:
    assert outboxes.lost(BOX, {("E1", 1), ("E1", 2), ("E1", 3)}) == []
    assert outboxes.lost(BOX, {("E1", 1), ("E1", 3)}) == [2]


def test_reports_of_another_storage_do_not_count() -> None:
    assert outboxes.lost(BOX, {("E0", 1), ("E1", 2), ("E1", 3)}) == [1]


def test_what_was_not_acknowledged_still_waits() -> None:
    assert outboxes.waiting(BOX) == 2


def test_the_file_of_a_real_outbox_is_understood(tmp_path) -> None:  # type: ignore[no-untyped-def]
    real = DeviceOutbox(tmp_path / "contact.outbox.db")
    for _ in range(4):
        real.append("contact.changed", lambda epoch, seq: b"{}")
    real.acked(real.epoch, 2)
    real.close()
    assert outboxes.read(tmp_path) == [Outbox("contact", real.epoch, acknowledged=2, last=4)]
