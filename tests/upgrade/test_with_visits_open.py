"""An upgrade in the middle of the day: every visit that was under way comes to its proper end."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from devices import ulid
from devices.reports import Upto
from shop.db import Database
from shop.domain.incidents import Incident
from shop.domain.visit_states import FINAL, State
from tests.domain.world import CONTACT_DEVICE, World
from tests.gateway.reading import CLOSED, OPENED
from tests.gateway.rigs import STORE, Reporter, rows
from tests.jobs import do_one
from tests.stories.story import Story
from tests.stories.time_machine import TimeMachine
from tests.upgrade.older import upgraded

FIRST = "0001"


class Moment(NamedTuple):
    """What happens before the upgrade, what after it, and how the visit ends."""

    state: State
    before: Callable[[Story], object]
    after: Callable[[Story], object]
    end: State
    taken_cents: int


def _proves_herself(story: Story) -> None:
    story.bank.authenticated(story.anna.visit_id)
    story.hears_from_bank(story.anna.visit_id)
    _comes_in_and_buys(story)


def _asks_with_a_suspicious_bank(story: Story) -> None:
    story.bank.holds_answer = "action"
    story.anna.asks_in()
    story.work.run()


def _is_admitted(story: Story) -> None:
    story.anna.asks_in()
    while do_one(story.work.means):  # the worker only: the order for the lock waits
        pass


def _is_let_in(story: Story) -> None:
    story.anna.asks_in()
    story.work.run()


def _comes_in_and_buys(story: Story) -> None:
    story.work.run()
    story.door_opens()
    story.door_closes()
    _takes(story)
    _buys(story)


def _takes(story: Story) -> None:
    story.anna.takes(1, "cola")
    story.anna.scans("cola")


def _shops(story: Story) -> None:
    story.anna.enters()
    _takes(story)


def _buys(story: Story) -> None:
    story.anna.pays()
    story.anna.leaves()
    story.wait(60)


def _shops_and_buys(story: Story) -> None:
    _shops(story)
    _buys(story)


def _leaves_without_ordering(story: Story) -> None:
    _shops(story)
    story.anna.leaves()
    story.wait(60)


def _pays_while_the_bank_is_away(story: Story) -> None:
    _shops(story)
    story.work.held_back = {"capture"}
    _buys(story)


def _disputes(story: Story) -> None:
    story.anna.enters()
    story.anna.takes(2, "cola")
    story.anna.corrects("cola", 1)
    _buys(story)


def _goes_out_with_nothing(story: Story) -> None:
    story.anna.enters()
    story.anna.leaves()
    story.wait(60)


def _is_declined(story: Story) -> None:
    story.bank.holds_answer = "declined"
    story.anna.asks_in()
    story.work.run()


def _changes_her_mind(story: Story) -> None:
    story.anna.asks_in()
    story.work.run()
    story.wait(60)


def _time_passes(story: Story) -> None:
    story.wait(60)


COLA = 99 + 25
MOMENTS = [
    Moment(State.REQUESTED, lambda story: story.anna.asks_in(), _comes_in_and_buys, State.SETTLED, COLA),
    Moment(State.AUTHENTICATING, _asks_with_a_suspicious_bank, _proves_herself, State.SETTLED, COLA),
    Moment(State.ADMITTED, _is_admitted, _comes_in_and_buys, State.SETTLED, COLA),
    Moment(State.UNLOCKED, _is_let_in, _comes_in_and_buys, State.SETTLED, COLA),
    Moment(State.SHOPPING, _shops, _buys, State.SETTLED, COLA),
    Moment(State.SETTLING, _pays_while_the_bank_is_away, _time_passes, State.SETTLED, COLA),
    Moment(State.PAYMENT_DUE, _leaves_without_ordering, lambda story: story.anna.pays(), State.SETTLED, COLA),
    Moment(
        State.IN_REVIEW,
        _disputes,
        lambda story: story.resolve(story.anna.visit_id, "charge", cola=1),
        State.SETTLED,
        COLA,
    ),
    Moment(State.SETTLED, _shops_and_buys, _time_passes, State.SETTLED, COLA),
    Moment(State.EMPTY, _goes_out_with_nothing, _time_passes, State.EMPTY, 0),
    Moment(State.ABANDONED, _changes_her_mind, _time_passes, State.ABANDONED, 0),
    Moment(State.REFUSED, _is_declined, _time_passes, State.REFUSED, 0),
]


@pytest.fixture
def story(sqlite: tuple[Database, World], time: TimeMachine) -> Story:
    return Story(*sqlite, time)


@pytest.fixture
def go_on(
    url: str, story: Story, sqlite: tuple[Database, World], time: TimeMachine
) -> Iterator[Callable[[], Story]]:
    """The upgrade; at the end no job may have met a fault of ours."""
    told: list[Story] = []

    def upgrade() -> Story:
        told.append(upgraded(story, url, sqlite[1], time, since=FIRST))
        return told[0]

    yield upgrade
    assert told[0].work.troubles() == set()
    told[0].database.close()


def test_every_state_is_among_the_moments() -> None:
    assert [moment.state for moment in MOMENTS] == list(State)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.state)
def test_a_visit_goes_on_to_its_proper_end(moment: Moment, story: Story, go_on: Callable[[], Story]) -> None:
    moment.before(story)
    visit_id = story.anna.visit_id
    assert story.state(visit_id) is moment.state
    after = go_on()
    assert after.state(visit_id) is moment.state
    moment.after(after)
    assert after.state(visit_id) is moment.end
    assert moment.end in FINAL
    assert after.bank.taken(visit_id) == moment.taken_cents
    assert after.bank.held(visit_id) == 0
    assert sum(after.books(visit_id).values()) == 0
    assert (after.receipt(visit_id) is not None) == (moment.end is State.SETTLED)


def test_the_next_visit_after_the_upgrade_gets_the_next_receipt(
    story: Story, go_on: Callable[[], Story]
) -> None:
    _shops_and_buys(story)
    after = go_on()
    after.ben.enters()
    after.ben.scans("milk")
    after.ben.pays()
    after.ben.leaves()
    after.wait(60)
    numbers = []
    for shopper in (after.anna, after.ben):
        receipt = after.receipt(shopper.visit_id)
        assert receipt is not None
        numbers.append(receipt.number)
    assert numbers == [1, 2]


def test_a_device_goes_on_with_its_next_number(story: Story, go_on: Callable[[], Story]) -> None:
    epoch = ulid.new()
    before = Reporter(story.database, CONTACT_DEVICE)
    before.epoch = epoch
    for seq, what in ((1, OPENED), (2, CLOSED)):
        before.report("contact.changed", what, seq)
    after = Reporter(go_on().database, CONTACT_DEVICE)
    after.epoch = epoch
    assert after.report("contact.changed", OPENED, 2) == Upto(CONTACT_DEVICE, STORE, epoch, 2)
    assert after.report("contact.changed", OPENED, 3) == Upto(CONTACT_DEVICE, STORE, epoch, 3)
    assert "reports_lost" not in [incident.kind for incident in rows(after.database, Incident)]
