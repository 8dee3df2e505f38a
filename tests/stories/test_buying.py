"""Visits that go as they should, and the turns they take on the way."""

from shop.domain.ledger import Account
from shop.domain.visit_states import State
from tests.domain.world import CHEESE, COLA, MILK, STOCK
from tests.stories.story import Story

COLA_WITH_DEPOSIT = COLA.price + COLA.deposit


def test_a_shopper_pays_for_what_she_takes(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(2, "cola")
    story.anna.takes(1, "milk")
    story.anna.pays()
    story.anna.leaves()

    total = 2 * COLA_WITH_DEPOSIT + MILK.price
    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == total
    assert story.bank.held(visit) == 0
    assert story.books(visit)[Account.CARD] == total
    assert Account.RECEIVABLE not in story.books(visit)
    assert (story.on_hand("cola"), story.on_hand("milk")) == (STOCK - 2, STOCK - 1)
    receipt = story.receipt(visit)
    assert receipt is not None
    assert receipt.document["total_cents"] == total
    assert story.mails() == ["Ihr Kassenbon von Dorfladen witzenhausen"]
    assert story.incidents() == []


def test_what_is_taken_after_paying_joins_the_same_bill(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "milk")
    story.anna.pays()
    assert story.bank.taken(visit) == 0  # paying does not end a visit
    story.anna.takes(1, "cheese")
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == MILK.price + CHEESE.price


def test_a_friend_whose_door_she_held_shops_on_her_visit(story: Story) -> None:
    """Only she is known to be inside: what the friend takes is in her basket, for her to see."""
    visit = story.anna.enters()
    story.anna.takes(1, "milk")
    story.door_from_inside()  # she lets the friend in
    story.wait(10)
    story.shelf("cheese", units=-1)  # the friend's hand
    story.wait(25)
    assert story.state(visit) is State.SHOPPING  # not quiet for 30 s since
    assert story.lines(visit) == {"milk": 1, "cheese": 1}
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == MILK.price + CHEESE.price


def test_leaving_and_coming_back_at_once_makes_two_visits(story: Story) -> None:
    first = story.anna.enters()
    story.anna.takes(1, "milk")
    story.anna.pays()
    story.door_from_inside()
    second = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.anna.leaves()

    assert first != second
    assert [story.state(first), story.state(second)] == [State.SETTLED, State.SETTLED]
    assert [story.bank.taken(first), story.bank.taken(second)] == [MILK.price, CHEESE.price]


def test_coming_back_without_having_paid_is_answered_with_what_is_due(story: Story) -> None:
    first = story.anna.enters()
    story.anna.takes(1, "milk")
    story.door_from_inside()

    assert story.anna.is_refused() == "payment_due"
    assert story.visit(first).state == State.SHOPPING  # the refusal itself changed nothing
    story.wait(60)
    assert story.state(first) is State.PAYMENT_DUE


def test_whoever_takes_nothing_pays_nothing(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.leaves()

    assert story.state(visit) is State.EMPTY
    assert (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)
    assert story.receipt(visit) is None
    assert story.books(visit) == {}
    assert story.mails() == []


def test_taking_and_putting_back_leaves_nothing_to_pay(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(2, "cola")
    story.anna.puts_back(2, "cola")
    story.anna.leaves()

    assert story.state(visit) is State.EMPTY
    assert story.bank.taken(visit) == 0
    assert story.on_hand("cola") == STOCK


def test_a_part_put_back_is_not_charged(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(3, "cola")
    story.anna.scans("cola", 3)
    story.anna.puts_back(1, "cola")
    story.anna.pays()
    story.anna.leaves()

    assert story.bank.taken(visit) == 2 * COLA_WITH_DEPOSIT
    assert story.on_hand("cola") == STOCK - 2


def test_leaving_unpaid_becomes_a_payment_due_that_she_pays_later(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.leaves()

    assert story.state(visit) is State.PAYMENT_DUE
    assert story.visit(visit).reason == "left_unpaid"
    assert story.books(visit)[Account.RECEIVABLE] == CHEESE.price
    assert story.bank.taken(visit) == 0
    assert story.mails() == ["Ihr Einkauf bei Dorfladen witzenhausen ist noch offen"]

    story.wait(3600)
    story.anna.pays()
    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == CHEESE.price
    assert Account.RECEIVABLE not in story.books(visit)


def test_what_is_never_paid_comes_before_a_person(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.leaves()
    story.wait(4 * 86400)

    assert story.state(visit) is State.IN_REVIEW
    assert story.visit(visit).reason == "not_paid_in_time"
    assert story.books(visit)[Account.RECEIVABLE] == CHEESE.price


def test_above_the_hold_the_rest_becomes_a_payment_due(story: Story) -> None:
    story.configure(hold_cents=500)
    visit = story.anna.enters()
    story.anna.takes(2, "cheese")
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.PAYMENT_DUE
    assert story.bank.taken(visit) == 500  # never above the hold
    assert story.books(visit)[Account.RECEIVABLE] == 2 * CHEESE.price - 500

    story.anna.pays()
    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == 2 * CHEESE.price
    assert Account.RECEIVABLE not in story.books(visit)


def test_below_the_smallest_card_charge_nothing_is_taken(story: Story) -> None:
    visit = story.anna.enters()
    story.anna.scans("pencil")
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert (story.bank.taken(visit), story.bank.held(visit)) == (0, 0)
    assert story.books(visit)[Account.WAIVED] == 30
    assert story.on_hand("pencil") == -1  # never received in this shop, and gone all the same
    assert story.receipt(visit) is not None


def test_a_rest_below_the_smallest_charge_is_given_up(story: Story) -> None:
    story.configure(hold_cents=320)
    visit = story.anna.enters()
    story.anna.takes(1, "cheese")
    story.anna.pays()
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == 320
    assert story.books(visit)[Account.WAIVED] == CHEESE.price - 320


def test_walk_out_needs_no_button(story: Story) -> None:
    story.configure(checkout_mode="walk_out", walk_out_decision="2026-03-01, board")
    visit = story.anna.enters()
    story.anna.takes(1, "milk")
    story.anna.leaves()

    assert story.state(visit) is State.SETTLED
    assert story.bank.taken(visit) == MILK.price


def test_receipts_are_numbered_without_gaps(story: Story) -> None:
    numbers = []
    for _ in range(3):
        visit = story.anna.enters()
        story.anna.takes(1, "milk")
        story.anna.pays()
        story.anna.leaves()
        receipt = story.receipt(visit)
        assert receipt is not None
        numbers.append(receipt.number)
    assert numbers == [1, 2, 3]
