"""The embedded database's ceiling: a visit by Python's sqlite3 alone, WAL and synchronous=FULL."""

import json
import random
import sqlite3
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path

SHOPS, PRODUCTS = 10, 300
SCHEMA = """
CREATE TABLE stock(shop_id INT, product_id INT, on_hand INT NOT NULL,
  PRIMARY KEY(shop_id, product_id)) WITHOUT ROWID;
CREATE TABLE visit(id INTEGER PRIMARY KEY, shop_id INT NOT NULL, shopper TEXT NOT NULL,
  opened_at REAL NOT NULL, total_cents INT NOT NULL);
CREATE INDEX visit_shop ON visit(shop_id, opened_at);
CREATE TABLE stock_movement(id INTEGER PRIMARY KEY, visit_id INT NOT NULL REFERENCES visit(id), shop_id INT,
  product_id INT, qty INT, price_cents INT, at REAL);
CREATE INDEX sm_visit ON stock_movement(visit_id);
CREATE TABLE payment(id INTEGER PRIMARY KEY, visit_id INT NOT NULL REFERENCES visit(id),
  idempotency_key TEXT NOT NULL UNIQUE, amount_cents INT, state TEXT);
CREATE TABLE outbox(id INTEGER PRIMARY KEY, topic TEXT, payload TEXT, created_at REAL);
"""
MOVE = """
INSERT INTO stock_movement (visit_id, shop_id, product_id, qty, price_cents, at) VALUES (?, ?, ?, -1, 300, ?)
"""


def visits_per_s(folder: Path, seconds: float) -> float:
    """In a database of its own, on the same disk."""
    with tempfile.TemporaryDirectory(dir=folder) as made, closing(_opened(Path(made) / "raw.db")) as db:
        dice, done, began = random.Random(1), 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            db.execute("BEGIN IMMEDIATE")
            _visit(db, dice)
            db.execute("COMMIT")
            done += 1
        return round(done / (time.perf_counter() - began), 1)


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    db.executescript(SCHEMA)
    stock = [(shop, product) for shop in range(1, SHOPS + 1) for product in range(1, PRODUCTS + 1)]
    db.execute("BEGIN")
    db.executemany("INSERT INTO stock VALUES (?, ?, 1000000000)", stock)
    db.execute("COMMIT")
    return db


def _visit(db: sqlite3.Connection, dice: random.Random) -> None:
    shop, now, key = dice.randint(1, SHOPS), time.time(), str(uuid.UUID(int=dice.getrandbits(128)))
    insert = "INSERT INTO visit (shop_id, shopper, opened_at, total_cents) VALUES (?, ?, ?, 900)"
    visit = db.execute(insert, (shop, key, now)).lastrowid
    for base in (0, 100, 200):
        where = (shop, base + dice.randint(1, 100))
        [on_hand] = db.execute(
            "SELECT on_hand FROM stock WHERE shop_id = ? AND product_id = ?", where
        ).fetchone()
        db.execute("UPDATE stock SET on_hand = ? WHERE shop_id = ? AND product_id = ?", (on_hand - 1, *where))
        db.execute(MOVE, (visit, *where, now))
    pay = (
        "INSERT INTO payment (visit_id, idempotency_key, amount_cents, state) VALUES (?, ?, 900, 'captured')"
    )
    db.execute(pay, (visit, key))
    told = json.dumps({"visit": visit})
    db.execute("INSERT INTO outbox (topic, payload, created_at) VALUES ('visit.paid', ?, ?)", (told, now))
