"""What stays wrong when nobody asks; the worker's rounds put it right, once, however often they go."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from shop.adapters import stripe_payments
from shop.domain import basket, clearing, clock, ending, watch
from shop.domain.customers import Customer, default_method
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account
from shop.domain.payments import Payment
from shop.work import rounds
from tests.domain.world import COLA
from tests.jobs import do_one
from tests.shop.rigs import Round, SimulatedStripe

COLA_CENTS = 124
CREATE = r"/v1/payment_intents$"


@pytest.fixture
def stripe() -> Iterator[SimulatedStripe]:
    """An account of its own: a round looks at everything that was ever begun there."""
    with SimulatedStripe.started() as running:
        yield running


@pytest.fixture(autouse=True)
def time_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for everything that happened in a test to be history."""
    monkeypatch.setattr(clearing, "UNKNOWN_AFTER", timedelta(seconds=-2))
    monkeypatch.setattr(watch, "ORPHANED_AFTER", timedelta(seconds=-2))
    monkeypatch.setattr(rounds, "LONGEST_LOOK", timedelta(days=2))


def go(shop: Round, kind: str, times: int = 2) -> None:
    """Twice, because what is done must not be done again."""
    rounds.begin(shop.means)
    for _ in range(times):
        shop.hurry(kind)
        shop.work()


def gives_up(shop: Round, kind: str) -> None:
    """The job was tried for half an hour, in vain."""
    with shop.database.transaction() as tx:
        tx.execute(update(Job).where(col(Job.kind) == kind).values(status=Status.DEAD))


def told(shop: Round, kind: str) -> list[dict[str, Any]]:
    return [incident.evidence for incident in shop.incidents() if incident.kind == kind]


def at_stripe(stripe: SimulatedStripe, visit_id: str) -> list[tuple[str, int]]:
    return sorted((intent["status"], intent["amount_received"]) for intent in stripe.intents_of(visit_id))


def lost_hold(shop: Round, stripe: SimulatedStripe) -> str:
    """Stripe placed it; we never heard, not even by webhook, and she went home."""
    stripe.fault(CREATE, "timeout_after_work", seconds=0)
    visit_id = shop.ask_to_enter()
    shop.work()
    gives_up(shop, "place_hold")
    shop.hurry("time_out", state="requested")
    shop.work()
    assert shop.visit(visit_id).state == "abandoned"
    return visit_id


def test_a_hold_whose_answer_was_lost_is_found_and_freed(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = lost_hold(shop, stripe)
    assert at_stripe(stripe, visit_id) == [("requires_capture", 0)]
    assert shop.payments(visit_id)[0].status == "asked"
    go(shop, "clear_payments")
    assert at_stripe(stripe, visit_id) == [("canceled", 0)]
    assert shop.payments(visit_id)[0].status == "released"
    assert len(shop.jobs("release_hold")) == 1
    assert [fact["now"] for fact in told(shop, "payment_cleared_up")] == ["held"]


def test_the_look_at_all_that_was_begun_finds_it_too(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = lost_hold(shop, stripe)
    go(shop, "clear_strangers")
    assert at_stripe(stripe, visit_id) == [("canceled", 0)]
    assert shop.payments(visit_id)[0].status == "released"


def test_a_hold_that_was_never_placed_is_over(shop: Round, stripe: SimulatedStripe) -> None:
    stripe.fault(CREATE, "http_500", when="before")
    visit_id = shop.ask_to_enter()
    shop.work()
    gives_up(shop, "place_hold")
    shop.hurry("time_out", state="requested")
    shop.work()
    go(shop, "clear_payments")
    assert stripe.intents_of(visit_id) == []
    assert shop.payments(visit_id)[0].status == "released"
    assert shop.jobs("release_hold") == []


def test_a_capture_whose_answer_was_lost_is_booked(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    stripe.fault(r"/capture$", "timeout_after_work", seconds=0)
    shop.leave_paid_with(visit_id, colas=2)
    gives_up(shop, "capture")
    shop.hurry("time_out", state="settling")
    shop.work()
    assert (shop.visit(visit_id).state, shop.visit(visit_id).paid_cents) == ("in_review", 0)
    assert at_stripe(stripe, visit_id) == [("succeeded", 2 * COLA_CENTS)]
    go(shop, "clear_payments")
    assert (shop.visit(visit_id).state, shop.visit(visit_id).paid_cents) == ("settled", 2 * COLA_CENTS)
    assert shop.booked(visit_id)[Account.CARD] == 2 * COLA_CENTS


def test_a_payment_that_is_on_its_way_is_left_alone(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with_the_help_of_another(visit_id, colas=1)
    do_one(shop.means)  # settled; the capture waits
    assert clearing.in_doubt(shop.database.look, shop.world.operator_id) == []
    gives_up(shop, "capture")
    assert len(clearing.in_doubt(shop.database.look, shop.world.operator_id)) == 1


def placed_by_hand(
    shop: Round, stripe: SimulatedStripe, *, how: str = "manual", **metadata: str
) -> dict[str, Any]:
    with shop.database.reading() as tx:
        anna = tx.get_one(Customer, shop.world.anna_id)
    named = {"operator": "witzenhausen", "store": "witzenhausen", "visit": "V", "payment": "P"} | metadata
    wish = {
        "amount": "500",
        "currency": "eur",
        "customer": str(anna.provider_id),
        "payment_method": card_of(shop),
        "capture_method": how,
        "confirm": "true",
        "allowed_payment_method_types[]": "card",
    }
    form = wish | {f"metadata[{name}]": value for name, value in named.items()}
    made: dict[str, Any] = stripe.ask("POST", "/v1/payment_intents", form=form)
    return made


def card_of(shop: Round) -> str:
    with shop.database.reading() as tx:
        return str(default_method(tx, shop.world.anna_id).provider_id)


def status(stripe: SimulatedStripe, intent: dict[str, Any]) -> str:
    return str(stripe.ask("GET", f"/v1/payment_intents/{intent['id']}")["status"])


def test_a_hold_that_no_book_knows_is_released(shop: Round, stripe: SimulatedStripe) -> None:
    """The rows of that visit went with the old disk."""
    unknown = placed_by_hand(shop, stripe)
    theirs = placed_by_hand(shop, stripe, operator="somebody-else")
    assert status(stripe, unknown) == "requires_capture"
    go(shop, "clear_strangers")
    assert (status(stripe, unknown), status(stripe, theirs)) == ("canceled", "requires_capture")
    assert [(fact["intent"], fact["cents"]) for fact in told(shop, "unknown_hold")] == [(unknown["id"], 500)]


def test_the_look_turns_every_page(
    shop: Round, stripe: SimulatedStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_payments, "PAGE", 2)
    placed = {placed_by_hand(shop, stripe)["id"] for _ in range(5)}
    now, minute = clock.now(), timedelta(minutes=1)
    found = list(shop.means.payments.begun(since=now - minute, until=now + minute))
    assert {each.state.provider_id for each in found} == placed
    assert {each.amount_cents for each in found} == {500}
    assert list(shop.means.payments.begun(since=now - 9 * minute, until=now - 8 * minute)) == []


def test_of_several_under_one_name_the_one_with_the_money_counts(
    shop: Round, stripe: SimulatedStripe
) -> None:
    taken = placed_by_hand(shop, stripe, how="automatic")
    placed_by_hand(shop, stripe)
    with shop.database.reading() as tx:
        customer = str(tx.get_one(Customer, shop.world.anna_id).provider_id)
    asked = {"customer": customer, "since": clock.now() - timedelta(minutes=1)}
    found = shop.means.payments.search(payment_id="P", **asked)  # type: ignore[arg-type]
    assert found is not None
    assert (found.provider_id, found.status) == (taken["id"], "captured")
    assert shop.means.payments.search(payment_id="Q", **asked) is None  # type: ignore[arg-type]


def test_a_second_hold_for_one_visit_is_released(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    second = placed_by_hand(shop, stripe, visit=visit_id, payment=shop.payments(visit_id)[0].id)
    go(shop, "clear_strangers")
    assert status(stripe, second) == "canceled"
    assert at_stripe(stripe, visit_id) == [("canceled", 0), ("requires_capture", 0)]
    assert [incident.visit_id for incident in shop.incidents()] == [visit_id]


def test_money_taken_that_no_book_knows_is_an_alarm(shop: Round, stripe: SimulatedStripe) -> None:
    taken = placed_by_hand(shop, stripe, how="automatic")
    go(shop, "clear_strangers")
    assert [(fact["intent"], fact["cents"]) for fact in told(shop, "unknown_charge")] == [(taken["id"], 500)]
    assert status(stripe, taken) == "succeeded"  # a person gives it back


def runs_out_in(shop: Round, visit_id: str, hours: float) -> None:
    with shop.database.transaction() as tx:
        hold = tx.get_one(Payment, shop.payments(visit_id)[0].id)
        hold.capture_before = clock.now() + timedelta(hours=hours)
        tx.add(hold)


def test_what_she_ordered_is_captured_before_the_hold_runs_out(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with_the_help_of_another(visit_id, colas=1)
    do_one(shop.means)
    gives_up(shop, "capture")
    shop.hurry("time_out", state="settling")
    shop.work()
    assert shop.visit(visit_id).state == "in_review"
    runs_out_in(shop, visit_id, hours=20)
    go(shop, "clear_holds")
    assert shop.visit(visit_id).state == "settled"
    assert at_stripe(stripe, visit_id) == [("succeeded", COLA_CENTS)]
    assert [fact["done"] for fact in told(shop, "hold_runs_out")] == ["captured"]


def test_what_she_never_ordered_is_not_captured_but_let_go(shop: Round, stripe: SimulatedStripe) -> None:
    """The contract needs her button: she pays by a new charge."""
    visit_id = shop.walk_in()
    shop.change(visit_id, lambda tx, visit: basket.scan(tx, visit, COLA.gtin, 1))
    shop.change(visit_id, ending.end)
    runs_out_in(shop, visit_id, hours=20)
    go(shop, "clear_holds")
    assert shop.visit(visit_id).state == "payment_due"
    assert at_stripe(stripe, visit_id) == [("canceled", 0)]
    assert [fact["done"] for fact in told(shop, "hold_runs_out")] == ["released"]
    shop.pay_what_is_due(visit_id)
    assert shop.visit(visit_id).state == "settled"


def test_staff_is_asked_while_there_is_time_to_decide(shop: Round, stripe: SimulatedStripe) -> None:
    visit_id = shop.walk_in()
    shop.change(visit_id, lambda tx, visit: basket.scan(tx, visit, COLA.gtin, 1))
    shop.change(visit_id, lambda _, visit: setattr(visit, "unclear", 1))
    shop.change(visit_id, ending.end)
    runs_out_in(shop, visit_id, hours=20)
    go(shop, "clear_holds")
    assert at_stripe(stripe, visit_id) == [("requires_capture", 0)]
    assert [fact["done"] for fact in told(shop, "hold_runs_out")] == ["decide"]
    runs_out_in(shop, visit_id, hours=1)
    go(shop, "clear_holds")
    assert at_stripe(stripe, visit_id) == [("canceled", 0)]
    assert [fact["done"] for fact in told(shop, "hold_runs_out")] == ["decide", "released"]
    assert shop.visit(visit_id).state == "in_review"
