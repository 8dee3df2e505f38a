"""What need not outlive a power cut does not wait for the disk; all else does."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from shop.db import Database, migrate
from shop.domain.tenancy import Operator
from tests.domain.world import World

NORMAL, FULL = 1, 2  # SQLite's numbers


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    migrate(url)
    with closing(Database(url)) as made:
        yield made


def test_a_note_does_not_wait_for_the_disk_and_every_other_transaction_does(on_disk: Database) -> None:
    asked = text("PRAGMA synchronous")
    for _ in range(2):
        with on_disk.note() as connection:
            assert connection.execute(asked).scalar() == NORMAL
        with on_disk.transaction() as tx:
            assert tx.connection().execute(asked).scalar() == FULL


def test_a_note_happens_as_a_whole_or_not_at_all(database: Database, world: World) -> None:
    renamed = text("UPDATE operator SET name = :name")

    def names() -> set[str]:
        with database.reading() as tx:
            return set(tx.exec(select(Operator.name)))

    def fail() -> None:
        with database.note() as connection:
            connection.execute(renamed, {"name": "undone"})
            raise RuntimeError

    with database.note() as connection:
        connection.execute(renamed, {"name": "kept"})
    assert names() == {"kept"}
    with pytest.raises(RuntimeError):
        fail()
    assert names() == {"kept"}
