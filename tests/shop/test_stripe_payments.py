"""The Stripe adapter against a simulated Stripe that answers as Stripe documents it."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from shop.adapters import stripe_payments
from shop.adapters.stripe_payments import StripePayments
from shop.domain.errors import PaymentGone, PaymentUnavailable
from shop.domain.ids import new
from shop.domain.ports import IntentState
from tests.shop.rigs import SimulatedStripe

SECRET = "whsec_simulated"
CREATE = r"/v1/payment_intents$"


@pytest.fixture
def payments(stripe: SimulatedStripe) -> StripePayments:
    return StripePayments(stripe.key, stripe.url)


class Card:
    """A customer's card, and holds and charges on it."""

    def __init__(self, stripe: SimulatedStripe, payments: StripePayments, name: str) -> None:
        self.customer, self.method = stripe.customer_with(name)
        self.stripe, self.payments = stripe, payments
        self.visit = new()

    def hold(self, cents: int = 5000, *, key: str | None = None) -> IntentState:
        return self.payments.place_hold(**self._wish(cents, key))

    def charge(self, cents: int, *, key: str | None = None) -> IntentState:
        return self.payments.charge(**self._wish(cents, key))

    def _wish(self, cents: int, key: str | None) -> stripe_payments.Wish:
        return {
            "key": key or new(),
            "customer": self.customer,
            "method": self.method,
            "amount_cents": cents,
            "return_url": "http://shop.test/?visit=1",
            "metadata": {"visit": self.visit, "payment": f"pay-{self.visit}", "operator": "o", "store": "s"},
        }

    def intents(self) -> list[str]:
        return [intent["status"] for intent in self.stripe.intents_of(self.visit)]


@pytest.fixture
def visa(stripe: SimulatedStripe, payments: StripePayments) -> Card:
    return Card(stripe, payments, "pm_card_visa")


def test_a_hold_stands_until_it_runs_out_and_names_our_payment(visa: Card) -> None:
    hold = visa.hold()
    assert (hold.status, hold.captured_cents) == ("held", 0)
    assert hold.payment_id == f"pay-{visa.visit}"
    assert hold.capture_before is not None
    assert hold.capture_before > datetime.now(UTC) + timedelta(days=4)


def test_the_same_key_places_one_hold(visa: Card) -> None:
    assert visa.hold(key="k-" + visa.visit) == visa.hold(key="k-" + visa.visit)
    assert visa.intents() == ["requires_capture"]


def test_one_capture_takes_the_exact_amount_and_frees_the_rest(visa: Card, payments: StripePayments) -> None:
    hold = visa.hold()
    taken = payments.capture(key=new(), provider_id=str(hold.provider_id), amount_cents=1234)
    assert (taken.status, taken.captured_cents) == ("captured", 1234)
    state = visa.stripe.ask("GET", "/_sim/state")
    assert hold.provider_id not in [row["id"] for row in state["open_holds"]]
    assert state["captured"][hold.provider_id] == 1234


def test_a_second_capture_or_a_late_release_tells_where_the_money_is(
    visa: Card, payments: StripePayments
) -> None:
    provider_id = str(visa.hold().provider_id)
    payments.capture(key=new(), provider_id=provider_id, amount_cents=700)
    again = payments.capture(key=new(), provider_id=provider_id, amount_cents=700)
    released = payments.release(key=new(), provider_id=provider_id)
    assert [(s.status, s.captured_cents) for s in (again, released)] == [("captured", 700)] * 2


def test_a_released_hold_is_released_for_good(visa: Card, payments: StripePayments) -> None:
    provider_id = str(visa.hold().provider_id)
    assert payments.release(key=new(), provider_id=provider_id).status == "released"
    assert payments.release(key=new(), provider_id=provider_id).status == "released"
    assert payments.capture(key=new(), provider_id=provider_id, amount_cents=500).status == "released"


def test_a_no_from_the_bank_is_an_answer(stripe: SimulatedStripe, payments: StripePayments) -> None:
    card = Card(stripe, payments, "pm_card_chargeCustomerFail")
    for told in (card.hold(), card.charge(100)):
        assert (told.status, told.decline_code) == ("declined", "generic_decline")
        assert payments.look_up(str(told.provider_id)) == told


def test_a_bank_that_wants_to_ask_her_names_the_page(
    stripe: SimulatedStripe, payments: StripePayments
) -> None:
    card = Card(stripe, payments, "pm_card_authenticationRequired")
    asked = card.hold()
    assert asked.status == "action"
    assert str(asked.action_url).startswith(stripe.url)
    stripe.authenticate(str(asked.provider_id))
    assert payments.look_up(str(asked.provider_id)).status == "held"


def test_failing_to_prove_who_she_is_declines(stripe: SimulatedStripe, payments: StripePayments) -> None:
    asked = Card(stripe, payments, "pm_card_authenticationRequired").charge(300)
    stripe.authenticate(str(asked.provider_id), passed=False)
    told = payments.look_up(str(asked.provider_id))
    assert (told.status, told.decline_code) == ("declined", "payment_intent_authentication_failure")


def test_a_charge_takes_the_money_at_once(visa: Card) -> None:
    charge = visa.charge(899)
    assert (charge.status, charge.captured_cents) == ("captured", 899)


@pytest.mark.parametrize("fault", ["conflict_409", "rate_limit_429", "reset", "timeout_after_work"])
def test_trouble_on_the_way_asks_to_try_again_and_has_one_effect(visa: Card, fault: str) -> None:
    visa.stripe.fault(CREATE, fault, seconds=0)
    with pytest.raises(PaymentUnavailable):
        visa.hold(key="k-" + visa.visit)
    assert visa.hold(key="k-" + visa.visit).status == "held"
    assert visa.intents() == ["requires_capture"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stored_server_error_does_not_lose_or_double_a_hold(visa: Card, when: str) -> None:
    """Stripe stores a 500 under its key and would answer it for a day."""
    visa.stripe.fault(CREATE, "http_500", when=when)
    with pytest.raises(PaymentUnavailable):
        visa.hold(key="k-" + visa.visit)
    assert visa.hold(key="k-" + visa.visit).status == "held"
    assert visa.hold(key="k-" + visa.visit).status == "held"
    assert visa.intents() == ["requires_capture"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stored_server_error_does_not_lose_or_double_a_capture(
    visa: Card, payments: StripePayments, when: str
) -> None:
    provider_id, key = str(visa.hold().provider_id), new()
    visa.stripe.fault(r"/capture$", "http_500", when=when)
    with pytest.raises(PaymentUnavailable):
        payments.capture(key=key, provider_id=provider_id, amount_cents=420)
    taken = payments.capture(key=key, provider_id=provider_id, amount_cents=420)
    assert (taken.status, taken.captured_cents) == ("captured", 420)


def test_a_slow_answer_is_not_waited_for(visa: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_payments, "TIMEOUT_S", 0.3)
    impatient = StripePayments(visa.stripe.key, visa.stripe.url)
    visa.stripe.fault(CREATE, "slow", seconds=1.5)
    visa.payments = impatient
    began = time.monotonic()
    with pytest.raises(PaymentUnavailable):
        visa.hold()
    assert time.monotonic() - began < 1.4


def test_nobody_there_asks_to_try_again(visa: Card) -> None:
    visa.payments = StripePayments("sk_test_x", "http://127.0.0.1:9")
    with pytest.raises(PaymentUnavailable):
        visa.hold()


def test_a_wrong_key_asks_to_try_again_because_somebody_will_correct_it(visa: Card) -> None:
    visa.payments = StripePayments("sk_test_wrong", visa.stripe.url)
    with pytest.raises(PaymentUnavailable) as told:
        visa.hold()
    assert "sk_test_wrong" not in str(told.value)


def test_what_stripe_does_not_know_is_gone(payments: StripePayments) -> None:
    with pytest.raises(PaymentGone):
        payments.look_up("pi_nobody")
    with pytest.raises(PaymentGone):
        payments.capture(key=new(), provider_id="pi_nobody", amount_cents=100)
    with pytest.raises(PaymentGone):
        payments.card_setup("cs_test_nobody")


def test_a_card_is_saved_on_the_hosted_page(stripe: SimulatedStripe, payments: StripePayments) -> None:
    customer = payments.create_customer(key=new(), customer_id="anna", email="anna@example.org")
    page = payments.start_card_setup(
        key=new(), customer=customer, method_id="m1", return_url="http://shop.test/?card=m1", language="de"
    )
    assert page.status == "open"
    typed = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}
    back = stripe.browse(str(page.url).removeprefix(stripe.url), typed)
    assert back == "http://shop.test/?card=m1"
    saved = payments.card_setup(page.session_id)
    assert (saved.status, saved.brand, saved.last4) == ("saved", "visa", "4242")
    assert (saved.exp_month, saved.exp_year) == (12, 2034)
    assert str(saved.method_id).startswith("pm_")


def test_a_page_that_expired_saved_nothing(stripe: SimulatedStripe, payments: StripePayments) -> None:
    customer = payments.create_customer(key=new(), customer_id="anna", email="anna@example.org")
    page = payments.start_card_setup(
        key=new(), customer=customer, method_id="m1", return_url="http://shop.test/", language="en"
    )
    stripe.ask("POST", f"/v1/checkout/sessions/{page.session_id}/expire", form={})
    assert payments.card_setup(page.session_id).status == "failed"


def test_a_live_key_never_leaves_for_another_address() -> None:
    with pytest.raises(ValueError, match="live"):
        StripePayments("sk_live_x", "https://api.stripe.com.example.org")
