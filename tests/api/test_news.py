"""Live news: nothing is missed that commits late, and one picture that fails does not stop the others."""

import asyncio
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection

from shop.api import news
from shop.api.news import News, Screen
from shop.api.pictures import pictures as drawn
from shop.api.threads import Threads
from shop.db import Database
from shop.domain import feed
from shop.domain.visit_states import State
from shop.domain.wakes import FEED
from tests.domain.visits_at import visit_in
from tests.domain.world import World


@pytest.mark.postgres
def test_a_line_that_is_committed_after_a_later_one_is_told_too(crashing: tuple[Database, World]) -> None:
    """Two write about one visit at once; the first to be numbered is the last to commit."""
    database, world = crashing
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.SHOPPING)
    told = News(database, Threads()).told
    with database.transaction() as early:
        feed.tell(early, visit, "visit", visit.id)
        with database.transaction() as late:
            feed.tell(late, visit, "visit", visit.id)
        with database.looking() as connection:
            shown = told(connection, visit.id)
    with closing(database.changes(FEED)) as changes:
        assert news._newer(changes, {visit.id: shown.id}) == {visit.id: shown.id + 1}
    screen = Screen()
    screen.show(shown)
    with database.looking() as connection:
        screen.show(told(connection, visit.id))
    assert screen.id == shown.id + 1


def test_a_visit_that_cannot_be_drawn_keeps_no_other_from_it(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database, world = sqlite
    with database.transaction() as tx:
        strange, good = (visit_in(tx, world, State.SHOPPING).id for _ in range(2))

    def pictures(on: Connection, wanted: dict[str, int]) -> Any:
        if strange in wanted:
            raise ValueError("a state from a newer version")
        return drawn(on, wanted)

    monkeypatch.setattr(news, "pictures", pictures)
    assert set(News(database, Threads())._draw({strange: 1, good: 1})) == {good}
    assert [record.name for record in caplog.records] == ["shop.api.news"]


def test_nobody_is_woken_before_the_first_stream(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    listens = asyncio.Event()

    async def follow(_: News) -> None:
        listens.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(News, "_follow", follow)

    async def listen() -> None:
        told = News(sqlite[0], Threads())
        running = asyncio.create_task(told.run())
        for _ in range(3):
            await asyncio.sleep(0)
        assert not listens.is_set()
        with told.about("a visit"):
            await asyncio.wait_for(listens.wait(), timeout=30)
        running.cancel()

    asyncio.run(listen())
