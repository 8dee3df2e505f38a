"""Two shoppers inside: a scan claims what left the shelf; what nobody claims is charged to nobody."""

from shop.domain.visit_states import State
from tests.domain.world import CHEESE, COLA, STOCK
from tests.stories.story import Story


def both_enter(story: Story) -> tuple[str, str]:
    anna = story.anna.enters()
    story.wait(20)
    return anna, story.ben.enters()


def test_a_scan_before_the_pick_claims_it(story: Story) -> None:
    anna, ben = both_enter(story)
    story.ben.scans("cheese")
    story.shelf("cheese", units=-1)

    assert story.line(ben, "cheese").sensed == 1
    assert story.lines(anna) == {}
    assert story.incidents() == []


def test_a_scan_after_the_pick_claims_it(story: Story) -> None:
    anna, ben = both_enter(story)
    story.shelf("cheese", units=-1)
    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (1, 1)
    story.ben.scans("cheese")

    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (0, 0)
    assert story.line(ben, "cheese").sensed == 1
    assert story.incidents(still_open=True) == []


def test_the_evidence_on_a_line_names_no_other_visit(story: Story) -> None:
    anna, ben = both_enter(story)
    story.shelf("cheese", units=-1)
    story.ben.scans("cheese")
    assert anna not in str(story.line(ben, "cheese").evidence)


def test_a_scan_of_one_does_not_claim_two(story: Story) -> None:
    anna, ben = both_enter(story)
    story.shelf("cheese", units=-2)
    story.ben.scans("cheese")

    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (1, 1)
    story.ben.scans("cheese")
    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (0, 0)
    assert story.line(ben, "cheese").sensed == 2


def test_what_nobody_claims_is_charged_to_nobody(story: Story) -> None:
    anna, ben = both_enter(story)
    story.shelf("cheese", units=-1)
    for shopper in (story.anna, story.ben):
        shopper.pays()
        shopper.leaves()
        story.wait(15)

    assert [story.state(visit) for visit in (anna, ben)] == [State.IN_REVIEW, State.IN_REVIEW]
    assert [story.bank.taken(visit) for visit in (anna, ben)] == [0, 0]

    story.resolve(ben, "charge", cheese=1)
    story.resolve(anna, "release")
    assert [story.state(visit) for visit in (anna, ben)] == [State.EMPTY, State.SETTLED]
    assert [story.bank.taken(visit) for visit in (anna, ben)] == [0, CHEESE.price]
    assert story.on_hand("cheese") == STOCK - 1
    assert story.incidents(still_open=True) == []


def test_what_both_scanned_is_a_question(story: Story) -> None:
    anna, ben = both_enter(story)
    story.anna.scans("cola")
    story.ben.scans("cola")
    story.shelf("cola", units=-1)

    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (1, 1)
    assert (story.line(anna, "cola").sensed, story.line(ben, "cola").sensed) == (0, 0)


def test_a_put_back_belongs_to_who_held_it(story: Story) -> None:
    anna = story.anna.enters()
    story.anna.takes(2, "cola")
    story.wait(20)
    ben = story.ben.enters()
    story.shelf("cola", units=1)

    assert (story.lines(anna), story.lines(ben)) == ({"cola": 1}, {})
    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (0, 0)


def test_a_put_back_nobody_held_is_a_question_for_both(story: Story) -> None:
    anna, ben = both_enter(story)
    story.shelf("cola", units=1)
    assert (story.visit(anna).unclear, story.visit(ben).unclear) == (1, 1)
    assert story.incidents() == ["unclaimed_put_back"]


def test_the_door_alone_ends_nobodys_visit_while_two_are_inside(story: Story) -> None:
    anna, ben = both_enter(story)
    story.door_from_inside()
    story.wait(120)
    assert (story.state(anna), story.state(ben)) == (State.SHOPPING, State.SHOPPING)


def test_who_says_that_she_left_ends_her_own_visit_only(story: Story) -> None:
    anna, ben = both_enter(story)
    story.anna.scans("cola")
    story.shelf("cola", units=-1)
    story.anna.pays()
    story.anna.leaves()

    assert (story.state(anna), story.state(ben)) == (State.SETTLED, State.SHOPPING)
    assert story.bank.taken(anna) == COLA.price + COLA.deposit


def test_the_last_one_inside_is_ended_by_the_door_and_quiet_shelves(story: Story) -> None:
    anna, ben = both_enter(story)
    story.anna.leaves()
    story.wait(20)
    story.door_from_inside()
    story.wait(40)
    assert (story.state(anna), story.state(ben)) == (State.EMPTY, State.EMPTY)


def test_who_was_seen_leaving_has_left_when_the_next_one_comes_in(story: Story) -> None:
    """Alone, seen leaving, no shelf moved since: Ben need not wait half a minute for Anna's visit to end."""
    anna = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.door_from_inside()
    story.wait(20)
    ben = story.ben.enters()
    story.wait(5)
    assert (story.state(anna), story.state(ben)) == (State.SETTLED, State.SHOPPING)
    assert story.bank.taken(anna) > 0


def test_a_shelf_that_moved_after_the_exit_makes_it_uncertain(story: Story) -> None:
    """Seen leaving, yet something was taken afterwards: when the next one comes in, a person decides."""
    anna = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.door_from_inside()
    story.wait(10)
    story.anna.takes(1, "cheese")
    ben = story.ben.enters()
    story.wait(60)
    assert (story.state(anna), story.state(ben)) == (State.SHOPPING, State.SHOPPING)
    story.wait(3700)
    assert story.state(anna) is State.IN_REVIEW
    assert story.visit(anna).reason == "no_end_seen"
    assert story.bank.taken(anna) == 0


def test_clearing_one_of_two_leaves_the_question_to_the_other(story: Story) -> None:
    """Released does not mean explained: the cola is still gone, and Ben may have it."""
    anna, ben = both_enter(story)
    story.shelf("cola", units=-1)
    story.anna.leaves()
    story.ben.leaves()
    assert (story.state(anna), story.state(ben)) == (State.IN_REVIEW, State.IN_REVIEW)

    story.resolve(anna, "release")
    assert story.state(anna) is State.EMPTY
    assert story.visit(ben).unclear == 1
    assert "unclaimed_pick" in story.incidents(still_open=True)

    story.resolve(ben, "charge", cola=1)
    assert "unclaimed_pick" not in story.incidents(still_open=True)
