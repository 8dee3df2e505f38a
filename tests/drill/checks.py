"""What must hold after a restore; each check answers with what it found wrong, in words."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from shop.backup import figures
from shop.backup.figures import Figures
from simulators.demo.visit import Diary
from tests.drill.stage import DrillStage

FINAL = frozenset({"settled", "empty", "abandoned", "refused"})
TOLD_BY_RESTORE = {"incident", "audit", "feed"}  # "this shop was restored"

# Of a sale that is in the books all four parts are there, and they speak of the same goods and money; what
# was taken back of it has a receipt of its own.
HALF = """
    SELECT visit.id, visit.total_cents,
        (SELECT coalesce(sum(coalesce(corrected, CASE WHEN sensed > scanned THEN sensed ELSE scanned END)), 0)
            FROM basketline WHERE visit_id = visit.id) AS in_basket,
        (SELECT coalesce(-sum(quantity), 0) FROM stockmovement WHERE visit_id = visit.id
            AND reason = 'sold') AS moved,
        (SELECT coalesce(-sum(cents), 0) FROM ledgerentry WHERE visit_id = visit.id
            AND account IN ('sales', 'vat')) AS sold_cents,
        (SELECT coalesce(sum(amount_cents), 0) FROM refund WHERE visit_id = visit.id) AS given_back,
        (SELECT count(*) FROM receipt WHERE visit_id = visit.id AND kind = 'sale') AS sales,
        (SELECT count(*) FROM receipt WHERE visit_id = visit.id AND kind = 'correction') AS corrections,
        (SELECT count(DISTINCT receipt_id) FROM refund WHERE visit_id = visit.id) AS corrected
    FROM visit WHERE booked
"""


class Ended(NamedTuple):
    """A visit whose end its shopper has seen on her screen."""

    at: datetime
    diary: Diary


def losses(ended: Sequence[Ended], before: datetime, restored: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Everything shown to a shopper before the backup began is in it."""
    there = {visit["id"]: visit for visit in restored}
    for at, diary in ended:
        if at >= before or diary.state not in FINAL:
            continue
        found = there.get(diary.visit)
        if found is None:
            yield f"visit {diary.visit} of {at:%H:%M:%S} is not there"
        elif (found["state"], found["paid_cents"]) != (diary.state, diary.paid_cents):
            yield f"visit {diary.visit} was {diary.state} with {diary.paid_cents} cents, now {found['state']}"


def halves(stage: DrillStage) -> Iterator[str]:
    for visit in stage.ask(HALF):
        whole = visit["sales"] == 1 and visit["in_basket"] == visit["moved"]
        taken_back = visit["corrections"] == visit["corrected"]
        if not (whole and taken_back) or visit["sold_cents"] + visit["given_back"] != visit["total_cents"]:
            yield f"visit {visit['id']} is in the books by half: {dict(visit)}"
    yield from figures.inconsistencies(stage.figures())


def changes(told: Figures, found: Figures) -> Iterator[str]:
    rows = {table: count for table, count in found.rows.items() if table not in TOLD_BY_RESTORE}
    kept = {table: count for table, count in told.rows.items() if table not in TOLD_BY_RESTORE}
    was, now = told.model_copy(update={"rows": kept}), found.model_copy(update={"rows": rows})
    yield from figures.differences(was, now)


def double_charges(money_log: Path) -> Iterator[str]:
    """Stripe's own record: whatever the restored shop asked again, no visit paid twice."""
    lines = map(json.loads, money_log.read_text().splitlines())
    captures = Counter(line["metadata"]["visit"] for line in lines if line["kind"] == "capture")
    for visit, count in captures.items():
        if count > 1:
            yield f"visit {visit} was captured {count} times"


def waiting(outboxes: Sequence[Path]) -> int:
    """Reports that devices still keep because the core has not confirmed them."""
    return sum(_kept(path) for path in outboxes)


def _kept(path: Path) -> int:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as outbox:
        return int(outbox.execute("SELECT count(*) FROM event").fetchone()[0])
