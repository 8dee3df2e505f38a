"""A store whose door has a display: only what it shows now lets anybody in."""

from datetime import timedelta

from shop.domain import clock, door_codes
from shop.domain.door_codes import PERIOD
from tests.stories.story import Story


def next_code(story: Story) -> str:
    with story.database.transaction() as tx:
        return door_codes.renew(tx, story.world.door_id)


def passes(story: Story, time: timedelta) -> None:
    story.time.forward(clock.now() + time)


def test_the_code_on_the_display_lets_in_and_so_does_the_one_before(story: Story) -> None:
    story.configure(door_code_mode="rotating")
    before = next_code(story)
    passes(story, PERIOD)
    now = next_code(story)
    story.anna.asks_in(before)
    story.work.run()
    story.door_opens()
    story.door_closes()
    story.ben.asks_in(now)


def test_the_code_of_two_periods_ago_is_refused(story: Story) -> None:
    story.configure(door_code_mode="rotating")
    old = next_code(story)
    passes(story, 2 * PERIOD)
    next_code(story)
    assert story.anna.is_refused(old) == "old_door_code"


def test_where_there_is_a_display_the_sticker_opens_nothing(story: Story) -> None:
    story.configure(door_code_mode="rotating")
    next_code(story)
    assert story.anna.is_refused() == "old_door_code"


def test_where_there_is_none_the_sticker_opens_and_what_a_display_showed_still_counts(story: Story) -> None:
    code = next_code(story)
    story.anna.asks_in(code)
    passes(story, timedelta(minutes=5))
    assert story.ben.is_refused(code) == "old_door_code"


def test_a_display_of_another_operator_shows_nothing_we_know(story: Story) -> None:
    story.configure(door_code_mode="rotating")
    assert story.foreigner.is_refused(next_code(story)) == "unknown_door"
