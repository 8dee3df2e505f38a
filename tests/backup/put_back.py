"""A restore without its files: every row as it was, and what each restore does to them then."""

from sqlalchemy import insert, select

from shop.backup import aftermath
from shop.backup.figures import Figures
from shop.backup.manifest import Manifest
from shop.db import Database
from shop.domain import clock
from shop.domain.tables import METADATA

TABLES = METADATA.sorted_tables


class Backup:
    """Taken when it is made; put back under whoever goes on using the database."""

    def __init__(self, database: Database) -> None:
        self._database, self._taken_at = database, clock.now()
        with database.reading() as tx:
            self._kept = {one: [row._asdict() for row in tx.execute(select(one))] for one in TABLES}

    def restore(self) -> None:
        nothing = Figures(revision="0001", rows={}, ledger={}, stock={}, receipts={}, unbalanced_bookings=0)
        told = Manifest(
            product="0.1.0",
            database="sqlite",
            taken_at=self._taken_at,
            secret_fingerprint="",
            parts={},
            figures=nothing,
        )
        with self._database.transaction() as tx:
            for one in reversed(TABLES):
                tx.execute(one.delete())
            for one, rows in self._kept.items():
                if rows:
                    tx.execute(insert(one), rows)
            aftermath.settle(tx, told)
