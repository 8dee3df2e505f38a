"""A shop in the middle of its day as the code of an older revision would have left it, and the way up."""

from sqlalchemy import Integer, Table, column, insert, inspect, select, table
from sqlalchemy.schema import Column

from shop import db
from shop.db import Database
from shop.domain.tables import METADATA
from tests.domain.world import World
from tests.stories.story import Story
from tests.stories.time_machine import TimeMachine
from tests.stories.work import Workshop


def upgraded(story: Story, url: str, world: World, time: TimeMachine, *, since: str) -> Story:
    """The same story told on: its rows went through a database of revision `since`, which was migrated."""
    db.migrate(url, since)
    older = Database(url)
    _carry_over(story.database, older)
    db.migrate(url)
    assert db.is_prepared(older)
    told = Story(older, world, time)
    told.bank = story.bank
    told.work = Workshop(older, story.bank)
    for name in ("anna", "ben"):
        getattr(told, name).visit_id = getattr(story, name).visit_id
    return told


def _carry_over(source: Database, target: Database) -> None:
    """Only what the older revision has columns for. Numbers that the database gives out are given anew."""
    known = inspect(target.engine)
    tables = [found for found in METADATA.sorted_tables if known.has_table(found.name)]
    names = {one.name: {found["name"] for found in known.get_columns(one.name)} for one in tables}
    with source.looking() as old, target.engine.begin() as new:
        for one in tables:
            kept = [c for c in one.columns if c.name in names[one.name] and not _is_numbered(one, c)]
            rows = [row._asdict() for row in old.execute(select(*kept))]
            if rows:
                new.execute(insert(table(one.name, *(column(c.name, c.type) for c in kept))), rows)


def _is_numbered(one: Table, found: Column[object]) -> bool:
    return found.primary_key and isinstance(found.type, Integer) and len(one.primary_key) == 1
