"""Migrations run one at a time, whole or not at all; the code runs on its schema and on the next one."""

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from shop import db
from shop.db import Database
from tests.chaos.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
SPAWN = multiprocessing.get_context("spawn")  # as real processes start, with nothing of ours open


def _migrate(url: str, together: Barrier) -> None:
    together.wait()
    db.migrate(url)


def test_several_at_once_are_safe(url: str) -> None:
    together = SPAWN.Barrier(3)
    processes = [SPAWN.Process(target=_migrate, args=(url, together)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    database = Database(url)
    assert db.is_prepared(database)
    database.close()


@pytest.mark.postgres
def test_it_waits_for_a_database_that_starts_after_us(tmp_path: Path) -> None:
    with closing(Server()) as server, migrating(server.url, tmp_path) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "database_away"
        server.start()
        assert process.wait(60) == 0
        database = Database(server.url)
        assert db.is_prepared(database)
        database.close()


def test_it_waits_for_nothing_where_the_schema_is_to_blame(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("CREATE TABLE operator (id INTEGER)"))
    database.close()
    with migrating(url, tmp_path) as process:
        assert process.wait(60) == 2


@contextmanager
def migrating(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"SHOP_DATABASE_URL": url, "SHOP_DATA_DIR": str(folder), "SHOP_LOG": "json"}
    command = [sys.executable, "-m", "shop", "migrate", "--wait"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_one_that_fails_leaves_the_schema_as_it_was(url: str) -> None:
    """The first table of 0001 is there already: the second is not created either."""
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE staff (id INTEGER)"))  # the sixth that 0001 would make
    with pytest.raises(Exception, match="staff"):
        db.migrate(url)
    assert inspect(database.engine).get_table_names() == ["staff"]
    database.close()


def test_readers_go_on_while_a_file_is_migrated(tmp_path: Path) -> None:
    """Whoever looks meanwhile sees the old schema, not an error."""
    path = tmp_path / "shop.db"
    db.migrate(f"sqlite:///{path}", "0001")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as migrating:
        migrating.execute("BEGIN EXCLUSIVE")
        migrating.execute("DROP TABLE visit")
        database = Database(f"sqlite:///{path}")
        with database.reading() as tx:
            assert tx.connection().execute(text("SELECT count(*) FROM visit")).scalar() == 0
        database.close()


def test_old_code_runs_on_a_schema_one_step_ahead_and_no_further(url: str) -> None:
    db.migrate(url)
    database = Database(url)
    runs_on = {}
    for ahead in (-1, 0, 1, 2):
        revision = f"{int(db.HEAD) + ahead:04}"
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
        runs_on[ahead] = db.is_prepared(database)
    assert runs_on == {-1: False, 0: True, 1: True, 2: False}
    database.close()


def test_old_code_that_starts_again_leaves_a_newer_schema_alone(url: str) -> None:
    """`shop up` migrates first; during an upgrade the old version must be able to come back."""
    db.migrate(url)
    newer = f"{int(db.HEAD) + 1:04}"
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": newer})
    db.migrate(url)
    with database.looking() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newer
    database.close()


def test_revisions_are_numbers_in_a_row() -> None:
    """So "one step ahead" can be told by code that does not know the step."""
    steps = list(ScriptDirectory(str(db.MIGRATIONS)).walk_revisions())[::-1]
    assert [step.revision for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
    assert steps[-1].revision == db.HEAD
