"""The table of a visit's life, read as a shopkeeper would check it."""

import pytest

from shop.domain.errors import IllegalTransition
from shop.domain.visit_states import FINAL, OPEN, TABLE, Event, State, Task, allows, step


def _reachable(start: State) -> set[State]:
    found, new = {start}, {start}
    while new:
        new = {after for (before, _), (after, _) in TABLE.items() if before in new} - found
        found |= new
    return found


def test_every_state_can_be_reached() -> None:
    assert _reachable(State.REQUESTED) == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_from_every_state_a_visit_can_come_to_its_end(state: State) -> None:
    assert _reachable(state) & FINAL


@pytest.mark.parametrize("state", sorted(set(State) - FINAL - {State.IN_REVIEW}))
def test_no_state_waits_for_ever(state: State) -> None:
    """Only a visit that waits for a person has no timer."""
    assert allows(state, Event.TIMED_OUT) or allows(state, Event.UNLOCK_FAILED)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_an_end_is_left_only_when_a_door_opens_late(state: State) -> None:
    leaving = {event for (before, event), (after, _) in TABLE.items() if before is state and after != before}
    assert leaving == ({Event.DOOR_OPENED} if state is State.ABANDONED else set())


@pytest.mark.parametrize("state", list(State))
def test_step_knows_exactly_the_rows_of_the_table(state: State) -> None:
    for event in Event:
        if (state, event) in TABLE:
            assert step(state, event) == TABLE[state, event]
            assert allows(state, event)
        else:
            assert not allows(state, event)
            with pytest.raises(IllegalTransition, match=f"{event} is not possible while {state}"):
                step(state, event)


def test_money_is_only_asked_for_once_the_sale_is_booked() -> None:
    collecting = {pair: tasks for pair, (_, tasks) in TABLE.items() if Task.COLLECT in tasks}
    for (before, _), tasks in collecting.items():
        assert tasks[: tasks.index(Task.COLLECT)] == (Task.BOOK_SALE,) or before is State.PAYMENT_DUE


def test_who_never_came_in_is_never_charged() -> None:
    outside = OPEN - {State.SHOPPING} | {State.REFUSED, State.ABANDONED}
    for (before, _), (_, tasks) in TABLE.items():
        if before in outside:
            assert not {Task.COLLECT, Task.BOOK_SALE, Task.REQUEST_PAYMENT} & set(tasks)


def test_every_end_without_a_sale_lets_the_hold_go() -> None:
    for (before, event), (after, tasks) in TABLE.items():
        if after in (State.EMPTY, State.ABANDONED) and before != after:
            assert Task.RELEASE_HOLD in tasks, (before, event)
