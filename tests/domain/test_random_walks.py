"""A visit pushed about at random: whatever happens in whatever order, money, goods and states agree."""

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, col, select

from shop.db import Database
from shop.domain import (
    basket,
    catalog,
    collection,
    ending,
    lifecycle,
    payments,
    reviews,
    settlement,
)
from shop.domain.catalog import Offer
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.domain.receipts import Receipt
from shop.domain.stock import Reason, StockMovement
from shop.domain.visit_states import FINAL, Event, State, allows
from tests.domain.visits_at import requested, seen_now
from tests.domain.world import World

BEGINNINGS = ["outside", "at the door", "inside", "paying", "leaving unpaid"]
REACHED = {  # by these walks, which are the same each time
    State.SHOPPING,
    State.SETTLING,
    State.PAYMENT_DUE,
    State.IN_REVIEW,
    State.SETTLED,
    State.EMPTY,
    State.ABANDONED,
}
SKUS = st.sampled_from(["milk", "cola", "cheese"])


class Walk(RuleBasedStateMachine):
    """Jobs are done by the rules, in any order; nothing is committed."""

    database: Database
    world: World
    seen: Counter[State]

    def __init__(self) -> None:
        super().__init__()
        self._reading = self.database.reading()
        self.tx: Session = self._reading.__enter__()
        self.visit = requested(self.tx, self.world)
        self.look()

    @initialize(begins=st.sampled_from(BEGINNINGS), items=st.integers(1, 20))
    def begins_anywhere(self, begins: str, items: int) -> None:
        """Far along too, because chance alone seldom comes so far."""
        if begins == "outside":
            return
        collection.told(self.tx, self.hold.id, IntentState("held", provider_id="pi_hold"))
        if begins == "at the door":
            return
        lifecycle.advance(self.tx, self.visit, Event.DOOR_OPENED)
        basket.sensed(self.tx, self.visit, self.offer("cheese"), items, seen_now())
        if begins == "paying":
            ending.order(self.tx, self.visit)
        if begins in ("paying", "leaving unpaid"):
            ending.end(self.tx, self.visit)

    def teardown(self) -> None:
        self._reading.__exit__(None, None, None)

    @property
    def state(self) -> State:
        return State(self.visit.state)

    @property
    def hold(self) -> Payment:
        return self.tx.get_one(Payment, self.visit.hold_id)

    def look(self) -> None:
        """What is in the database now, read once for each step."""
        self.tx.flush()
        mine = self.visit.id
        ready = select(Job).where(Job.status == Status.READY).order_by(col(Job.created_at))
        self.jobs = list(self.tx.exec(ready))
        self.payments = payments.of_visit(self.tx, mine)
        self.entries = list(self.tx.exec(select(LedgerEntry).where(LedgerEntry.visit_id == mine)))
        self.movements = list(self.tx.exec(select(StockMovement).where(StockMovement.visit_id == mine)))
        self.receipts = list(self.tx.exec(select(Receipt).where(Receipt.visit_id == mine)))

    def offer(self, sku: str) -> Offer:
        return catalog.offer_by_sku(self.tx, self.visit.store_id, sku)

    def waiting(self, kind: str) -> list[Job]:
        return [job for job in self.jobs if job.kind == kind]

    def done(self, job: Job) -> Payment:
        job.status = Status.DONE
        self.tx.add(job)
        return self.tx.get_one(Payment, job.payload["payment_id"])

    # the bank

    @precondition(lambda self: self.hold.status in ("asked", "action"))
    @rule(status=st.sampled_from(["held", "action", "declined"]))
    def the_bank_answers_the_wish_for_a_hold(self, status: str) -> None:
        told = IntentState(status, provider_id="pi_hold")  # type: ignore[arg-type]
        collection.told(self.tx, self.hold.id, told)

    @precondition(lambda self: self.waiting("capture"))
    @rule(works=st.booleans())
    def the_bank_captures(self, works: bool) -> None:
        job = self.waiting("capture")[0]
        payment = self.done(job)
        if works and payment.status == "held":
            cents = job.payload["amount_cents"]
            assert 0 < cents <= payment.amount_cents
            told = IntentState("captured", provider_id="pi_hold", captured_cents=cents)
            collection.told(self.tx, payment.id, told)
        else:
            collection.gone(self.tx, payment.id, "refused")

    @precondition(lambda self: self.waiting("charge"))
    @rule(status=st.sampled_from(["captured", "declined", "action"]))
    def the_bank_charges(self, status: str) -> None:
        payment = self.done(self.waiting("charge")[0])
        self.charged(payment, status)

    @precondition(lambda self: any(p.kind == "charge" and p.status == "action" for p in self.payments))
    @rule(status=st.sampled_from(["captured", "declined"]))
    def she_answers_her_bank(self, status: str) -> None:
        waiting = [p for p in self.payments if p.kind == "charge" and p.status == "action"]
        self.charged(waiting[0], status)

    def charged(self, payment: Payment, status: str) -> None:
        cents = payment.amount_cents if status == "captured" else 0
        told = IntentState(status, provider_id=f"pi_{payment.id}", captured_cents=cents)  # type: ignore[arg-type]
        collection.told(self.tx, payment.id, told)

    @precondition(lambda self: self.waiting("release_hold"))
    @rule()
    def the_bank_releases(self) -> None:
        payment = self.done(self.waiting("release_hold")[0])
        collection.told(self.tx, payment.id, IntentState("released"))

    # the door and the shelves

    @rule(event=st.sampled_from([Event.UNLOCKED, Event.UNLOCK_FAILED, Event.DOOR_OPENED, Event.LATE_PICK]))
    def a_device_reports(self, event: Event) -> None:
        no_bolt_moved = self.state is State.ABANDONED and self.hold.status in ("asked", "action")
        if allows(self.state, event) and not (event is Event.DOOR_OPENED and no_bolt_moved):
            lifecycle.advance(self.tx, self.visit, event)

    @precondition(lambda self: self.state is State.SHOPPING)
    @rule(sku=SKUS, count=st.integers(1, 12))
    def goods_leave_a_shelf(self, sku: str, count: int) -> None:
        basket.sensed(self.tx, self.visit, self.offer(sku), count, seen_now())

    @precondition(lambda self: self.state is State.SHOPPING)
    @rule()
    def a_pick_is_unclear(self) -> None:
        self.visit.unclear += 1

    # the shopper

    @precondition(lambda self: self.state is State.SHOPPING)
    @rule(sku=SKUS, count=st.integers(0, 5))
    def she_corrects(self, sku: str, count: int) -> None:
        basket.correct(self.tx, self.visit, sku, count)

    @precondition(lambda self: self.state is State.SHOPPING)
    @rule()
    def she_orders(self) -> None:
        ending.order(self.tx, self.visit)

    @precondition(lambda self: self.state is State.SHOPPING)
    @rule()
    def she_leaves(self) -> None:
        ending.end(self.tx, self.visit)

    @precondition(lambda self: self.state is State.PAYMENT_DUE)
    @rule()
    def she_pays_what_is_due(self) -> None:
        if self.hold.status != "held":
            settlement.charge_anew(self.tx, self.visit)
        lifecycle.advance(self.tx, self.visit, Event.PAY)

    @precondition(lambda self: allows(self.state, Event.CANCELLED))
    @rule()
    def she_cancels(self) -> None:
        lifecycle.advance(self.tx, self.visit, Event.CANCELLED)

    # time and people

    @precondition(lambda self: self.state not in FINAL | {State.IN_REVIEW})
    @rule()
    def time_runs_out(self) -> None:
        ending.time_out(self.tx, self.visit, self.state)

    @precondition(lambda self: self.state is State.IN_REVIEW)
    @rule(action=st.sampled_from(sorted(reviews.ACTIONS)))
    def a_person_decides(self, action: str) -> None:
        possible = {"waive": True, "charge": self.visit.items > 0, "release": not self.visit.booked}
        if possible[action]:
            reviews.resolve(
                self.tx, self.visit, action=action, quantities={}, reason="looked", actor="staff:1"
            )

    # what must always hold

    @invariant()
    def everything_agrees(self) -> None:
        self.look()
        self.the_books_balance()
        self.money_came_only_for_a_booked_sale()
        self.goods_left_the_stock_exactly_when_they_were_sold_or_given()
        self.nothing_is_forgotten()

    def the_books_balance(self) -> None:
        bookings: Counter[str] = Counter()
        accounts: Counter[Account] = Counter()
        for entry in self.entries:
            bookings[entry.booking] += entry.cents
            accounts[entry.account] += entry.cents
        assert not any(bookings.values())
        assert accounts[Account.RECEIVABLE] == self.visit.open_cents
        assert accounts[Account.CARD] == self.visit.paid_cents
        assert self.visit.paid_cents == sum(payment.captured_cents for payment in self.payments)

    def money_came_only_for_a_booked_sale(self) -> None:
        if self.visit.paid_cents or self.state in (State.SETTLING, State.PAYMENT_DUE):
            assert self.visit.booked
        if self.state in (State.EMPTY, State.ABANDONED, State.REFUSED):
            assert not self.visit.booked
        if self.state is State.SETTLED:
            assert self.visit.open_cents <= 0
        if not self.visit.waived_cents:
            # else a charge may already have been beyond recall when a person waived it
            assert self.visit.paid_cents <= self.visit.total_cents

    def goods_left_the_stock_exactly_when_they_were_sold_or_given(self) -> None:
        gone: Counter[Reason] = Counter()
        for movement in self.movements:
            gone[movement.reason] -= movement.quantity
        given = self.state is State.SETTLED and not self.visit.booked
        assert gone[Reason.SOLD] == (self.visit.items if self.visit.booked else 0)
        assert gone[Reason.WAIVED] == (self.visit.items if given else 0)
        assert len(self.receipts) == int(self.visit.booked)

    def nothing_is_forgotten(self) -> None:
        """At its end no payment can still take her money; before it, something wakes a waiting visit."""
        if self.state in FINAL:
            asked = ("release_hold", "place_hold", "charge")
            on_the_way = {job.payload["payment_id"] for kind in asked for job in self.waiting(kind)}
            for payment in self.payments:
                assert payment.status not in ("held", "action") or payment.id in on_the_way
        if self.state in (State.PAYMENT_DUE, State.SETTLING, State.UNLOCKED, State.SHOPPING):
            assert any(job.payload["state"] == self.state for job in self.waiting("time_out"))
        self.seen[self.state] += 1


def test_books_goods_and_states_agree_on_every_way(sqlite: tuple[Database, World]) -> None:
    seen: Counter[State] = Counter()
    walk = type("WalkHere", (Walk,), {"database": sqlite[0], "world": sqlite[1], "seen": seen})
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            derandomize=True,
            phases=[Phase.generate],  # a walk is short enough to read; to shorten it takes a minute
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(seen) >= REACHED
