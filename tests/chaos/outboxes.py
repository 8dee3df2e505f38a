"""Reads what a device believes it has given away: its outbox file against what the shop kept."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outbox:
    """Numbers 1 to `acknowledged` were confirmed as stored; up to `last` were ever given out."""

    device: str
    epoch: str
    acknowledged: int
    last: int


def read(folder: Path) -> list[Outbox]:
    return [_read(path) for path in sorted(folder.glob("*.outbox.db"))]


def _read(path: Path) -> Outbox:
    with closing(sqlite3.connect(path, timeout=5)) as books:
        kept = dict(books.execute("SELECT key, value FROM meta"))
        [(oldest,)] = books.execute("SELECT min(seq) FROM event").fetchall()
    last = int(kept["next_seq"]) - 1
    device = path.name.removesuffix(".outbox.db")
    return Outbox(device, str(kept["epoch"]), last if oldest is None else int(oldest) - 1, last)


def lost(outbox: Outbox, stored: Collection[tuple[str, int]]) -> list[int]:
    """Numbers the device was told are stored, and are not."""
    return [n for n in range(1, outbox.acknowledged + 1) if (outbox.epoch, n) not in stored]


def waiting(outbox: Outbox) -> int:
    return outbox.last - outbox.acknowledged
