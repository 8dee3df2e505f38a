"""Nobody pays for what nobody can show they took: unclear goods and corrections come before a person."""

import pytest

from shop.domain.errors import Refusal
from shop.domain.ledger import Account
from shop.domain.visit_states import State
from tests.domain.world import CHEESE, COLA, MILK, STOCK
from tests.stories.story import Story

COLA_WITH_DEPOSIT = COLA.price + COLA.deposit


def corrected_below_the_shelf(story: Story) -> str:
    visit = story.anna.enters()
    story.anna.takes(3, "cola")
    story.anna.corrects("cola", 1)
    story.anna.pays()
    story.anna.leaves()
    return visit


def test_a_correction_below_what_the_shelf_saw_waits_for_a_person(story: Story) -> None:
    visit = corrected_below_the_shelf(story)

    assert story.state(visit) is State.IN_REVIEW
    assert story.visit(visit).reason == "unclear_goods"
    assert story.bank.taken(visit) == 0
    assert story.books(visit) == {}
    assert story.incidents(still_open=True) == ["review"]


def test_the_person_charges_what_the_shopper_said(story: Story) -> None:
    visit = corrected_below_the_shelf(story)
    story.resolve(visit, "charge")

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == COLA_WITH_DEPOSIT
    assert story.books(visit)[Account.CARD] == COLA_WITH_DEPOSIT
    assert story.on_hand("cola") == STOCK - 1
    assert story.incidents(still_open=True) == []


def test_the_person_charges_what_the_shelf_saw(story: Story) -> None:
    visit = corrected_below_the_shelf(story)
    story.resolve(visit, "charge", cola=3)

    assert story.bank.taken(visit) == 3 * COLA_WITH_DEPOSIT
    assert story.on_hand("cola") == STOCK - 3
    receipt = story.receipt(visit)
    assert receipt is not None
    assert [line["quantity"] for line in receipt.document["lines"]] == [3]


def test_the_person_lets_it_go(story: Story) -> None:
    """Released: she took nothing, so the goods are still there and the hold is gone."""
    visit = corrected_below_the_shelf(story)
    story.resolve(visit, "release")

    assert story.state(visit) is State.EMPTY
    assert (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)
    assert story.books(visit) == {}
    assert story.on_hand("cola") == STOCK


def test_the_person_gives_her_the_goods(story: Story) -> None:
    visit = corrected_below_the_shelf(story)
    story.resolve(visit, "waive", cola=3)

    assert story.state(visit) is State.SETTLED
    assert (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)
    assert story.receipt(visit) is None
    assert story.on_hand("cola") == STOCK - 3  # gone, under a name of its own


def test_a_review_is_decided_once(story: Story) -> None:
    visit = corrected_below_the_shelf(story)
    story.resolve(visit, "charge")
    with pytest.raises(Refusal, match="not_in_review"):
        story.resolve(visit, "release")


def test_a_booked_sale_cannot_be_released_or_rewritten(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.leaves()
    story.wait(4 * 86400)  # never paid: booked, and before a person
    assert story.state(visit) is State.IN_REVIEW
    with pytest.raises(Refusal, match="already_booked"):
        story.resolve(visit, "release")
    with pytest.raises(Refusal, match="already_booked"):
        story.resolve(visit, "charge", cheese=0)

    story.resolve(visit, "waive")
    assert story.state(visit) is State.SETTLED
    assert story.books(visit)[Account.WAIVED] == CHEESE.price
    assert Account.RECEIVABLE not in story.books(visit)
    assert story.on_hand("cheese") == STOCK - 1
    assert story.bank.held(visit) == 0


def test_nothing_can_be_charged_for_nothing(story: Story) -> None:
    visit = story.anna.enters()
    story.shelf("milk", grams=-500)
    story.anna.leaves()
    with pytest.raises(Refusal, match="nothing_to_charge"):
        story.resolve(visit, "charge")
    assert story.state(visit) is State.IN_REVIEW


def test_a_correction_up_to_what_the_shelf_saw_is_hers_to_make(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cola")
    story.anna.scans("cola", 3)
    story.anna.corrects("cola", 2)
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == 2 * COLA_WITH_DEPOSIT


def test_a_scan_after_a_correction_does_not_undo_the_correction(story: Story) -> None:
    """She says one, and scans that one: it is still one, and still a question for a person."""
    visit = story.anna.enters()
    story.anna.takes(3, "cola")
    story.anna.corrects("cola", 1)
    story.anna.scans("cola")

    assert story.lines(visit) == {"cola": 1}
    story.anna.pays()
    story.anna.leaves()
    assert story.state(visit) is State.IN_REVIEW
    assert story.bank.taken(visit) == 0


def test_a_weight_that_fits_no_whole_number_waits_for_a_person(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.shelf("milk", grams=-500)
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.IN_REVIEW
    assert story.bank.taken(visit) == 0
    incident = story.incident("unclear_pick")
    assert incident.evidence["grams"] == -500
    story.resolve(visit, "charge")
    assert story.bank.taken(visit) == CHEESE.price
    assert story.incidents(still_open=True) == []


def test_a_touch_that_returns_leaves_no_question(story: Story) -> None:
    visit = story.anna.enters()
    story.shelf("milk", grams=140)
    assert story.visit(visit).unclear == 1
    story.shelf("milk", grams=-140)

    assert story.visit(visit).unclear == 0
    assert story.incidents(still_open=True) == []
    story.anna.leaves()
    assert story.state(visit) is State.EMPTY


def test_an_item_across_two_plates_is_counted_once(story: Story) -> None:
    visit = story.anna.enters()
    story.shelf("cola", grams=-300, plate=2)
    story.shelf("cola", grams=-240, plate=3)

    assert story.visit(visit).unclear == 0
    assert story.lines(visit) == {"cola": 1}


def test_two_halves_long_apart_are_not_one_item(story: Story) -> None:
    visit = story.anna.enters()
    story.shelf("cola", grams=-300, plate=2)
    story.wait(45)
    story.shelf("cola", grams=-240, plate=3)

    assert story.lines(visit) == {}
    assert story.visit(visit).unclear == 2


def test_two_halves_long_apart_are_not_one_item_though_they_are_reported_together(story: Story) -> None:
    """A shelf whose line was cut delivers both at once; what counts is when they happened."""
    visit = story.anna.enters()
    story.wait(90)
    story.shelf("cola", grams=-300, plate=2, seconds_ago=80)
    story.shelf("cola", grams=-240, plate=3, seconds_ago=10)

    assert story.lines(visit) == {}
    assert story.visit(visit).unclear == 2


def test_goods_put_where_nobody_took_them_are_a_question(story: Story) -> None:
    visit = story.anna.enters()
    story.shelf("milk", units=1)
    assert story.visit(visit).unclear == 1
    assert story.incident("unexpected_put_back").visit_id == visit
    story.anna.leaves()
    assert story.state(visit) is State.IN_REVIEW


def test_goods_on_an_empty_plate_are_told(story: Story) -> None:
    story.shelf("milk", grams=700, plate=9)
    assert story.incident("change_on_empty_plate").evidence["plate"] == 9


def test_a_plate_nobody_knows_is_refused(story: Story) -> None:
    with pytest.raises(ValueError, match="no plate 77 on shelf-1"):
        story.shelf("milk", units=-1, plate=77)


def test_a_product_without_a_price_is_told_and_charged_to_nobody(story: Story) -> None:
    visit = story.anna.enters()
    story.withdraw_price("milk")
    story.anna.takes(1, "milk")

    assert story.incident("change_without_price").evidence["sku"] == "milk"
    assert story.lines(visit) == {}
    story.anna.leaves()
    assert story.state(visit) is State.IN_REVIEW


def test_a_late_shelf_report_is_told_and_never_charged(story: Story) -> None:
    visit = story.anna.enters()
    story.wait(20)
    story.anna.takes(1, "milk")
    story.anna.pays()
    story.anna.leaves()
    assert story.state(visit) is State.SETTLED
    story.shelf("cheese", units=-1, seconds_ago=15)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == MILK.price
    assert story.incidents() == ["late_pick", "review"]
    assert story.incident("late_pick").visit_id == visit


def test_a_late_shelf_report_is_not_blamed_on_the_next_shopper(story: Story) -> None:
    first = story.anna.enters()
    story.anna.leaves()
    story.wait(20)
    second = story.ben.enters()
    story.shelf("cheese", units=-1, seconds_ago=25)

    assert story.lines(second) == {}
    assert story.visit(second).unclear == 0
    assert story.incident("late_pick").visit_id == first


def test_a_late_unclear_report_is_not_blamed_on_the_next_shopper(story: Story) -> None:
    first = story.anna.enters()
    story.anna.leaves()
    story.wait(20)
    second = story.ben.enters()
    story.shelf("cheese", grams=-100, seconds_ago=25)

    assert story.visit(second).unclear == 0
    assert story.incident("late_pick").visit_id == first


def test_goods_that_leave_with_nobody_inside_are_told(story: Story) -> None:
    story.shelf("cheese", units=-1)
    assert story.incidents() == ["goods_left_without_visit"]


def test_filling_the_shelf_with_nobody_inside_is_no_incident(story: Story) -> None:
    story.shelf("cheese", units=6)
    assert story.incidents() == []


def test_more_than_stood_there_is_charged_to_nobody_but_asked(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.shelf("cola", units=-25, before=100)
    story.anna.pays()
    story.anna.leaves()

    assert story.lines(visit) == {"cheese": 1}
    assert story.state(visit) is State.IN_REVIEW
    assert story.bank.taken(visit) == 0
    assert story.incident("unclear_pick").evidence["remaining_g"] < -10_000


def test_more_than_stood_there_explains_no_later_change(story: Story) -> None:
    """Together with half a unit it would make a whole number."""
    visit = story.anna.enters()
    story.shelf("cola", units=-24.5, before=100)
    story.shelf("cola", units=-0.5)
    assert story.lines(visit) == {}
    assert story.visit(visit).unclear == 2


@pytest.mark.parametrize("drift", [-50, 0, 50])
def test_the_last_one_of_a_plate_that_has_drifted_is_hers(story: Story, drift: int) -> None:
    visit = story.anna.enters()
    story.shelf("cola", units=-1, before=540 + drift)
    assert story.lines(visit) == {"cola": 1}
    assert story.visit(visit).unclear == 0
