"""Whole visits through the worker, the real Stripe adapter and a simulated Stripe."""

import pytest

from shop.domain import basket, ending, jobs, lifecycle
from shop.domain.customers import Customer, PaymentMethod, default_method
from shop.domain.jobs import Status
from shop.domain.ledger import Account
from shop.domain.payments import of_visit
from shop.domain.visit_states import Event
from tests.domain.world import PENCIL
from tests.jobs import do_one
from tests.shop.rigs import Round, SimulatedStripe, make_known

COLA_CENTS = 124  # with its deposit
CREATE = r"/v1/payment_intents$"
CAPTURE = r"/capture$"
TROUBLE = ("timeout_after_work", "reset", "http_500", "conflict_409", "rate_limit_429")
REST_CENTS = 50 * COLA_CENTS - 5000  # of a basket above the hold


def captured(stripe: SimulatedStripe, visit_id: str) -> list[int]:
    return [i["amount_received"] for i in stripe.intents_of(visit_id) if i["amount_received"]]


def states(stripe: SimulatedStripe, visit_id: str) -> list[str]:
    return sorted(intent["status"] for intent in stripe.intents_of(visit_id))


def test_a_visit_is_held_settled_and_captured_to_the_cent(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    assert states(stripe, visit_id) == ["requires_capture"]
    shop.leave_paid_with(visit_id, colas=3)
    visit = shop.visit(visit_id)
    assert (visit.state, visit.paid_cents) == ("settled", 3 * COLA_CENTS)
    assert captured(stripe, visit_id) == [3 * COLA_CENTS]
    assert states(stripe, visit_id) == ["succeeded"]
    assert shop.booked(visit_id)[Account.CARD] == 3 * COLA_CENTS
    assert shop.booked(visit_id)[Account.RECEIVABLE] == 0


def test_taking_nothing_frees_the_hold(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=0)
    assert shop.visit(visit_id).state == "empty"
    assert states(stripe, visit_id) == ["canceled"]


@pytest.mark.parametrize("fault", TROUBLE)
@pytest.mark.parametrize("call", [CREATE, CAPTURE])
def test_an_answer_that_never_came_leaves_one_hold_and_one_capture(
    shop: Round, stripe: SimulatedStripe, fault: str, call: str
) -> None:
    stripe.fault(call, fault, seconds=0, when="after")
    visit_id = shop.ask_to_enter()
    shop.work()
    shop.hurry("place_hold")
    shop.work()
    shop.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.DOOR_OPENED))
    shop.leave_paid_with(visit_id, colas=2)
    shop.hurry("capture")
    shop.work()
    assert shop.visit(visit_id).state == "settled"
    assert states(stripe, visit_id) == ["succeeded"]
    assert captured(stripe, visit_id) == [2 * COLA_CENTS]
    assert [job.attempts for job in shop.jobs("place_hold") + shop.jobs("capture")].count(2) == 1


def test_a_declined_card_is_told_no(shop: Round, stripe: SimulatedStripe) -> None:
    make_known(shop.database, shop.world, stripe, "pm_card_chargeCustomerFail")
    visit_id = shop.ask_to_enter()
    shop.work()
    visit = shop.visit(visit_id)
    assert (visit.state, visit.reason) == ("refused", "card_declined")
    assert shop.payments(visit_id)[0].decline_code == "generic_decline"


def test_a_card_that_stripe_does_not_know_is_told_no(shop: Round, stripe: SimulatedStripe) -> None:
    anna = stripe.customer_with("pm_card_visa")
    stripe.ask("POST", f"/v1/payment_methods/{anna[1]}/detach", form={})
    with shop.database.transaction() as tx:
        default_method(tx, shop.world.anna_id).provider_id = anna[1]
    visit_id = shop.ask_to_enter()
    shop.work()
    assert (shop.visit(visit_id).state, shop.visit(visit_id).reason) == ("refused", "card_declined")


def test_her_bank_asks_and_she_proves_who_she_is(shop: Round, stripe: SimulatedStripe) -> None:
    make_known(shop.database, shop.world, stripe, "pm_card_authenticationRequired")
    visit_id = shop.ask_to_enter()
    shop.work()
    hold = shop.payments(visit_id)[0]
    assert shop.visit(visit_id).state == "authenticating"
    assert str(hold.action_url).startswith(stripe.url)
    stripe.authenticate(str(hold.provider_id))
    shop.news(str(hold.provider_id), times=3)
    assert shop.visit(visit_id).state == "admitted"
    assert len(shop.jobs("unlock")) == 1


def test_her_bank_asks_and_she_fails(shop: Round, stripe: SimulatedStripe) -> None:
    make_known(shop.database, shop.world, stripe, "pm_card_authenticationRequired")
    visit_id = shop.ask_to_enter()
    shop.work()
    hold = shop.payments(visit_id)[0]
    stripe.authenticate(str(hold.provider_id), passed=False)
    shop.news(str(hold.provider_id))
    assert (shop.visit(visit_id).state, shop.visit(visit_id).reason) == ("refused", "authentication_failed")


def test_her_bank_asks_and_she_does_not_answer(shop: Round, stripe: SimulatedStripe) -> None:
    make_known(shop.database, shop.world, stripe, "pm_card_authenticationRequired")
    visit_id = shop.ask_to_enter()
    shop.work()
    shop.hurry("time_out", state="authenticating")
    shop.work()
    assert shop.visit(visit_id).state == "abandoned"
    assert states(stripe, visit_id) == ["canceled"]


def test_a_hold_that_comes_after_she_gave_up_is_released(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.ask_to_enter()
    stripe.fault(CREATE, "timeout_after_work", seconds=0)
    shop.work()
    assert states(stripe, visit_id) == ["requires_capture"]
    shop.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.CANCELLED))
    shop.hurry("place_hold")
    shop.work()
    assert shop.visit(visit_id).state == "abandoned"
    assert states(stripe, visit_id) == ["canceled"]
    assert shop.payments(visit_id)[0].status == "released"


def test_news_brings_back_a_hold_whose_answer_was_lost(shop: Round, stripe: SimulatedStripe) -> None:
    """Our call never heard the answer; the webhook names our payment."""
    visit_id = shop.ask_to_enter()
    stripe.fault(CREATE, "timeout_after_work", seconds=0)
    shop.work()
    shop.news(stripe.intents_of(visit_id)[0]["id"])
    assert shop.visit(visit_id).state == "admitted"
    shop.hurry("place_hold")
    shop.work()
    assert len(shop.jobs("unlock")) == 1
    assert states(stripe, visit_id) == ["requires_capture"]


def test_giving_up_before_anybody_asked_leaves_stripe_alone(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.ask_to_enter()
    shop.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.CANCELLED))
    shop.work()
    assert stripe.intents_of(visit_id) == []


def test_a_basket_above_the_hold_is_captured_in_part_and_the_rest_is_due(
    shop: Round, stripe: SimulatedStripe
) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=50)
    visit = shop.visit(visit_id)
    assert (visit.state, visit.reason, visit.open_cents) == ("payment_due", "above_hold", REST_CENTS)
    shop.pay_what_is_due(visit_id)
    assert shop.visit(visit_id).state == "settled"
    assert sorted(captured(stripe, visit_id)) == sorted([5000, REST_CENTS])
    assert shop.booked(visit_id)[Account.RECEIVABLE] == 0


def test_a_charge_may_need_her_bank_too(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=50)
    make_known(shop.database, shop.world, stripe, "pm_card_authenticationRequired")
    shop.pay_what_is_due(visit_id)
    charge = shop.payments(visit_id)[1]
    assert shop.visit(visit_id).state == "settling"
    assert str(charge.action_url).startswith(stripe.url)
    stripe.authenticate(str(charge.provider_id))
    shop.news(str(charge.provider_id), times=2)
    assert shop.visit(visit_id).state == "settled"
    assert shop.booked(visit_id)[Account.CARD] == 50 * COLA_CENTS


def test_a_charge_that_is_declined_stays_due(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=50)
    make_known(shop.database, shop.world, stripe, "pm_card_chargeCustomerFail")
    shop.pay_what_is_due(visit_id)
    assert (shop.visit(visit_id).state, shop.visit(visit_id).reason) == ("payment_due", "capture_failed")
    make_known(shop.database, shop.world, stripe)
    shop.pay_what_is_due(visit_id)
    assert shop.visit(visit_id).state == "settled"


def test_a_hold_that_ran_out_turns_into_a_payment_due(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    hold = str(shop.payments(visit_id)[0].provider_id)
    stripe.ask("POST", "/_sim/expire_hold", body={"payment_intent": hold})
    shop.leave_paid_with(visit_id, colas=1)
    assert (shop.visit(visit_id).state, shop.visit(visit_id).reason) == ("payment_due", "capture_failed")
    shop.news(hold)
    shop.pay_what_is_due(visit_id)
    assert shop.visit(visit_id).state == "settled"
    assert captured(stripe, visit_id) == [COLA_CENTS]


def test_a_sum_below_the_smallest_charge_is_given_up(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.change(visit_id, lambda tx, visit: basket.scan(tx, visit, PENCIL.gtin, 1))
    shop.change(visit_id, ending.order)
    shop.change(visit_id, ending.say_left)
    shop.hurry("end_visit")
    shop.work()
    visit = shop.visit(visit_id)
    assert (visit.state, visit.paid_cents, visit.waived_cents) == ("settled", 0, 30)
    assert states(stripe, visit_id) == ["canceled"]


def test_repeated_and_overtaken_news_changes_nothing(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    hold = str(shop.payments(visit_id)[0].provider_id)
    shop.news(hold, times=2)
    shop.leave_paid_with(visit_id, colas=1)
    shop.news(hold, times=3)
    assert shop.visit(visit_id).paid_cents == COLA_CENTS
    assert shop.booked(visit_id)[Account.CARD] == COLA_CENTS
    assert len(shop.jobs("mail_receipt")) == 1
    assert shop.incidents() == []


def test_news_about_somebody_elses_payment_is_ignored(shop: Round, stripe: SimulatedStripe) -> None:
    customer, method = stripe.customer_with("pm_card_visa")
    wish = {"amount": "500", "currency": "eur", "customer": customer, "payment_method": method}
    foreign = stripe.ask("POST", "/v1/payment_intents", form=wish)["id"]
    shop.news(foreign)
    shop.news("pi_nobody")
    assert [job.status for job in shop.jobs("payment_news")] == [Status.DONE] * 2
    assert shop.incidents() == []


def test_a_card_is_saved_by_news_and_an_expired_page_never_unsaves_it(
    shop: Round, stripe: SimulatedStripe
) -> None:
    with shop.database.transaction() as tx:
        anna = tx.get_one(Customer, shop.world.anna_id)
        anna.provider_id = None
        method = PaymentMethod(operator_id=anna.operator_id, customer_id=anna.id)
        tx.add_all([anna, method])
        jobs.add(
            tx,
            operator_id=anna.operator_id,
            store_id=None,
            kind="card_setup",
            subject=method.id,
            method_id=method.id,
        )
    shop.work()
    with shop.database.reading() as tx:
        opened = tx.get_one(PaymentMethod, method.id)
        assert tx.get_one(Customer, anna.id).provider_id is not None
    assert opened.status == "open"
    shop.card_news(str(opened.setup_session))  # too early: she has typed nothing yet
    typed = {"cardNumber": "4242424242424242", "cardExpiry": "1234", "cardCvc": "123"}
    back = stripe.browse(str(opened.setup_url).removeprefix(stripe.url), typed)
    assert back == f"http://shop.test/cards/{method.id}"
    for _ in range(2):
        shop.card_news(str(opened.setup_session))
    with shop.database.reading() as tx:
        saved = tx.get_one(PaymentMethod, method.id)
    assert (saved.status, saved.brand, saved.last4, saved.setup_url) == ("saved", "visa", "4242", None)


def test_a_capture_that_is_impossible_is_told_to_staff_and_asked_for_anew(
    shop: Round, stripe: SimulatedStripe
) -> None:
    visit_id = shop.walk_in()
    with shop.database.transaction() as tx:
        of_visit(tx, visit_id)[0].provider_id = "pi_lost"
    shop.leave_paid_with(visit_id, colas=1)
    assert shop.visit(visit_id).state == "payment_due"
    assert [incident.kind for incident in shop.incidents()] == ["payment_gone"]
    shop.pay_what_is_due(visit_id)
    assert shop.visit(visit_id).state == "settled"
    assert not do_one(shop.means)
