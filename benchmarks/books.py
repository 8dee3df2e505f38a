"""The database seen from outside: how many commits it took, and what it could do without the product."""

import sqlite3
import struct
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from devices.ulid import new as new_id

# The WAL index's header: format version, unused, iChange, "a counter incremented with each transaction"
# (sqlite.org/walformat.html, section 2.1). Native byte order; counts commits that wrote, of all processes.
WAL_INDEX_HEADER = struct.Struct("=III")

Row = dict[str, Any]


def commits(database: Path) -> int:
    """Only differences mean something, and only while some process has the database open."""
    with database.with_name(database.name + "-shm").open("rb") as index:
        return int(WAL_INDEX_HEADER.unpack(index.read(WAL_INDEX_HEADER.size))[2])


def rows_of_a_visit(db: sqlite3.Connection, visit: str) -> dict[str, list[Row]]:
    """Every row that names this visit, and as many device and payment reports as arrived while it ran."""
    db.row_factory = sqlite3.Row
    rows: dict[str, list[Row]] = {}
    for table, key in (
        ("visit", "id"),
        ("payment", "visit_id"),
        ("basketline", "visit_id"),
        ("ledgerentry", "visit_id"),
        ("stockmovement", "visit_id"),
        ("receipt", "visit_id"),
        ("feed", "visit_id"),
        ("job", "subject"),
    ):
        rows[table] = [dict(row) for row in _all_about(db, table, key, visit)]
    visits = db.execute("SELECT count(*) FROM visit").fetchone()[0]
    reports = db.execute("SELECT count(*) FROM inbox").fetchone()[0]
    latest = db.execute("SELECT * FROM inbox ORDER BY id DESC LIMIT ?", (round(reports / visits),))
    rows["inbox"] = [dict(row) for row in latest]
    return rows


def _all_about(db: sqlite3.Connection, table: str, key: str, visit: str) -> list[Any]:
    return db.execute(f"SELECT * FROM {table} WHERE {key} = ?", (visit,)).fetchall()  # noqa: S608 our own names


def visits_per_s_without_product(database: Path, visit: str, seconds: float) -> float:
    """One process, Python's sqlite3, nothing else: the rows of one visit in one transaction, again and again.

    Inserts copies into the given database, which has the real tables, indexes and constraints and what the
    load left in it. Same durability as the product: WAL with synchronous=FULL.
    """
    db = sqlite3.connect(database, isolation_level=None, timeout=10)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA foreign_keys=ON")
        rows = rows_of_a_visit(db, visit)
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            db.execute("BEGIN IMMEDIATE")
            for table, copies in _copies(rows, visit, done).items():
                names = ", ".join(copies[0])
                marks = ", ".join(f":{name}" for name in copies[0])
                db.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", copies)  # noqa: S608 our own names
            db.execute("COMMIT")
            done += 1
        return done / (time.perf_counter() - began)
    finally:
        db.close()


def _copies(rows: dict[str, list[Row]], visit: str, number: int) -> dict[str, list[Row]]:
    """With fresh keys, and fresh values where a column must be unique."""
    ours = new_id()
    copies: dict[str, list[Row]] = defaultdict(list)
    for table, originals in rows.items():
        for original in originals:
            copy = {name: ours if value == visit else value for name, value in original.items()}
            if table != "visit":
                copy["id"] = None if isinstance(original["id"], int) else new_id()
            if table == "receipt":
                copy |= {"token": new_id(), "number": 1_000_000_000 + number}
            if table == "inbox":
                copy["external_id"] = new_id()
            copies[table].append(copy)
    return copies
