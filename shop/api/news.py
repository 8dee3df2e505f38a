"""Wakes the streams of those visits that the feed has something new about."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from shop.db import Database
from shop.domain import feed

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.01
LOOK_EVERY_S_WITHOUT_COUNTER = 0.1
AFTER_TROUBLE_S = 1.0


class News:
    """One look at the feed for all streams of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: dict[str, set[Bell]] = defaultdict(set)

    @contextlib.contextmanager
    def about(self, visit_id: str) -> Iterator["Bell"]:
        bell = Bell()
        self._bells[visit_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[visit_id].discard(bell)
            if not self._bells[visit_id]:
                del self._bells[visit_id]

    async def run(self) -> None:
        """Until cancelled."""
        changes = self._database.changes()
        try:
            seen, missed = await asyncio.to_thread(self._newest), False
            pause = LOOK_EVERY_S if self._database.is_sqlite else LOOK_EVERY_S_WITHOUT_COUNTER
            while True:
                await asyncio.sleep(pause)
                if not self._bells or not (changes.changed() or missed or not self._database.is_sqlite):
                    continue
                try:
                    seen, visits = await asyncio.to_thread(self._since, seen)
                except SQLAlchemyError as error:  # without this task every stream would fall silent
                    log.error("no look at the feed: %s", type(error).__name__)
                    missed = True
                    await asyncio.sleep(AFTER_TROUBLE_S)
                    continue
                missed = False
                for visit_id in visits:
                    for bell in self._bells.get(visit_id, ()):
                        bell.ring()
        finally:
            changes.close()

    def _newest(self) -> int:
        with self._database.reading() as tx:
            return feed.newest(tx)

    def _since(self, seen: int) -> tuple[int, set[str]]:
        with self._database.reading() as tx:
            return feed.since(tx, seen)


class Bell:
    """Rung at most once between two waits; ringing before the wait is not lost."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self) -> None:
        await self._rung.wait()
        self._rung.clear()
