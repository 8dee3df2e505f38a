"""A code on a display opens one door of one operator, for a minute, however it is typed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from shop.db import Database
from shop.domain import clock, door_codes
from shop.domain.door_codes import GOOD_FOR, KNOWN_FOR, DoorCode
from shop.domain.errors import Refusal
from shop.domain.fleet import Door
from tests.domain.test_basket import ON_A_SHOP
from tests.domain.world import DOOR_CODE, World
from tests.stories.time_machine import TimeMachine

DAYS = st.sampled_from([0.0, 0.0, 0.0, 3 * 86_400.0])
TURNS = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 75), DAYS), min_size=1, max_size=8)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> TimeMachine:
    return TimeMachine.instead_of_the_clock(monkeypatch)


def doors(tx: Session, world: World) -> list[Door]:
    """Hers, the one beside it and the one of another operator."""
    back = Door(**world.scope(), name="back", code="WIZ-BACK")
    tx.add(back)
    tx.flush()
    foreign = tx.exec(select(Door).where(Door.store_id == world.foreign_store_id)).one()
    return [tx.get_one(Door, world.door_id), back, foreign]


def answer(tx: Session, operator_id: str, code: str) -> str:
    """The door's id, or why there is none."""
    try:
        return door_codes.find(tx, operator_id, code).door.id
    except Refusal as refusal:
        return refusal.code


@given(turns=TURNS)
@ON_A_SHOP
def test_a_code_is_taken_for_its_own_door_and_operator_and_never_outside_its_minute(
    sqlite: tuple[Database, World], turns: list[tuple[int, float, float]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, sqlite[0].reading() as tx:
        time = TimeMachine.instead_of_the_clock(patch)
        known = doors(tx, sqlite[1])
        made: dict[str, tuple[Door, datetime]] = {}
        for which, seconds, more in turns:
            made[door_codes.renew(tx, known[which].id)] = known[which], clock.now()
            time.forward(clock.now() + timedelta(seconds=seconds + more))
            for code, (door, at) in made.items():
                age = clock.now() - at
                for operator_id in {one.operator_id for one in known}:
                    told = answer(tx, operator_id, code)
                    if operator_id != door.operator_id:
                        assert told == "unknown_door"
                    elif age < GOOD_FOR - timedelta(seconds=1):
                        assert told == door.id
                    else:
                        soon = age < GOOD_FOR + timedelta(seconds=1)
                        assert told in {"old_door_code", "unknown_door"} | ({door.id} if soon else set())
        assert len(made) == len(turns)


def test_a_code_is_read_as_people_type_it(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        scope = world.scope()
        until = datetime.now(UTC) + timedelta(seconds=30)
        tx.add(DoorCode(**scope, code="0123ABCD11ZZ", door_id=world.door_id, until=until))
        tx.flush()
        for typed in ("0123ABCD11ZZ", "0123-ABCD-11ZZ", "o123-abcd-ilzz", "O1-23abcdI1zz"):
            assert answer(tx, world.operator_id, typed) == world.door_id
        assert answer(tx, world.operator_id, "0123ABCD11Z") == "unknown_door"


def test_a_code_has_sixty_bits_in_letters_that_cannot_be_mixed_up(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        codes = [door_codes.renew(tx, world.door_id) for _ in range(200)]
    assert len(set(codes)) == 200
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_old_codes_are_kept_for_a_day(sqlite: tuple[Database, World], time: TimeMachine) -> None:
    database, world = sqlite
    with database.reading() as tx:
        first = door_codes.renew(tx, world.door_id)
        time.forward(clock.now() + KNOWN_FOR)
        door_codes.renew(tx, world.door_id)
        assert answer(tx, world.operator_id, first) == "old_door_code"
        time.forward(clock.now() + 2 * GOOD_FOR)
        door_codes.renew(tx, world.door_id)
        assert answer(tx, world.operator_id, first) == "unknown_door"
        tx.flush()
        assert len(tx.exec(select(col(DoorCode.code))).all()) == 2


def test_a_sticker_is_no_display(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        assert not door_codes.find(tx, world.operator_id, DOOR_CODE.lower()).on_display
        code = door_codes.renew(tx, world.door_id)
        assert door_codes.find(tx, world.operator_id, code).on_display
