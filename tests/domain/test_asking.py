"""What was asked travels to PostgreSQL when an answer is looked at, or at commit: all of it at once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import bindparam, insert
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from shop.db import Database
from shop.domain.drivers import Libpq
from shop.domain.jobs import Job
from shop.domain.statements import Statement
from tests.domain.test_statements import hang_up, job
from tests.domain.world import World

_JOB = Job.__table__  # type: ignore[attr-defined]
_ADD = Statement(insert(_JOB))
_OF = Statement(select_columns(_JOB.c.id).where(_JOB.c.subject == bindparam("about")).order_by(_JOB.c.id))


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went along each time somebody went to the server."""
    seen: list[int] = []
    results = Libpq._results

    def noted(self: Libpq, commands: list[Any]) -> list[Any]:
        seen.append(len(commands))
        return results(self, commands)

    monkeypatch.setattr(Libpq, "_results", noted)
    return seen


def ids_about(tx: Session, subject: str = "visit") -> list[str]:
    return [row.id for row in _OF.rows(tx, about=subject)]


def test_all_that_waits_goes_with_the_first_question_and_the_rest_with_commit(
    postgres: tuple[Database, World], ways: list[int]
) -> None:
    database, world = postgres
    with database.transaction() as tx:
        _ADD.ask(tx, **job(world))
        _ADD.ask(tx, **job(world))
        assert ways == []
        assert len(ids_about(tx)) == 2
        assert ways == [4]  # with BEGIN before them
        _ADD.ask(tx, **job(world))
    assert ways == [4, 2]  # with COMMIT after it
    with database.reading() as tx:
        assert len(ids_about(tx)) == 3


def test_answers_may_be_looked_at_in_any_order(database: Database, world: World) -> None:
    with database.transaction() as tx:
        for subject in ("one", "two"):
            _ADD.ask(tx, **job(world, subject=subject, id=subject))
        one, two = _OF.ask(tx, about="one"), _OF.ask(tx, about="two")
        assert ([row.id for row in two.rows()], [row.id for row in one.rows()]) == (["two"], ["one"])


def test_what_the_session_asks_itself_finds_it_done(database: Database, world: World) -> None:
    row = job(world)
    with database.transaction() as tx:
        _ADD.ask(tx, **row)
        assert tx.get_one(Job, row["id"]).subject == "visit"


def add(database: Database, *rows: dict[str, Any], then: Callable[[Session], Any] = bool) -> None:
    with database.transaction() as tx:
        for row in rows:
            _ADD.ask(tx, **row)
        then(tx)


def change_my_mind(tx: Session) -> None:
    raise ZeroDivisionError


def test_an_error_nobody_waited_for_comes_with_the_next_question(database: Database, world: World) -> None:
    row = job(world)
    asked: list[list[str]] = []
    with pytest.raises(IntegrityError):
        add(database, row, row, then=lambda tx: asked.append(ids_about(tx)))
    with database.reading() as tx:
        assert (asked, ids_about(tx)) == ([], [])


def test_an_error_nobody_waited_for_comes_at_the_latest_with_commit(database: Database, world: World) -> None:
    row = job(world)
    with pytest.raises(IntegrityError):
        add(database, row, row)
    with database.transaction() as tx:
        assert ids_about(tx) == []


def test_what_is_undone_before_it_was_sent_never_happens(database: Database, world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        add(database, job(world), then=change_my_mind)
    with database.reading() as tx:
        _ADD.ask(tx, **job(world))
    for _ in range(2):  # on the same connection, for the pool hands out the last one first
        with database.transaction() as tx:
            assert ids_about(tx) == []


def test_a_savepoint_undoes_what_was_asked_since_it(database: Database, world: World) -> None:
    def add_in_between(tx: Session, name: str) -> None:
        with tx.begin_nested():
            _ADD.ask(tx, **job(world, id=name))
            change_my_mind(tx)

    with database.transaction() as tx:
        _ADD.ask(tx, **job(world, id="kept"))
        with pytest.raises(ZeroDivisionError):
            add_in_between(tx, "undone")
        with pytest.raises((ZeroDivisionError, IntegrityError)):
            add_in_between(tx, "kept")  # whose error nobody is left to hear
        assert ids_about(tx) == ["kept"]


def test_a_server_that_hangs_up_on_several_at_once_is_told(postgres: tuple[Database, World]) -> None:
    database, world = postgres

    def hung_up(tx: Session) -> None:
        hang_up(database, tx)
        _ADD.ask(tx, **job(world))
        ids_about(tx)

    with pytest.raises(OperationalError):
        add(database, job(world), then=hung_up)
    with database.transaction() as tx:
        assert ids_about(tx) == []
