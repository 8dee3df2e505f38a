"""What a shopper had at the payment service goes with her: one card, or all of her; the jobs keep no name."""

from sqlmodel import select

from shop.domain import cards, customers, erasure, jobs
from shop.domain.customers import Customer, PaymentMethod, Shopper
from shop.domain.jobs import Status
from tests.shop.banks import Bank
from tests.shop.rigs import Mailbox, Round, SimulatedStripe


def erase_anna(round: Round) -> None:
    with round.database.transaction() as tx:
        her = tx.get_one(Customer, round.world.anna_id)
        shopper = Shopper(her.id, her.operator_id, her.email, her.language, her.blocked_at)
        erasure.erase(tx, shopper, her.email)


def test_a_removed_card_is_detached_and_the_others_stay(shop: Round, stripe: SimulatedStripe) -> None:
    with shop.database.transaction() as tx:
        her = tx.get_one(Customer, shop.world.anna_id)
        customer, method = str(her.provider_id), customers.default_method(tx, her.id)
        there = str(method.provider_id)
        cards.remove(tx, her.id, method.id)
    assert there in stripe.cards_of(customer)
    shop.work()
    assert there not in stripe.cards_of(customer)
    [job] = shop.jobs("forget_card")
    assert (job.status, job.payload) == (Status.DONE, {})


def test_an_erased_shopper_is_deleted_there_with_all_her_cards(shop: Round, stripe: SimulatedStripe) -> None:
    with shop.database.reading() as tx:
        customer = str(tx.get_one(Customer, shop.world.anna_id).provider_id)
    erase_anna(shop)
    shop.work()
    assert stripe.ask("GET", f"/v1/customers/{customer}") == {
        "id": customer,
        "object": "customer",
        "deleted": True,
    }
    for job in (*shop.jobs("forget_card"), *shop.jobs("forget_customer")):
        assert (job.status, job.payload) == (Status.DONE, {})


def test_what_the_payment_service_does_not_know_is_forgotten_already(
    shop: Round, stripe: SimulatedStripe
) -> None:
    with shop.database.transaction() as tx:
        row = tx.exec(select(PaymentMethod).where(PaymentMethod.customer_id == shop.world.anna_id)).one()
        row.provider_id = "pm_nobody"
        tx.get_one(Customer, shop.world.anna_id).provider_id = "cus_nobody"
    erase_anna(shop)
    shop.work()
    assert [job.status for job in shop.jobs("forget_customer")] == [Status.DONE]
    assert [job.status for job in shop.jobs("forget_card")] == [Status.DONE]


def test_nothing_is_mailed_to_whom_we_forgot(banked: Round, mailbox: Mailbox, bank: Bank) -> None:
    visit_id = banked.walk_in()
    banked.leave_paid_with(visit_id, colas=1)
    mailbox.mails.clear()
    erase_anna(banked)
    with banked.database.transaction() as tx:
        operator = banked.world.operator_id
        jobs.add(tx, operator_id=operator, store_id=None, kind="mail_receipt", subject=visit_id)
    banked.work()
    assert mailbox.mails == []
    assert len(bank.forgotten) == 2


def test_a_card_page_opened_while_she_was_erased_leaves_no_new_name_behind(banked: Round, bank: Bank) -> None:
    with banked.database.transaction() as tx:
        her = tx.get_one(Customer, banked.world.anna_id)
        her.provider_id = None
        row = PaymentMethod(operator_id=her.operator_id, customer_id=her.id)
        tx.add_all([her, row])
        jobs.add(
            tx,
            operator_id=her.operator_id,
            store_id=None,
            kind="card_setup",
            subject=row.id,
            method_id=row.id,
        )
    make = bank.create_customer

    def make_while_she_goes(**wish: str) -> str:
        erase_anna(banked)
        return make(**wish)

    bank.create_customer = make_while_she_goes  # type: ignore[method-assign]
    banked.work()
    with banked.database.reading() as tx:
        assert tx.get_one(Customer, banked.world.anna_id).provider_id is None
    assert f"cus_{banked.world.anna_id}" in bank.forgotten
