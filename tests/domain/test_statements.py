"""A compiled statement says and hears the same as one through the session, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select, update

from shop.db import Database
from shop.domain import ids
from shop.domain.catalog import Price
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.statements import MOST_AT_ONCE, RowsOf, Statement
from tests.domain.world import World

AT = datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=UTC)

_JOB = Job.__table__  # type: ignore[attr-defined]
_ADD = Statement(insert(_JOB))
_OF = Statement(
    select_columns(_JOB.c.id, _JOB.c.payload, _JOB.c.not_before, _JOB.c.lease_until, _JOB.c.attempts)
    .where(_JOB.c.subject == bindparam("about"), _JOB.c.status == Status.READY)
    .order_by(_JOB.c.id)
)


def job(world: World, **given: Any) -> dict[str, Any]:
    made = {"id": ids.new(), "queue": "worker", "kind": "stuck", "subject": "visit", "attempts": 0}
    when = {"status": Status.READY, "not_before": AT, "created_at": AT}
    return {**made, **when, "payload": {"grams": [1, 2]}, **world.scope(), **given}


def test_what_it_writes_the_session_reads(database: Database, world: World) -> None:
    row = job(world)
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row])
    with database.reading() as tx:
        read = tx.get_one(Job, row["id"])
    assert (read.payload, read.not_before, read.status) == ({"grams": [1, 2]}, AT, Status.READY)


def test_what_the_session_writes_it_reads(database: Database, world: World) -> None:
    with database.transaction() as tx:
        tx.add(Job(**job(world, attempts=3)))
    with database.reading() as tx:
        [read] = _OF.rows(tx, about="visit")
    assert (read.payload, read.not_before, read.lease_until, read.attempts) == (
        {"grams": [1, 2]},
        AT,
        None,
        3,
    )
    assert read.not_before.tzinfo is not None


def test_fractions_and_truths_come_as_what_they_are(database: Database, world: World) -> None:
    from shop.domain.tenancy import Store

    asked = Statement(select(Store.quiet_s, Store.is_open).where(Store.id == bindparam("store")))
    with database.reading() as tx:
        store, found = tx.get_one(Store, world.store_id), asked.first(tx, store=world.store_id)
    assert (found.quiet_s, found.is_open) == (store.quiet_s, store.is_open)
    assert type(found.is_open) is bool


def test_several_rows_go_in_one_statement(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [job(world) for _ in range(3)])
        assert len(_OF.rows(tx, about="visit")) == 3


def test_it_tells_how_many_rows_it_changed(database: Database, world: World) -> None:
    end = Statement(update(Job).where(Job.subject == bindparam("about")).values(status=Status.DONE))  # type: ignore[arg-type]
    with database.transaction() as tx:
        _ADD.ask_for(tx, [job(world), job(world), job(world, subject="other")])
        assert end.run(tx, about="visit") == 2
        assert _OF.first(tx, about="visit") is None


def test_the_same_names_in_another_order_or_number_are_another_text(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [job(world)])
        _ADD.ask_for(tx, [dict(reversed(list(job(world, last_error="away").items())))])
        assert [tx.get_one(Job, row.id).last_error for row in _OF.rows(tx, about="visit")] == [None, "away"]


def test_a_refusal_of_the_database_is_the_error_everybody_knows(database: Database, world: World) -> None:
    row = job(world)
    add = insert(_JOB).returning(_JOB.c.id)
    with database.reading() as tx:
        assert Statement(add).first(tx, **row).id == row["id"]
        with pytest.raises(IntegrityError):
            Statement(add).first(tx, **row)
    with database.reading() as tx:
        assert tx.get(Job, row["id"]) is None


def test_it_does_not_see_what_the_session_keeps_back(database: Database, world: World) -> None:
    asked = Statement(select(Incident.id).where(Incident.kind == bindparam("kind")))
    with database.transaction() as tx:
        tx.add(Incident(**world.scope(), kind="late"))
        assert asked.first(tx, kind="late") is None
        tx.flush()
        assert asked.first(tx, kind="late") is not None


def test_a_server_that_hangs_up_costs_one_transaction(postgres: tuple[Database, World]) -> None:
    database, _ = postgres
    asked = Statement(select(Price.id))
    with Session(database.engine) as tx:
        hang_up(database, tx)
        with pytest.raises(OperationalError, match=r"terminating connection|closed the connection"):
            asked.rows(tx)
    with database.reading() as tx:
        assert asked.rows(tx) is not None


def hang_up(database: Database, tx: Session) -> None:
    pid = tx.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with database.transaction() as other:
        other.connection().exec_driver_sql(f"SELECT pg_terminate_backend({pid})")


def test_changed_columns_are_written_and_only_those(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        kept = tx.get_one(Job, row["id"])
        kept.attempts, kept.payload = 2, {"grams": []}
        end = Statement(update(Job).where(Job.id == bindparam("job")).values(last_error="meanwhile"))  # type: ignore[arg-type]
        end.run(tx, job=kept.id)
    with database.reading() as tx:
        read = tx.get_one(Job, row["id"])
    assert (read.attempts, read.payload, read.last_error) == (2, {"grams": []}, "meanwhile")


def test_what_is_rolled_back_is_not_believed(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        kept = tx.get_one(Job, row["id"])
        inner = tx.begin_nested()
        kept.attempts = 7
        tx.flush()
        inner.rollback()
        assert kept.attempts == 0
        kept.attempts += 1
    with database.reading() as tx:
        assert tx.get_one(Job, row["id"]).attempts == 1


def test_a_row_that_changes_twice_is_written_twice(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        kept = tx.get_one(Job, row["id"])
        for attempts in (1, 2):
            kept.attempts = attempts
            tx.flush()
    with database.reading() as tx:
        assert tx.get_one(Job, row["id"]).attempts == 2


_KEPT = RowsOf(Job, select(Job).where(Job.id == bindparam("job")))
_ANEW = RowsOf(Job, select(Job).where(Job.id == bindparam("job")).execution_options(populate_existing=True))


def test_a_whole_row_is_the_object_that_the_session_knows_and_writes(
    database: Database, world: World
) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        kept = _KEPT.first(tx, job=row["id"])
        assert kept is not None
        assert kept is tx.get_one(Job, row["id"])
        assert not tx.dirty
        assert (kept.payload, kept.not_before) == (row["payload"], row["not_before"])
        kept.attempts = 3
    with database.reading() as tx:
        [found] = _KEPT.all(tx, job=row["id"])
        assert found.attempts == 3
        assert _KEPT.first(tx, job="another") is None


def test_a_known_row_is_read_anew_only_where_the_statement_says_so(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        known = tx.get_one(Job, row["id"])
        meanwhile = Statement(update(Job).where(Job.id == bindparam("job")).values(attempts=9))  # type: ignore[arg-type]
        meanwhile.run(tx, job=known.id)
        assert _KEPT.first(tx, job=known.id) is known
        assert known.attempts == 0
        assert _ANEW.first(tx, job=known.id) is known
        assert known.attempts == 9
        known.attempts = 4
        assert _ANEW.first(tx, job=known.id) is known
        assert known.attempts == 4  # written before it was read


def test_a_change_to_a_row_that_was_read_whole_is_rolled_back(database: Database, world: World) -> None:
    with database.transaction() as tx:
        _ADD.ask_for(tx, [row := job(world)])
    with database.transaction() as tx:
        kept = _KEPT.first(tx, job=row["id"])
        assert kept is not None
        inner = tx.begin_nested()
        kept.attempts = 5
        tx.flush()
        inner.rollback()
        assert kept.attempts == 0
    with database.reading() as tx:
        assert tx.get_one(Job, row["id"]).attempts == 0


@pytest.mark.parametrize("count", [2, 3, MOST_AT_ONCE, MOST_AT_ONCE + 1])
def test_several_rows_are_written_whatever_their_number(database: Database, world: World, count: int) -> None:
    rows = [job(world) for _ in range(count)]
    with database.transaction() as tx:
        _ADD.ask_for(tx, rows)
    with database.reading() as tx:
        assert set(tx.exec(select(Job.id))) == {row["id"] for row in rows}
