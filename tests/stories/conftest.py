"""Fixtures of the stories: the seeded shop, and time that moves when told."""

from collections.abc import Iterator

import pytest

from shop.db import Database
from tests.domain.world import World
from tests.stories.story import Story
from tests.stories.time_machine import TimeMachine


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> TimeMachine:
    return TimeMachine.instead_of_the_clock(monkeypatch)


@pytest.fixture
def story(database: Database, world: World, time: TimeMachine) -> Iterator[Story]:
    """On SQLite, and on PostgreSQL where it is installed."""
    told = Story(database, world, time)
    yield told
    assert told.work.troubles() <= told.expected_troubles
