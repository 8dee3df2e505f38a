"""The door promise: asked, acknowledged, really opened, or nothing is charged; and the end-of-visit rule."""

import pytest

from shop.domain import clock, doors
from shop.domain.errors import Refusal
from shop.domain.fleet import Door
from shop.domain.visit_states import State
from tests.domain.world import MILK
from tests.stories.story import Story

AWAY = "PaymentUnavailable: no route"
CUT = "PaymentUnavailable: the line was cut before the answer"


def nothing_was_charged(story: Story, visit: str) -> bool:
    return (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)


def test_a_declined_card_opens_nothing(story: Story) -> None:
    story.bank.holds_answer = "declined"
    visit = story.anna.asks_in()
    story.wait(1)

    assert story.state(visit) is State.REFUSED
    assert story.visit(visit).reason == "insufficient_funds"
    assert nothing_was_charged(story, visit)


def test_the_bank_may_ask_her_first(story: Story) -> None:
    story.bank.holds_answer = "action"
    visit = story.anna.asks_in()
    story.wait(1)
    assert story.state(visit) is State.AUTHENTICATING

    story.bank.authenticated(visit)
    story.hears_from_bank(visit)
    assert story.state(visit) is State.UNLOCKED


def test_who_does_not_answer_her_bank_is_let_go(story: Story) -> None:
    story.bank.holds_answer = "action"
    visit = story.anna.asks_in()
    story.wait(400)

    assert story.state(visit) is State.ABANDONED
    assert story.visit(visit).reason == "authentication_took_too_long"
    assert nothing_was_charged(story, visit)


def test_a_silent_bank_lets_her_go_and_a_late_hold_is_released(story: Story) -> None:
    """The call had its effect and only its answer was lost: asked again, the bank tells of a hold."""
    story.expected_troubles = {AWAY, CUT}
    story.bank.lost_answers = 1
    visit = story.anna.asks_in()
    story.wait(0.5)
    story.bank.out_of_reach = True
    story.wait(70)
    assert story.state(visit) is State.ABANDONED
    assert story.visit(visit).reason == "hold_took_too_long"

    story.bank.out_of_reach = False
    story.wait(600)
    assert story.state(visit) is State.ABANDONED
    assert nothing_was_charged(story, visit)


def test_a_wish_cancelled_before_the_bank_was_asked_asks_nothing(story: Story) -> None:
    visit = story.anna.asks_in()
    story.anna.cancels()
    story.wait(5)

    assert story.state(visit) is State.ABANDONED
    assert story.bank.intents == {}


def test_a_hold_that_arrives_after_the_cancellation_is_released(story: Story) -> None:
    story.expected_troubles = {CUT}
    story.bank.lost_answers = 1
    visit = story.anna.asks_in()
    story.work.run()
    story.anna.cancels()
    assert story.bank.held(visit) > 0
    story.wait(10)

    assert story.state(visit) is State.ABANDONED
    assert nothing_was_charged(story, visit)


def test_a_lock_that_says_no_cancels_everything(story: Story) -> None:
    story.work.lock_refuses = True
    visit = story.anna.asks_in()
    story.wait(1)

    assert story.state(visit) is State.ABANDONED
    assert story.visit(visit).reason == "door_refused"
    assert nothing_was_charged(story, visit)


def test_a_silent_lock_cancels_everything_within_seconds(story: Story) -> None:
    story.work.lock_answers = False
    visit = story.anna.asks_in()
    story.wait(3.5)

    assert story.state(visit) is State.ABANDONED
    assert story.visit(visit).reason == "door_did_not_answer"
    assert nothing_was_charged(story, visit)


def test_a_door_nobody_opens_cancels_everything_within_seconds(story: Story) -> None:
    visit = story.anna.asks_in()
    story.wait(7)

    assert story.state(visit) is State.ABANDONED
    assert story.visit(visit).reason == "door_not_opened"
    assert nothing_was_charged(story, visit)


def test_a_door_that_opens_and_nobody_enters_costs_nothing(story: Story) -> None:
    """Nobody is seen leaving either: after the longest visit it is over, and empty."""
    visit = story.anna.enters()
    story.wait(3700)

    assert story.state(visit) is State.EMPTY
    assert nothing_was_charged(story, visit)


def test_a_door_opened_after_giving_up_waits_for_a_person(story: Story) -> None:
    visit = story.anna.asks_in()
    story.wait(8)
    story.door_opens()

    assert story.state(visit) is State.IN_REVIEW
    assert story.visit(visit).reason == "opened_after_giving_up"
    assert nothing_was_charged(story, visit)
    assert story.incidents() == ["review"]


def test_a_silent_lock_that_opened_all_the_same_waits_for_a_person(story: Story) -> None:
    story.work.lock_answers = False
    visit = story.anna.asks_in()
    story.wait(4)
    story.door_opens()
    assert story.state(visit) is State.IN_REVIEW


def test_a_door_that_opens_for_no_visit_is_an_alarm(story: Story) -> None:
    story.door_opens()
    assert story.incident("opened_without_visit").severity == "alarm"


def test_a_door_opened_from_inside_is_nobodys_entry(story: Story) -> None:
    story.door_from_inside()
    assert story.incidents() == []


def test_who_comes_in_right_after_someone_left_has_entered(story: Story) -> None:
    """The handle that let the one out does not explain the opening that lets the other in."""
    story.anna.enters()
    story.ben.asks_in()
    story.work.run()
    story.door_from_inside()
    story.door_opens()

    assert story.state(story.ben.visit_id) is State.SHOPPING


def test_cancelling_is_too_late_once_the_bolt_is_open(story: Story) -> None:
    visit = story.anna.asks_in()
    story.work.run()
    with pytest.raises(Refusal, match="too_late"):
        story.anna.cancels()
    assert story.state(visit) is State.UNLOCKED


def test_cancelling_is_too_late_once_the_lock_may_have_been_told_to_open(story: Story) -> None:
    """Else she goes through the door with nothing held on her card."""
    story.work.lock_answers = False
    visit = story.anna.asks_in()
    story.work.run()
    assert story.state(visit) is State.ADMITTED
    with pytest.raises(Refusal, match="too_late"):
        story.anna.cancels()
    assert story.bank.held(visit) > 0
    story.wait(3.5)
    assert story.visit(visit).reason == "door_did_not_answer"


def test_leaving_by_the_door_ends_the_visit_once_the_shelves_are_quiet(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "milk")
    story.anna.pays()
    story.door_from_inside()
    story.wait(25)
    assert story.state(visit) is State.SHOPPING
    story.wait(10)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == MILK.price


def test_a_shelf_that_moves_after_the_exit_puts_the_end_off(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.pays()
    story.door_from_inside()
    story.wait(20)
    story.anna.takes(1, "milk")
    story.wait(20)
    assert story.state(visit) is State.SHOPPING
    story.wait(15)
    assert story.state(visit) is State.SETTLED


def test_saying_it_twice_changes_nothing(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.says_left()
    story.anna.says_left()
    story.wait(5)
    assert story.state(visit) is State.EMPTY
    story.anna.says_left()
    assert story.state(visit) is State.EMPTY


def test_goods_reported_just_after_she_said_it_are_still_hers(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.pays()
    story.anna.says_left()
    story.wait(1)
    story.anna.takes(1, "milk")
    story.wait(5)
    assert story.bank.taken(visit) == MILK.price


def test_a_visit_with_goods_that_never_ends_waits_for_a_person(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "milk")
    story.wait(3700)
    assert story.state(visit) is State.IN_REVIEW
    assert story.visit(visit).reason == "no_end_seen"
    assert story.bank.taken(visit) == 0


def test_a_handle_reported_after_the_door_explains_the_exit_all_the_same(story: Story) -> None:
    """Lock and contact have outboxes of their own: after a cut line the contact may be the faster one."""
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.door_opens()
    story.door_closes()
    assert story.incidents(still_open=True) == ["opened_without_visit"]
    story.handle_turned()
    assert story.incidents(still_open=True) == []
    story.wait(40)
    assert story.state(visit) is State.SETTLED


def test_an_opening_from_before_she_asked_is_not_her_entry(story: Story) -> None:
    """A report that was kept back while the line was cut."""
    before = clock.now()
    story.wait(10)
    visit = story.anna.asks_in()
    with story.database.transaction() as tx:
        doors.opened(tx, tx.get_one(Door, story.world.door_id), before)
    assert story.state(visit) is not State.SHOPPING
    assert story.incident("opened_without_visit").severity == "alarm"
