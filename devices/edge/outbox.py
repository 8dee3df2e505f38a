"""The device's durable outbox: a report is on the disk before it is sent and until the core has stored it."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devices import ulid
from devices.messages import OutboxOverflow

# Money and safety hang on these; everything else is given up first when nobody collects (protocol 4.3).
NEVER_DROPPED = ("lock.", "contact.", "shelf.", "scan", "emergency.", "outbox.")

Encode = Callable[[str, int], bytes]  # (epoch, seq) -> envelope


@dataclass(frozen=True, slots=True)
class Pending:
    seq: int
    payload: bytes
    after: int | None = None  # the report sent before it, where numbers between the two are gone


class Outbox:
    """Numbered reports in one SQLite file; `epoch` is the ULID given to that file when it was made.

    Only the thread that opened it may use it.
    """

    def __init__(self, path: Path, *, capacity: int = 100_000) -> None:
        self._capacity = capacity
        try:
            self._db = _open(path)
        except sqlite3.DatabaseError:  # a damaged file is kept for the technician; a new epoch begins
            path.rename(path.with_name(f"{path.name}.damaged-{ulid.new()}"))
            for side in ("-wal", "-shm"):
                path.with_name(path.name + side).unlink(missing_ok=True)
            self._db = _open(path)
        self.epoch = str(self._meta("epoch"))
        self._next = int(self._meta("next_seq"))
        self._count = int(self._db.execute("SELECT count(*) FROM event").fetchone()[0])

    def append(self, kind: str, encode: Encode) -> Pending:
        """Number the report and put it on the disk; returns after the fsync."""
        with self._transaction():
            pending = self._insert(kind, encode)
            if self._count > self._capacity:
                self._give_up_one()
        return pending

    def acked(self, epoch: str, upto: int) -> bool:
        """Forget what the core has stored; False for another epoch or a number never given out."""
        if epoch != self.epoch or upto >= self._next:
            return False
        with self._transaction():
            self._count -= self._db.execute("DELETE FROM event WHERE seq <= ?", (upto,)).rowcount
        return True

    def report_losses(self, encode: Callable[[OutboxOverflow], Encode]) -> Pending | None:
        """Once there is room again: one `outbox.overflow` report about everything given up, exactly once."""
        first, last, dropped = (int(self._meta(key)) for key in ("lost_from", "lost_to", "lost_count"))
        if dropped == 0 or self._count >= self._capacity:
            return None
        with self._transaction():
            for key in ("lost_from", "lost_to", "lost_count"):
                self._set(key, 0)
            return self._insert(
                "outbox.overflow", encode(OutboxOverflow(dropped=dropped, first=first, last=last))
            )

    def after(self, seq: int, limit: int) -> list[Pending]:
        """The next reports with a higher number, in order."""
        rows = self._db.execute(
            "SELECT seq, payload FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        return [Pending(*row) for row in rows]

    def __len__(self) -> int:
        return self._count

    @property
    def first(self) -> int:
        """The lowest number still kept; the next to be given out if none is."""
        row = self._db.execute("SELECT min(seq) FROM event").fetchone()
        return self._next if row[0] is None else int(row[0])

    @property
    def last(self) -> int:
        """The highest number ever given out."""
        return self._next - 1

    def close(self) -> None:
        self._db.close()

    def _insert(self, kind: str, encode: Encode) -> Pending:
        pending = Pending(self._next, encode(self.epoch, self._next))
        self._db.execute("INSERT INTO event VALUES (?, ?, ?)", (pending.seq, kind, pending.payload))
        self._set("next_seq", self._next + 1)
        self._next += 1
        self._count += 1
        return pending

    def _give_up_one(self) -> None:
        spared = " AND ".join("kind NOT LIKE ?" for _ in NEVER_DROPPED)
        oldest = self._db.execute(
            f"SELECT seq FROM event WHERE {spared} ORDER BY seq LIMIT 1",  # noqa: S608 only constants
            [f"{prefix}%" for prefix in NEVER_DROPPED],
        ).fetchone()
        if oldest is None:
            return  # all of it matters: grow beyond the capacity rather than lose one
        self._db.execute("DELETE FROM event WHERE seq = ?", oldest)
        self._count -= 1
        if int(self._meta("lost_count")) == 0:
            self._set("lost_from", oldest[0])
        self._set("lost_to", max(oldest[0], int(self._meta("lost_to"))))
        self._set("lost_count", int(self._meta("lost_count")) + 1)

    def _meta(self, key: str) -> str:
        return str(self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0])

    def _set(self, key: str, value: int) -> None:
        self._db.execute("UPDATE meta SET value = ? WHERE key = ?", (str(value), key))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """On an error (disk full) the numbers in memory go back with the file, so no number is skipped."""
        before = self._next, self._count
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._next, self._count = before
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        db.execute(
            "CREATE TABLE IF NOT EXISTS event"
            " (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL)"
        )
        start = {"epoch": ulid.new(), "next_seq": "1", "lost_from": "0", "lost_to": "0", "lost_count": "0"}
        db.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", start.items())
        db.execute("COMMIT")
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
