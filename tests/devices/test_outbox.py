"""A report is on the disk before anybody hears of it, keeps its number, and stays if it matters."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.edge.delivery import RESEND_S, WINDOW, Delivery
from devices.edge.outbox import Encode, Outbox, Pending
from devices.messages import OutboxOverflow


def encode(epoch: str, seq: int) -> bytes:
    return f"{epoch}:{seq}".encode()


def losses(lost: OutboxOverflow) -> Encode:
    return lambda _epoch, _seq: lost.to_bytes()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", capacity=5)
    yield box
    box.close()


def fill(box: Outbox, *kinds: str) -> list[int]:
    return [box.append(kind, encode).seq for kind in kinds]


def kept(box: Outbox) -> list[int]:
    return [pending.seq for pending in box.after(0, 1000)]


def test_numbers_go_up_by_one_and_survive_an_emptied_and_reopened_file(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox.db")
    assert fill(box, "scan", "scan") == [1, 2]
    assert box.acked(box.epoch, 2)
    epoch = box.epoch
    box.close()
    box = Outbox(tmp_path / "outbox.db")
    assert (box.epoch, len(box), box.first, box.last) == (epoch, 0, 3, 2)
    assert fill(box, "scan") == [3]
    box.close()


def test_an_ack_of_another_epoch_or_of_the_future_forgets_nothing(outbox: Outbox) -> None:
    fill(outbox, "scan", "scan")
    assert not outbox.acked("01J00000000000000000000000", 2)
    assert not outbox.acked(outbox.epoch, 3)
    assert kept(outbox) == [1, 2]
    assert outbox.acked(outbox.epoch, 1)
    assert kept(outbox) == [2]


def test_every_report_that_was_returned_survives_a_kill(tmp_path: Path) -> None:
    writer = """
import sys
from pathlib import Path
from devices.edge.outbox import Outbox
box = Outbox(Path(sys.argv[1]))
while True:
    pending = box.append("scan", lambda epoch, seq: b"x" * 300)
    print(pending.seq, flush=True)
"""
    path = tmp_path / "outbox.db"
    process = subprocess.Popen([sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    promised = [int(process.stdout.readline()) for _ in range(50)][-1]
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate()
    promised = max([promised, *map(int, rest.split()[:-1] or [])])

    box = Outbox(path)
    found = kept(box)
    box.close()
    assert found == list(range(1, found[-1] + 1))
    assert found[-1] >= promised


def test_every_commit_waits_for_the_disk(outbox: Outbox) -> None:
    full = 2  # SQLite's number for synchronous=FULL; only a power cut would show the difference
    assert outbox._db.execute("PRAGMA synchronous").fetchone()[0] == full


def test_a_full_outbox_gives_up_measurements_first_and_says_so_once(outbox: Outbox) -> None:
    fill(
        outbox,
        "temp.excursion",
        "lock.changed",
        "temp.excursion",
        "shelf.change",
        "scan",
        "contact.changed",
        "scan",
    )
    assert kept(outbox) == [2, 4, 5, 6, 7]
    assert outbox.report_losses(losses) is None  # still full
    outbox.acked(outbox.epoch, 4)
    report = outbox.report_losses(losses)
    assert report is not None
    assert json.loads(report.payload) == {"dropped": 2, "from": 1, "to": 3}
    assert outbox.report_losses(losses) is None
    assert kept(outbox) == [5, 6, 7, 8]


def test_doors_shelves_scans_and_emergencies_are_kept_beyond_the_capacity(outbox: Outbox) -> None:
    kinds = ["lock.changed", "contact.changed", "shelf.change", "scan", "emergency.pressed"] * 3
    numbers = fill(outbox, *kinds)
    assert len(numbers) == 15
    assert kept(outbox) == numbers


def test_a_full_disk_loses_the_report_but_no_number(outbox: Outbox) -> None:
    def broken(epoch: str, seq: int) -> bytes:
        raise sqlite3.OperationalError("database or disk is full")

    fill(outbox, "scan")
    with pytest.raises(sqlite3.OperationalError):
        outbox.append("scan", broken)
    assert fill(outbox, "scan") == [2]
    assert len(outbox) == 2


def test_a_damaged_file_is_put_aside_and_a_later_epoch_begins(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    box = Outbox(path)
    epoch = box.epoch
    box.close()
    path.write_bytes(b"no database" * 1000)
    box = Outbox(path)
    assert box.epoch > epoch
    assert fill(box, "scan") == [1]
    box.close()
    assert len(list(tmp_path.glob("outbox.db.damaged-*"))) == 1


class Line:
    """A wire that can be cut, and a clock."""

    def __init__(self, outbox: Outbox) -> None:
        self.up = True
        self.sent: list[int] = []
        self.now = 0.0
        self.delivery = Delivery(outbox, self._send, now=lambda: self.now, jitter=lambda: 1.0)

    def _send(self, pending: Pending) -> bool:
        if self.up:
            self.sent.append(pending.seq)
        return self.up


@pytest.fixture
def line(outbox: Outbox) -> Line:
    return Line(outbox)


def test_reports_are_sent_once_and_in_order(outbox: Outbox, line: Line) -> None:
    for _ in range(3):
        fill(outbox, "scan")
        line.delivery.pump()
    assert line.sent == [1, 2, 3]


def test_after_a_cut_everything_not_stored_is_sent_again(outbox: Outbox, line: Line) -> None:
    fill(outbox, "scan", "scan", "scan")
    line.delivery.pump()
    line.delivery.stored(outbox.epoch, 1)
    line.up = False
    fill(outbox, "scan")
    line.delivery.pump()
    line.up, line.sent = True, []
    line.delivery.all_again()
    assert line.sent == [2, 3, 4]


def test_the_core_may_ask_for_a_stretch_again(outbox: Outbox, line: Line) -> None:
    fill(outbox, "scan", "scan", "scan")
    line.delivery.pump()
    line.sent = []
    line.delivery.again_from(2)
    assert line.sent == [2, 3]


def test_silence_is_answered_after_10_20_30_seconds_and_success_starts_over(
    outbox: Outbox, line: Line
) -> None:
    fill(outbox, "scan")
    line.delivery.pump()
    times = []
    for second in range(1, 70):
        line.now = float(second)
        before = len(line.sent)
        line.delivery.tick()
        if len(line.sent) > before:
            times.append(second)
    assert times == [10, 30, 60]
    line.delivery.stored(outbox.epoch, 1)
    fill(outbox, "scan")
    line.delivery.pump()
    line.now += RESEND_S
    line.sent = []
    line.delivery.tick()
    assert line.sent == [2]


def test_no_more_than_a_window_is_in_flight(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "big.db")
    line = Line(box)
    fill(box, *["scan"] * (WINDOW + 50))
    line.delivery.pump()
    line.delivery.pump()
    assert line.sent == list(range(1, WINDOW + 1))
    line.delivery.stored(box.epoch, 30)
    assert line.sent[-1] == WINDOW + 30
    box.close()
