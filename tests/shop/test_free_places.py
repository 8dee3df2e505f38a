"""Before a full store: told once when there is room, not for ever, and not who went in anyway."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from shop.domain import clock, ending, free_places
from shop.domain.customers import Customer, Shopper
from shop.domain.errors import Refusal
from shop.domain.jobs import Job, Status
from shop.domain.tenancy import Store
from tests.domain.visits_at import requested
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round


def ask(tx: Session, round: Round) -> None:
    ben = tx.get_one(Customer, round.world.ben_id)
    shopper = Shopper(ben.id, ben.operator_id, ben.email, ben.language, None)
    free_places.ask(tx, shopper, tx.get_one(Store, round.world.store_id))


@pytest.fixture
def full(banked: Round) -> tuple[Round, str]:
    """Anna is inside, nobody else may be; Ben wants to be told. Her visit's id."""
    with banked.database.transaction() as tx:
        tx.get_one(Store, banked.world.store_id).max_inside = 1
    visit_id = banked.walk_in()
    with banked.database.transaction() as tx:
        ask(tx, banked)
    return banked, visit_id


def look_again(round: Round) -> Job:
    round.hurry(free_places.KIND)
    round.work()
    [job] = round.jobs(free_places.KIND)
    return job


def leaves(round: Round, visit_id: str) -> None:
    round.change(visit_id, ending.say_left)
    round.hurry("end_visit")
    round.work()


def test_who_waits_is_told_once_when_somebody_has_left(full: tuple[Round, str], mailbox: Mailbox) -> None:
    round, visit_id = full
    assert look_again(round).status == Status.READY
    assert mailbox.mails == []
    leaves(round, visit_id)
    assert look_again(round).status == Status.DONE
    [(to, subject, text)] = mailbox.mails
    assert (to, subject) == ("ben@example.org", "In Dorfladen witzenhausen ist wieder Platz")
    assert f"{PUBLIC_URL}/?store=witzenhausen\n" in text
    look_again(round)
    assert len(mailbox.mails) == 1


def test_asking_twice_is_one_wish(full: tuple[Round, str]) -> None:
    round, _ = full
    with round.database.transaction() as tx:
        ask(tx, round)
    assert len(round.jobs(free_places.KIND)) == 1


def test_nobody_waits_longer_than_two_hours(full: tuple[Round, str], mailbox: Mailbox) -> None:
    round, visit_id = full
    [job] = round.jobs(free_places.KIND)
    with round.database.transaction() as tx:
        tx.get_one(Job, job.id).created_at -= free_places.PATIENCE + timedelta(seconds=1)
    leaves(round, visit_id)
    assert look_again(round).status == Status.DONE
    assert mailbox.mails == []


def test_who_went_in_meanwhile_hears_nothing(full: tuple[Round, str], mailbox: Mailbox) -> None:
    round, visit_id = full
    with round.database.transaction() as tx:
        requested(tx, round.world, customer_id=round.world.ben_id)
    leaves(round, visit_id)
    assert look_again(round).status == Status.DONE
    assert mailbox.mails == []


def test_who_erased_her_account_hears_nothing(full: tuple[Round, str], mailbox: Mailbox) -> None:
    round, visit_id = full
    with round.database.transaction() as tx:
        tx.get_one(Customer, round.world.ben_id).erased_at = clock.now()
    leaves(round, visit_id)
    assert look_again(round).status == Status.DONE
    assert mailbox.mails == []


def test_a_store_with_room_is_no_reason_to_wait(banked: Round) -> None:
    with banked.database.transaction() as tx, pytest.raises(Refusal, match="store_has_room"):
        ask(tx, banked)
