"""What the bank was asked after the backup is not asked for a second time."""

from shop.domain.visit_states import State
from tests.backup.put_back import Backup
from tests.stories.story import Story


def test_a_capture_after_the_backup_is_not_made_twice(story: Story) -> None:
    story.anna.enters()
    story.anna.takes(1, "cola")
    story.anna.scans("cola")
    story.work.held_back = {"capture"}
    story.anna.pays()
    story.anna.leaves()
    story.wait(60)
    visit = story.anna.visit_id
    assert story.state(visit) is State.SETTLING
    backup = Backup(story.database)
    story.work.held_back = set()
    story.wait(5)
    assert (story.state(visit), story.bank.taken(visit)) == (State.SETTLED, 124)
    backup.restore()
    assert story.state(visit) is State.SETTLING
    story.wait(5)
    assert (story.state(visit), story.bank.taken(visit)) == (State.SETTLED, 124)
    assert sum(story.books(visit).values()) == 0


def test_a_hold_from_after_the_backup_is_found_again_and_freed(story: Story) -> None:
    """The job was untried when the backup was taken; after it her card was held."""
    visit = story.anna.asks_in()
    backup = Backup(story.database)
    story.work.run()
    assert story.bank.held(visit) == 5000
    backup.restore()
    story.anna.cancels()
    story.wait(120)
    assert story.state(visit) is State.ABANDONED
    assert story.bank.held(visit) == 0
    assert len(story.bank.intents) == 1
