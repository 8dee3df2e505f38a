"""What a display is told: a code that lets in, a new one each period, none that was not kept first."""

import time
from dataclasses import replace

import pytest
from sqlmodel import col, select

from devices import registry
from devices.displays import SAY_EVERY_S, SHOWN_FOR_S, Displays, _Code
from devices.door_code import DoorCode
from devices.messages import parse
from devices.registry import Entry
from shop.db import Database
from shop.domain import door_codes
from shop.domain.door_codes import GOOD_FOR, PERIOD
from shop.domain.fleet import Device
from shop.domain.tenancy import Store
from tests.domain.world import World
from tests.gateway.rigs import STORE, Line

SHOP = "https://shop.example.org"
DISPLAY = "display-1"


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


@pytest.fixture
def displays(database: Database, line: Line) -> Displays:
    return Displays(database, line, SHOP)  # type: ignore[arg-type]


@pytest.fixture
def entries(database: Database, world: World) -> list[Entry]:
    """As the registry finds them, of a store that has a display."""
    with database.transaction() as tx:
        tx.get_one(Store, world.store_id).door_code_mode = "rotating"
        tx.add(Device(**world.scope(), id=DISPLAY, kind="display", door_id=world.door_id))
    with database.reading() as tx:
        return registry.entries(tx)


def time_passes(displays: Displays, seconds: float) -> None:
    displays._codes = {door: _Code(c.code, c.made - seconds) for door, c in displays._codes.items()}
    displays._said -= seconds


def told(line: Line) -> list[DoorCode]:
    assert {topic for topic, _ in line.published} <= {f"shop/v1/{STORE}/{DISPLAY}/down/door-code"}
    return [parse(DoorCode, payload) for _, payload in line.published]


def test_a_display_is_told_a_code_that_opens_its_door(
    database: Database, world: World, displays: Displays, line: Line, entries: list[Entry]
) -> None:
    displays.keep_showing(entries)
    [shown] = told(line)
    assert shown.url == f"{SHOP}/?store={STORE}&door={shown.code}&live=1"
    assert line.options == [{"qos": 0, "expiry_s": 5}]  # never retained: nobody hears an old one later
    with database.reading() as tx:
        assert door_codes.find(tx, world.operator_id, shown.code).door.id == world.door_id


def test_the_same_code_is_said_again_every_few_seconds_with_what_is_left_of_its_time(
    displays: Displays, line: Line, entries: list[Entry]
) -> None:
    displays.keep_showing(entries)
    displays.keep_showing(entries)
    assert len(told(line)) == 1
    time_passes(displays, SAY_EVERY_S)
    displays.keep_showing(entries)
    first, again = told(line)
    assert first.code == again.code
    assert first.ttl_ms == SHOWN_FOR_S * 1000
    assert first.ttl_ms - 6000 < again.ttl_ms <= first.ttl_ms - 5000


def test_after_its_period_there_is_a_new_code(displays: Displays, line: Line, entries: list[Entry]) -> None:
    displays.keep_showing(entries)
    time_passes(displays, PERIOD.total_seconds())
    displays.keep_showing(entries)
    first, second = told(line)
    assert first.code != second.code
    assert second.ttl_ms == first.ttl_ms


def test_no_code_is_shown_as_long_as_it_is_good() -> None:
    assert PERIOD.total_seconds() + 2 * SAY_EVERY_S <= SHOWN_FOR_S < GOOD_FOR.total_seconds()


def test_every_display_at_a_door_shows_the_same_code(
    displays: Displays, line: Line, entries: list[Entry]
) -> None:
    [display] = [entry for entry in entries if entry.kind == "display"]
    displays.keep_showing([display, replace(display, device="display-2")])
    payloads = [payload for _, payload in line.published]
    assert len(payloads) == 2
    assert len(set(payloads)) == 1


def test_where_the_sticker_counts_a_display_is_told_nothing(
    database: Database, world: World, displays: Displays, line: Line, entries: list[Entry]
) -> None:
    with database.transaction() as tx:
        tx.get_one(Store, world.store_id).door_code_mode = "sticker"
    with database.reading() as tx:
        entries = registry.entries(tx)
    displays.keep_showing(entries)
    assert told(line) == []
    with database.reading() as tx:
        assert tx.exec(select(col(door_codes.DoorCode.code))).all() == []


def test_a_code_that_could_not_be_kept_is_never_shown(
    database: Database, displays: Displays, line: Line, entries: list[Entry]
) -> None:
    displays.keep_showing(entries)
    time_passes(displays, PERIOD.total_seconds())
    gone = [replace(entry, door_id="0" * 26) for entry in entries]
    with pytest.raises(Exception, match="No row"):
        displays.keep_showing(gone)
    assert len(told(line)) == 1
    assert displays._said < time.monotonic() - SAY_EVERY_S  # so the next look tries again at once
