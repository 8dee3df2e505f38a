"""Expand, then contract: for one step the code before a migration goes on working on the schema after it.

A column that is not needed any more stays one release longer: first the code stops using it, then a later
migration drops it, and adds its drop to GONE_BEFORE.
"""

from itertools import pairwise
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shop import db
from shop.db import Database
from tests.upgrade.compatibility import objections, say_old_statements, schema

REVISIONS = [step.revision for step in ScriptDirectory(str(db.MIGRATIONS)).walk_revisions()][::-1]
STEPS = list(pairwise(REVISIONS))

# What no statement of the revision named had used any more: revision -> objections that are none.
GONE_BEFORE: dict[str, set[str]] = {}


def _migrated(url: str, revision: str) -> Database:
    db.migrate(url, revision)
    return Database(url)


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_nothing_the_old_code_says_is_refused(url: str, old: str, new: str) -> None:
    database = _migrated(url, old)
    before = schema(database.engine)
    db.migrate(url, new)
    found = set(objections(before, schema(database.engine)))
    assert found - GONE_BEFORE.get(old, set()) == set()
    say_old_statements(database.engine, before)
    database.close()


def test_a_step_back_finds_everything_again(url: str) -> None:
    """A migration that went wrong can be taken back, and the one before fits again."""
    from alembic import command

    database = _migrated(url, REVISIONS[-2])
    before = schema(database.engine)
    db.migrate(url)
    command.downgrade(db._alembic(url), REVISIONS[-2])
    after = schema(database.engine)
    assert list(objections(before, after)) == list(objections(after, before)) == []
    database.close()


BREAKS = {
    "ALTER TABLE product DROP COLUMN net_content": "product.net_content is gone",
    "ALTER TABLE product RENAME COLUMN net_content TO content": "product.net_content is gone",
    "DROP TABLE price": "price is gone",
    "ALTER TABLE feed RENAME TO news": "feed is gone",
}


@pytest.mark.parametrize("statement", BREAKS)
def test_what_would_break_the_old_code_is_seen_by_looking_and_by_saying(
    tmp_path: Path, statement: str
) -> None:
    database = _migrated(f"sqlite:///{tmp_path / 'shop.db'}", "0001")
    before = schema(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text(statement))
    assert BREAKS[statement] in objections(before, schema(database.engine))
    with pytest.raises(DBAPIError):
        say_old_statements(database.engine, before)
    database.close()


def test_a_new_constraint_is_seen_by_looking(tmp_path: Path) -> None:
    """Two rows of each table are too few to run into every one."""
    database = _migrated(f"sqlite:///{tmp_path / 'shop.db'}", "0001")
    before = schema(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE UNIQUE INDEX one_each ON product (operator_id)"))
    assert list(objections(before, schema(database.engine))) == ["product has a new unique on operator_id"]
    database.close()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("ALTER TABLE visit ADD COLUMN mood VARCHAR(9) NOT NULL", "visit.mood is new, demanded"),
        ("ALTER TABLE product ALTER COLUMN sku TYPE VARCHAR(39)", "product.sku is shorter"),
        ("ALTER TABLE device ALTER COLUMN last_seq TYPE INTEGER", "device.last_seq is narrower"),
        ("ALTER TABLE payment ALTER COLUMN provider_id SET NOT NULL", "provider_id may not be empty"),
        ("ALTER TABLE product ALTER COLUMN unit_weight_g TYPE TEXT", "unit_weight_g was"),
    ],
)
def test_a_column_that_became_stricter_is_seen(postgres_empty: str, statement: str, seen: str) -> None:
    database = _migrated(postgres_empty, "0001")
    before = schema(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text(statement))
    assert any(seen in found for found in objections(before, schema(database.engine)))
    database.close()
