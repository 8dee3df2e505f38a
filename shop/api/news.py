"""Live news: one look for all streams of this process, and a picture of each visit that changed."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from shop.api.pictures import pictures
from shop.api.questions import AboutVisits, groups
from shop.api.threads import Threads
from shop.db import Changes, Database
from shop.domain.feed import Feed
from shop.domain.visit_states import FINAL
from shop.domain.wakes import FEED
from shop.ops import logs

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.04  # 25 pictures a second are more than anybody reads
LONGEST_LOOK_AWAY_S = 1.0
AFTER_TROUBLE_S = 1.0

# Counted, and not "the newest": numbers are given before a commit, so one may show up after a higher one.
_LINES = AboutVisits(
    lambda visits: (
        select(col(Feed.visit_id), func.count())
        .where(col(Feed.visit_id).in_(visits))
        .group_by(col(Feed.visit_id))
    )
)


@dataclass(frozen=True, slots=True)
class Told:
    """A picture of a visit, as JSON, with how many lines of the feed about it are surely included."""

    id: int
    picture: str
    is_last: bool  # over, and her money is free again


class Screen:
    """What one stream has to show next; a picture that was overtaken before it was sent is left out."""

    def __init__(self) -> None:
        self._told: Told | None = None
        self._changed = asyncio.Event()

    @property
    def id(self) -> int:
        return -1 if self._told is None else self._told.id

    def show(self, told: Told) -> None:
        if told.id > self.id:
            self._told = told
            self._changed.set()

    async def next(self) -> Told:
        await self._changed.wait()
        self._changed.clear()
        assert self._told is not None  # noqa: S101  # `show` sets both
        return self._told


class News:
    def __init__(self, database: Database, threads: Threads) -> None:
        self._database, self._threads = database, threads
        self._screens: dict[str, set[Screen]] = defaultdict(set)
        self._wanted = asyncio.Event()

    @contextlib.contextmanager
    def about(self, visit_id: str) -> Iterator[Screen]:
        screen = Screen()
        self._screens[visit_id].add(screen)
        self._wanted.set()
        try:
            yield screen
        finally:
            self._screens[visit_id].discard(screen)
            if not self._screens[visit_id]:
                del self._screens[visit_id]

    def told(self, on: Connection, visit_id: str) -> Told:
        """As things stand. First the feed, then the rows: a number never promises more than is shown."""
        lines = _LINES.ask(on, [visit_id]).rows()
        return _told(on, {visit_id: lines[0][1] if lines else 0})[visit_id]

    async def run(self) -> None:
        """Until cancelled; from the first stream on, for the desk has none and need not be woken."""
        await self._wanted.wait()
        while True:
            try:
                await self._follow()
            except Exception as error:  # without this task every stream would fall silent
                log.error(logs.told("no_look_at_feed"), exc_info=error)
                await asyncio.sleep(AFTER_TROUBLE_S)

    async def _follow(self) -> None:
        with contextlib.closing(self._database.changes(FEED)) as changes:
            while True:
                await self._look(changes)
                await asyncio.sleep(LOOK_EVERY_S)
                await _news(changes)

    async def _look(self, changes: Changes) -> None:
        shown = {visit: min(screen.id for screen in screens) for visit, screens in self._screens.items()}
        if not shown:
            return
        # SQLite answers within 50 us, which is less than the way to another thread
        quick = self._database.is_sqlite
        newer = _newer(changes, shown) if quick else await self._threads.run(_newer, changes, shown)
        if not newer:
            return
        for visit_id, told in (await self._threads.run(self._draw, newer)).items():
            for screen in self._screens.get(visit_id, ()):
                screen.show(told)

    def _draw(self, lines: dict[str, int]) -> dict[str, Told]:
        with self._database.looking() as connection:
            try:
                return _told(connection, lines)
            except SQLAlchemyError:
                raise
            except Exception as error:
                log.error(logs.told("picture_not_drawn"), exc_info=error)
                return _told_each(connection, lines)


async def _news(changes: Changes) -> None:
    """Returns when there are some, or after a while: one may have been lost on its way."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(changes, told.set)
    try:
        async with asyncio.timeout(LONGEST_LOOK_AWAY_S):
            await told.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(changes)
    changes.heard()


def _newer(changes: Changes, shown: dict[str, int]) -> dict[str, int]:
    """Visits of which the feed has more lines than are shown, and how many."""
    newer: dict[str, int] = {}
    for some in groups(list(shown)):
        statement, asked = _LINES.of(some)
        found = changes.look(statement, **asked)
        newer |= {visit: lines for visit, lines in found if lines > shown[visit]}
    return newer


def _told_each(on: Connection, lines: dict[str, int]) -> dict[str, Told]:
    """One visit that cannot be shown must not keep the others from it."""
    told: dict[str, Told] = {}
    for visit_id, count in lines.items():
        with contextlib.suppress(LookupError, ValueError):
            told |= _told(on, {visit_id: count})
    return told


def _told(on: Connection, lines: dict[str, int]) -> dict[str, Told]:
    return {
        visit_id: Told(
            id=lines[visit_id],
            picture=picture.model_dump_json(),
            is_last=picture.state in FINAL and picture.hold.status != "placed",
        )
        for visit_id, picture in pictures(on, lines).items()
    }
