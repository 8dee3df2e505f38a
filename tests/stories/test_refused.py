"""Who may not come in, and why; and the people who must be able to get out."""

from datetime import timedelta

import pytest

from shop.domain import clock
from shop.domain.visit_states import State
from tests.domain.world import FOREIGN_DOOR_CODE
from tests.stories.story import Story


def test_without_a_recorded_exit_test_nobody_enters(story: Story) -> None:
    story.configure_door(exit_tested_at=None)
    assert story.anna.is_refused() == "exit_untested"


def test_a_failed_exit_test_is_none(story: Story) -> None:
    story.configure_door(exit_test_passed=False)
    assert story.anna.is_refused() == "exit_untested"


def test_an_exit_test_older_than_twelve_months_is_none(story: Story) -> None:
    story.configure_door(exit_tested_at=clock.now() - timedelta(days=366))
    assert story.anna.is_refused() == "exit_untested"


def test_an_exit_test_counts_for_nearly_twelve_months(story: Story) -> None:
    story.configure_door(exit_tested_at=clock.now() - timedelta(days=364))
    story.anna.enters()


def test_a_door_whose_way_out_asks_software_admits_nobody(story: Story) -> None:
    story.configure_lock(egress="software")
    assert story.anna.is_refused() == "exit_untested"


def test_the_door_of_another_operator_is_unknown(story: Story) -> None:
    assert story.anna.is_refused(FOREIGN_DOOR_CODE) == "unknown_door"
    assert story.foreigner.is_refused() == "unknown_door"


@pytest.mark.parametrize("code", ["", "wiz-front-", "WIZ-FRONT ", "' OR 1=1 --"])
def test_an_unknown_code_opens_nothing(story: Story, code: str) -> None:
    assert story.anna.is_refused(code) == "unknown_door"


def test_a_closed_store_admits_nobody(story: Story) -> None:
    story.configure(is_open=False)
    assert story.anna.is_refused() == "store_closed"


def test_a_lock_that_is_not_there_admits_nobody(story: Story) -> None:
    story.configure_lock(online=False)
    assert story.anna.is_refused() == "door_unavailable"


def test_a_full_store_asks_to_wait(story: Story) -> None:
    story.configure(max_inside=1)
    story.anna.enters()
    assert story.ben.is_refused() == "store_full"


def test_who_was_already_on_the_way_does_not_overfill_the_store(story: Story) -> None:
    """Her bank took its time; meanwhile the last place was taken."""
    story.configure(max_inside=1)
    story.bank.holds_answer = "action"
    story.anna.asks_in()
    story.work.run()
    assert story.ben.is_refused() == "store_full"


def test_a_blocked_customer_stays_outside(story: Story) -> None:
    story.block(story.anna)
    assert story.anna.is_refused() == "customer_blocked"
    story.ben.enters()


def test_one_at_a_time_through_the_door(story: Story) -> None:
    story.anna.asks_in()
    assert story.ben.is_refused() == "door_busy"
    story.work.run()
    story.door_opens()
    story.door_closes()
    story.ben.enters()


def test_one_visit_at_a_time_for_each_customer(story: Story) -> None:
    story.anna.enters()
    assert story.anna.is_refused() == "visit_open"


def test_who_has_not_paid_the_last_visit_pays_first(story: Story) -> None:
    story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.leaves()
    assert story.anna.is_refused() == "payment_due"
    story.ben.enters()
    story.anna.pays()
    assert story.anna.asks_in()


def test_without_a_saved_card_nobody_enters(story: Story) -> None:
    story.lose_card(story.anna)
    assert story.anna.is_refused() == "no_payment_method"


def test_a_refusal_leaves_nothing_behind(story: Story) -> None:
    story.configure(is_open=False)
    story.anna.is_refused()
    assert story.anna.visit_id == ""
    assert story.work.next_due() is None


def test_a_call_for_help_is_an_alarm_at_once(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.calls_help("stuck")
    incident = story.incident("help_stuck")
    assert (incident.severity, incident.visit_id, incident.closed_at) == ("alarm", visit, None)
    assert incident.evidence == {"text": "the door is jammed", "state": "shopping"}


@pytest.mark.parametrize("ended", [True, False])
def test_help_is_heard_in_every_state(story: Story, ended: bool) -> None:
    story.anna.enters()
    if ended:
        story.anna.leaves()
    story.anna.calls_help("question")
    assert story.incident("help_question").severity == "warning"


def test_who_stays_too_long_is_looked_after(story: Story) -> None:
    visit = story.anna.enters()
    story.wait(2690)
    assert story.incidents() == []
    story.wait(20)
    incident = story.incident("stuck_inside")
    assert (incident.severity, incident.visit_id) == ("alarm", visit)
    assert story.state(visit) is State.SHOPPING


def test_nobody_is_looked_for_who_has_left(story: Story) -> None:
    story.anna.enters()
    story.anna.leaves()
    story.wait(3000)
    assert story.incidents() == []
