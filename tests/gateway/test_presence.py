"""Who is there, and whose clock is believed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from devices.messages import (
    Heartbeat,
)
from devices.reports import Upto
from shop.db import Database
from shop.domain.basket import BasketLine
from shop.domain.inbox import Inbox
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import World
from tests.gateway.reading import OPENED, ago, door_of, kinds, ms, shopping, took
from tests.gateway.rigs import Reporter, rows


def test_birth_and_status_say_who_is_there(contact: Reporter) -> None:
    birth = contact.born()
    assert (contact.row().online, contact.row().birth, contact.row().egress) == (True, birth, "mechanical")
    contact.says(birth, online=False)
    assert not contact.row().online
    contact.says(birth, online=True)
    assert contact.row().online


def test_a_death_of_an_earlier_life_is_ignored(contact: Reporter) -> None:
    first = contact.born()
    second = contact.born()
    contact.says(first, online=False)
    assert contact.row().online
    contact.says(second, online=False)
    assert not contact.row().online


def test_the_retained_birth_after_our_own_reconnect_raises_no_dead(contact: Reporter) -> None:
    birth = contact.born()
    contact.says(birth, online=False)
    contact.born(birth=birth)
    assert not contact.row().online


def test_a_heartbeat_is_written_down_twice_a_minute_at_most(database: Database, contact: Reporter) -> None:
    beat = Heartbeat(up_s=5, q=0).to_bytes()
    contact.send(beat, "hb")
    first = contact.row().last_seen_at
    assert first is not None
    contact.send(beat, "hb")
    assert contact.row().last_seen_at == first
    assert rows(database, Inbox) == []


FAR_FUTURE_MS = 253_402_300_799_999


@pytest.mark.parametrize(
    ("tsq", "clock", "believed"),
    [
        ("ntp", lambda: ago(seconds=50), True),
        ("none", lambda: ago(seconds=50), False),
        ("ntp", lambda: ago(hours=-1), False),
        ("ntp", lambda: ago(hours=1), False),  # online and an hour old: its clock is off
        ("ntp", lambda: FAR_FUTURE_MS, False),
        ("ntp", lambda: 0, False),
    ],
)
def test_a_clock_that_is_off_is_not_believed(
    database: Database, contact: Reporter, tsq: str, clock: Callable[[], int], believed: bool
) -> None:
    told = clock()
    contact.report("contact.changed", OPENED, 1, tsq=tsq, ts=told)
    moved = door_of(database).moved_at
    assert moved is not None
    if believed:
        assert ms(moved) == pytest.approx(told, abs=1)
    else:
        assert datetime.now(UTC) - moved < timedelta(seconds=30)


def test_a_door_report_that_came_very_late_is_written_down_and_not_acted_on(
    database: Database, contact: Reporter, world: World
) -> None:
    with database.transaction() as tx:
        visit_id = visit_in(tx, world, State.UNLOCKED).id
    late = {"ts": ago(minutes=3), "offline": True}
    assert isinstance(contact.report("contact.changed", OPENED, 1, **late), Upto)
    assert not door_of(database).is_open
    assert kinds(database) == ["late_door_report"]
    with database.reading() as tx:
        assert tx.get_one(Visit, visit_id).state == State.UNLOCKED


def test_a_shelf_report_that_came_late_still_counts_for_who_was_inside_then(
    database: Database, shelf: Reporter, world: World
) -> None:
    shopping(database, world)
    shelf.report("shelf.change", took(at=ago(minutes=4)), 1, offline=True, ts=ago(minutes=4))
    assert [(line.sku, line.sensed) for line in rows(database, BasketLine)] == [("milk", 1)]
