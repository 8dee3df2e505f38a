"""The comparison with Stripe's file sees every way in which the two can differ."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, update

from shop.db import Database
from shop.domain import collection
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import visit_in
from tests.domain.world import World
from tests.rush.compare import Movement, compared

CENTS = 248  # two colas with their deposit
Told = list[Movement]


@pytest.fixture
def sold(sqlite: tuple[Database, World]) -> tuple[Database, Told]:
    """One settled visit, and what Stripe wrote down of it."""
    database, world = sqlite
    with database.transaction() as tx:
        visit = visit_in(tx, world, State.SETTLING)
        hold = tx.get_one(Payment, visit.hold_id)
        told = IntentState("captured", provider_id=hold.provider_id, captured_cents=CENTS)
        collection.told(tx, hold.id, told)
    about = {"payment_intent": hold.provider_id, "metadata": {"visit": visit.id, "payment": hold.id}}
    return database, [
        {"kind": "hold", "amount": 5000, **about},
        {"kind": "capture", "amount": CENTS, **about},
        {"kind": "release", "amount": 5000 - CENTS, **about},
    ]


def test_books_and_file_that_agree_leave_nothing_to_say(sold: tuple[Database, Told]) -> None:
    database, movements = sold
    with database.reading() as tx:
        found = compared(tx, movements)
    assert found == {
        "settled": 1,
        "payments_compared": 1,
        "movements_compared": 3,
        "taken_cents": CENTS,
        "double_charges": 0,
        "lost": 0,
        "broken": [],
    }


def again(movements: Told, **other: Any) -> Told:
    return [*movements, {**movements[1], **other}]


WRONG: dict[str, tuple[Callable[[Told], Told], str, str]] = {
    "taken twice": (again, "double_charges", "charged twice"),
    "taken by a second intent": (
        lambda told: again(told, payment_intent="pi_2"),
        "double_charges",
        "more than one intent",
    ),
    "a cent too few": (lambda told: [told[0], {**told[1], "amount": CENTS - 1}], "lost", "money lost"),
    "never taken": (lambda told: told[:1], "lost", "captured 0"),
    "never held": (lambda told: told[1:], "broken", "held []"),
    "nobody's": (
        lambda told: again(told, metadata={"payment": "P", "visit": "V"}),
        "broken",
        "which we do not know",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_difference_is_seen(sold: tuple[Database, Told], what: str) -> None:
    change, counter, words = WRONG[what]
    database, movements = sold
    with database.reading() as tx:
        found = compared(tx, change(movements))
    assert found[counter]
    assert any(words in problem for problem in found["broken"]), found["broken"]


def test_a_payment_that_the_books_forgot_is_seen(sold: tuple[Database, Told]) -> None:
    database, movements = sold

    def forget(tx: Session) -> None:
        tx.execute(update(Payment).values(status="held", captured_cents=0))
        tx.execute(update(Visit).values(paid_cents=0))

    with database.reading() as tx:
        forget(tx)
        problems = " ".join(compared(tx, movements)["broken"])
    assert "held here, captured [248] there" in problems
    assert "0 in the books, 248 taken" in problems
