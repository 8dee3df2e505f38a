"""Corrupts one fact behind the product's back, so that the audit can show that it looks."""

import io
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from simulators.demo import documents, sources
from simulators.demo.stage import Stage
from simulators.demo.visit import Diary
from simulators.shopper import local_client

WRONG_BY_CENTS = 7


class CannotTamper(Exception):
    """There is nothing to corrupt, or it is not where it should be."""


def tamper(fact: str, stage: Stage, diaries: Sequence[Diary]) -> str:
    """Returns the visit whose figure no longer agrees; raises CannotTamper."""
    visit = next((diary.visit for diary in diaries if diary.state == "settled" and diary.paid_cents), None)
    if visit is None:
        raise CannotTamper("no visit was paid for")
    party = next(diary.plan.party for diary in diaries if diary.visit == visit)
    act: dict[str, Callable[[], None]] = {
        "ledger": lambda: _ledger(stage.database_url, visit),
        "stripe": lambda: _stripe(stage, visit),
        "receipt": lambda: _receipt(stage.folder / "receipts" / f"{visit}.pdf"),
        "stock": lambda: _stock(stage.database_url, visit),
        "truth": lambda: _truth(stage.truth_file, party),
        "unlock": lambda: _unlock(stage, visit),
    }
    act[fact]()
    return visit


def _ledger(url: str, visit: str) -> None:
    wrong = f"UPDATE ledgerentry SET cents = cents + {WRONG_BY_CENTS}"  # noqa: S608 - a constant
    _sql(url, f"{wrong} WHERE account = 'card' AND visit_id = ?", visit)


def _stock(url: str, visit: str) -> None:
    one = "id = (SELECT min(id) FROM stockmovement WHERE visit_id = ?)"
    _sql(url, f"DELETE FROM stockmovement WHERE {one}", visit)  # noqa: S608 - a constant


def _sql(url: str, statement: str, visit: str) -> None:
    """Exactly one row; the statement's only parameter is the visit."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=15)) as books, books:
            changed = books.execute(statement, (visit,)).rowcount
    else:
        with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
            changed = connection.execute(statement.replace("?", "%s").encode(), (visit,)).rowcount
    if changed != 1:
        raise CannotTamper(f"expected to change one row, changed {changed}")


def _stripe(stage: Stage, visit: str) -> None:
    intents = sources.stripe_payments(stage.at.stripe_url, stage.stripe_key)[visit]
    paid = next(intent["id"] for intent in intents if intent["amount_received"])
    wish = {"payment_intent": paid, "amount_received_delta": WRONG_BY_CENTS}
    with local_client(base_url=stage.at.stripe_url) as http:
        http.post("/_sim/tamper", json=wish).raise_for_status()


def _receipt(path: Path) -> None:
    """Another amount where the PDF says what was paid."""
    paid = documents.from_pdf(path.read_bytes()).paid_cents
    euros, cents = divmod(paid, 100)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))
    for page in writer.pages:
        contents = page.get_contents()
        if contents is None:
            continue
        drawn = contents.get_data()
        for point in (b",", b"."):
            old = b"%d%s%02d" % (euros, point, cents)
            drawn = drawn.replace(old, b"%d%s%02d" % (euros + 1, point, cents))
        contents.set_data(drawn)
        page[NameObject("/Contents")] = contents
    with path.open("wb") as file:
        writer.write(file)


def _truth(path: Path, party: str) -> None:
    """One item more went out than was seen."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    hers = next(line for line in lines if line["person"] == party and line["items"])
    hers["items"].append(hers["items"][0])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _unlock(stage: Stage, visit: str) -> None:
    """The bolt moved once more for an order that was used already."""
    (orders,) = stage.books("unlocks")
    order = next(row["id"] for row in orders if row["visit"] == visit)
    lines = [json.loads(line) for line in stage.bolt_log.read_text().splitlines()]
    moved = next(line for line in lines if line["cmd_id"] == order)
    with stage.bolt_log.open("a") as log:
        log.write(json.dumps(moved | {"wall_ms": moved["wall_ms"] + 1000}) + "\n")
        log.flush()
        os.fsync(log.fileno())
