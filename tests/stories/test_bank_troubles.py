"""When the bank is slow, gone or contradicts itself, the books stay true."""

from shop.domain.ledger import Account
from shop.domain.visit_states import State
from tests.domain.world import CHEESE, STOCK
from tests.stories.story import Story

AWAY = "PaymentUnavailable: no route"
CUT = "PaymentUnavailable: the line was cut before the answer"


def test_a_capture_the_bank_refuses_becomes_a_payment_due(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.bank.captures_fail = True
    story.anna.leaves()

    assert story.state(visit) is State.PAYMENT_DUE
    assert story.visit(visit).reason == "capture_failed"
    assert story.bank.taken(visit) == 0
    assert story.books(visit)[Account.RECEIVABLE] == CHEESE.price

    story.anna.pays()  # by a new charge, for the hold is gone
    assert story.state(visit) is State.SETTLED
    assert (story.bank.taken(visit), story.bank.held(visit)) == (CHEESE.price, 0)


def test_a_capture_whose_answer_is_lost_is_made_once(story: Story) -> None:
    story.expected_troubles = {CUT}
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.bank.lost_answers = 1
    story.anna.leaves()
    story.wait(10)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price
    assert story.books(visit)[Account.CARD] == CHEESE.price


def test_news_of_what_we_know_already_changes_nothing(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.anna.leaves()
    before = story.books(visit)
    story.hears_from_bank(visit)
    story.hears_from_bank(visit)

    assert story.books(visit) == before
    assert story.state(visit) is State.SETTLED
    assert story.incidents() == []


def left_while_the_bank_was_away(story: Story) -> str:
    """Long enough for the visit to come before a person."""
    story.expected_troubles = {AWAY}
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.bank.out_of_reach = True
    story.anna.leaves()
    story.wait(1000)
    return visit


def test_a_bank_out_of_reach_brings_the_visit_before_a_person_and_is_still_paid_once(story: Story) -> None:
    visit = left_while_the_bank_was_away(story)
    assert story.state(visit) is State.IN_REVIEW
    assert story.visit(visit).reason == "capture_took_too_long"

    story.bank.out_of_reach = False
    story.wait(600)
    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price
    assert Account.RECEIVABLE not in story.books(visit)
    assert story.on_hand("cheese") == STOCK - 1


def test_a_person_and_a_late_capture_together_take_the_money_once(story: Story) -> None:
    """She orders the charge while the old capture is still on its way."""
    visit = left_while_the_bank_was_away(story)
    story.resolve(visit, "charge")
    story.bank.out_of_reach = False
    story.wait(900)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price
    assert story.books(visit)[Account.CARD] == CHEESE.price


def test_a_declined_charge_stays_due_and_can_be_tried_again(story: Story) -> None:
    visit = due_after_a_failed_capture(story)
    story.bank.charges_answer = "declined"
    story.anna.pays()
    assert story.state(visit) is State.PAYMENT_DUE
    assert story.bank.taken(visit) == 0

    story.bank.charges_answer = "captured"
    story.anna.pays()
    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price


def test_a_charge_may_ask_her_to_prove_it_is_she(story: Story) -> None:
    visit = due_after_a_failed_capture(story)
    story.bank.charges_answer = "action"
    story.anna.pays()
    assert story.state(visit) is State.SETTLING
    story.bank.authenticated(visit)
    story.hears_from_bank(visit)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price


def test_a_waived_bill_cannot_be_charged_later(story: Story) -> None:
    """She was about to prove it was she when a person gave her the goods: that charge must not go through."""
    visit = due_after_a_failed_capture(story)
    story.bank.charges_answer = "action"
    story.anna.pays()
    story.wait(1000)
    assert story.state(visit) is State.IN_REVIEW
    story.resolve(visit, "waive")
    story.wait(60)

    assert story.state(visit) is State.SETTLED
    assert story.bank.held(visit) == 0  # no charge waits for her any more
    assert story.books(visit)[Account.WAIVED] == CHEESE.price


def test_a_capture_that_is_tried_again_takes_nothing_from_who_was_let_go(story: Story) -> None:
    """The bank comes back after a person has given her the goods, and hears of the capture first."""
    visit = left_while_the_bank_was_away(story)
    story.resolve(visit, "waive")
    story.wait(90)
    story.bank.out_of_reach = False
    story.wait(900)

    assert story.state(visit) is State.SETTLED
    assert (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)
    assert story.books(visit)[Account.WAIVED] == CHEESE.price


def test_a_charge_that_is_tried_again_takes_nothing_from_who_was_let_go(story: Story) -> None:
    story.expected_troubles = {AWAY}
    visit = due_after_a_failed_capture(story)
    story.bank.out_of_reach = True
    story.anna.pays()
    story.wait(1000)
    story.resolve(visit, "waive")
    story.wait(60)
    story.bank.out_of_reach = False
    story.wait(900)

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == 0


def test_what_was_taken_before_she_was_let_go_is_told_as_an_alarm(story: Story) -> None:
    """The bank had made the charge, and its answer was lost: somebody has to give her money back."""
    story.expected_troubles = {AWAY, CUT}
    visit = due_after_a_failed_capture(story)
    story.bank.lost_answers = 1
    story.anna.pays()
    story.bank.out_of_reach = True
    story.wait(1000)
    story.resolve(visit, "waive")
    story.bank.out_of_reach = False
    story.wait(900)

    assert story.bank.taken(visit) == CHEESE.price
    assert "captured_too_much" in story.incidents(still_open=True)


def test_a_second_try_has_its_own_full_time(story: Story) -> None:
    """The timer of the first collection must not cut the second one short."""
    visit = due_after_a_failed_capture(story)
    story.wait(880)
    story.bank.charges_answer = "action"
    story.anna.pays()
    story.wait(60)  # beyond the first timer, far from the second
    assert story.state(visit) is State.SETTLING


def due_after_a_failed_capture(story: Story) -> str:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.bank.captures_fail = True
    story.anna.leaves()
    assert story.state(visit) is State.PAYMENT_DUE
    return visit
