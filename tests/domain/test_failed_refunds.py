"""A refund that failed is asked for anew or paid by hand: whoever decides or hears what, she has it once."""

from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, select

from shop.db import Database
from shop.domain import failed_refunds, ledger, refunds
from shop.domain.audit import Audit
from shop.domain.errors import Refusal
from shop.domain.incidents import Incident
from shop.domain.jobs import Job
from shop.domain.ledger import Account
from shop.domain.ports import RefundState
from shop.domain.refunds import Refund
from shop.domain.visits import Visit
from tests.domain.test_concurrency import at_once
from tests.domain.test_refunds import COLA_CENTS, balanced, give_back, settled
from tests.domain.world import World

STAFF = "staff:1"
COLAS = 4


class Desk(RuleBasedStateMachine):
    """The bank pays or refuses what it was asked, its news come late, twice or never; a person decides."""

    database: Database
    world: World

    def __init__(self) -> None:
        super().__init__()
        self._reading = self.database.reading()
        self.tx: Session = self._reading.__enter__()
        self.visit = settled(self.tx, self.world, {"cola": COLAS})
        self.bank: dict[str, Literal["done", "failed"]] = {}  # what it has done with which refund of ours
        self.news: list[RefundState] = []  # everything it ever said
        self.by_hand = 0

    def teardown(self) -> None:
        self._reading.__exit__(None, None, None)

    @property
    def rows(self) -> list[Refund]:
        self.tx.flush()
        return refunds.of_visit(self.tx, self.visit.id)

    def says(self, row: Refund, status: Literal["done", "failed"]) -> None:
        self.bank[row.id] = status
        self.news.append(RefundState(status, f"re_{row.id}", row.id, why="lost_or_stolen_card"))

    @rule()
    def is_asked_for(self) -> None:
        with suppress(Refusal):
            give_back(self.tx, self.visit, "cola", 1)

    @precondition(lambda self: any(row.id not in self.bank for row in self.rows))
    @rule(data=st.data(), status=st.sampled_from(["done", "failed"]))
    def the_bank_decides(self, data: st.DataObject, status: Literal["done", "failed"]) -> None:
        self.says(data.draw(st.sampled_from([row for row in self.rows if row.id not in self.bank])), status)

    @precondition(lambda self: "done" in self.bank.values())
    @rule(data=st.data())
    def it_comes_back_from_the_bank(self, data: st.DataObject) -> None:
        paid = [row for row in self.rows if self.bank.get(row.id) == "done"]
        self.says(data.draw(st.sampled_from(paid)), "failed")

    @precondition(lambda self: self.news)
    @rule(data=st.data())
    def we_hear_of_it(self, data: st.DataObject) -> None:
        assert refunds.told(self.tx, data.draw(st.sampled_from(self.news)))

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def it_is_tried_again(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.rows))
        was_failed = row.status == "failed"
        try:
            refund, visit = failed_refunds.own(self.tx, self.world.operator_id, row.id)
        except Refusal:
            assert not was_failed
            return
        failed_refunds.try_again(self.tx, refund, visit, actor=STAFF)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def it_is_paid_by_hand(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.rows))
        with suppress(Refusal):
            refund, visit = failed_refunds.own(self.tx, self.world.operator_id, row.id)
            failed_refunds.pay_by_hand(self.tx, refund, visit, how="in cash", actor=STAFF)
            self.by_hand += refund.amount_cents

    @invariant()
    def she_never_gets_more_than_she_paid(self) -> None:
        amounts = {row.id: row.amount_cents for row in self.rows}
        paid_out = sum(amounts[refund] for refund, status in self.bank.items() if status == "done")
        assert paid_out + self.by_hand <= self.visit.paid_cents == COLAS * COLA_CENTS

    @invariant()
    def the_books_agree(self) -> None:
        balanced(self.tx, self.visit)

    @invariant()
    def what_failed_is_told_as_long_as_nobody_decided(self) -> None:
        query = select(Incident).where(Incident.visit_id == self.visit.id, Incident.kind == "refund_failed")
        told = {one.evidence["refund"] for one in self.tx.exec(query) if one.closed_at is None}
        assert told == {row.id for row in self.rows if row.status == "failed"}


def test_whatever_is_decided_and_told_in_whatever_order_she_gets_it_once(
    sqlite: tuple[Database, World],
) -> None:
    class Here(Desk):
        database, world = sqlite

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def failed(tx: Session, world: World) -> tuple[Visit, Refund]:
    visit = settled(tx, world, {"cola": 2})
    give_back(tx, visit, "cola", 1)
    [row] = refunds.of_visit(tx, visit.id)
    refunds.told(tx, RefundState("failed", "re_1", row.id, why="lost_or_stolen_card"))
    return visit, row


def decided(tx: Session, world: World, refund_id: str, how: str) -> None:
    refund, visit = failed_refunds.own(tx, world.operator_id, refund_id)
    if how == "retry":
        failed_refunds.try_again(tx, refund, visit, actor=STAFF)
    else:
        failed_refunds.pay_by_hand(tx, refund, visit, how=how, actor=STAFF)


def test_it_is_tried_again_under_a_key_of_its_own(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit, row = failed(tx, sqlite[1])
        assert failed_refunds.why(tx, row) == "lost_or_stolen_card"
        decided(tx, sqlite[1], row.id, "retry")
        old, anew = refunds.of_visit(tx, visit.id)
        assert (old.status, anew.status) == ("retried", "requested")
        assert (anew.amount_cents, anew.receipt_id) == (row.amount_cents, row.receipt_id)
        assert failed_refunds.attempts(tx, anew) == 2
        asked = [job.payload["refund_id"] for job in tx.exec(select(Job).where(Job.kind == "refund"))]
        assert sorted(asked) == sorted([old.id, anew.id])
        refunds.told(tx, RefundState("done", "re_2", anew.id))
        assert visit.refunded_cents == COLA_CENTS
        balanced(tx, visit)


def test_paid_by_hand_it_is_booked_apart_and_the_trail_says_how(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit, row = failed(tx, sqlite[1])
        decided(tx, sqlite[1], row.id, "in cash")
        assert visit.refunded_cents == 0
        assert ledger.balance(tx, visit.id, Account.BY_HAND) == -COLA_CENTS
        assert refunds.given_back(tx, row.receipt_id) == {"by_hand": COLA_CENTS}
        assert failed_refunds.waiting(tx, sqlite[1].operator_id) == []
        noted = tx.exec(select(Audit).where(Audit.action == "refund_by_hand")).one()
        assert (noted.actor, noted.detail["why"], noted.detail["cents"]) == (STAFF, "in cash", COLA_CENTS)


@pytest.mark.parametrize("hows", [["retry"], ["in cash"], ["retry", "in cash"]], ids=str)
def test_of_many_at_once_one_decides(database: Database, world: World, hows: list[str]) -> None:
    with database.transaction() as tx:
        visit, row = failed(tx, world)
    visit_id, refund_id = visit.id, row.id
    refused: list[str] = []

    def wish(how: str) -> None:
        try:
            with database.transaction() as tx:
                decided(tx, world, refund_id, how)
        except Refusal as refusal:
            refused.append(refusal.code)

    wishes = [lambda how=how: wish(how) for how in hows * 4]
    at_once(wishes)  # type: ignore[arg-type]
    assert refused == ["already_closed"] * (len(wishes) - 1)
    with database.reading() as tx:
        balanced(tx, tx.get_one(Visit, visit_id))
        assert (
            sum(r.amount_cents for r in refunds.of_visit(tx, visit_id) if r.status != "retried") == COLA_CENTS
        )
