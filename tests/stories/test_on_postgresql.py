"""The stories that lean most on the database, told once more on PostgreSQL."""

from collections.abc import Callable

import pytest

from tests.stories import test_buying, test_door, test_two_inside, test_unclear
from tests.stories.story import Story

TOLD_AGAIN = (
    test_buying.test_a_shopper_pays_for_what_she_takes,
    test_buying.test_leaving_and_coming_back_at_once_makes_two_visits,
    test_door.test_a_silent_bank_lets_her_go_and_a_late_hold_is_released,
    test_door.test_a_door_opened_after_giving_up_waits_for_a_person,
    test_unclear.test_the_person_charges_what_the_shelf_saw,
    test_unclear.test_a_late_shelf_report_is_told_and_never_charged,
    test_two_inside.test_what_nobody_claims_is_charged_to_nobody,
)


@pytest.mark.postgres
@pytest.mark.parametrize("tell", TOLD_AGAIN, ids=lambda tell: tell.__name__.removeprefix("test_"))
def test_the_same_story_on_postgresql(tell: Callable[[Story], None], story_on_postgres: Story) -> None:
    tell(story_on_postgres)
