"""How jobs are claimed, finished, put off and given up, whatever they are about."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from shop import worker
from shop.domain import clock, collection, jobs, lifecycle, payments
from shop.domain.errors import PaymentUnavailable
from shop.domain.jobs import MAX_ATTEMPTS, Claimed, Status
from shop.domain.payments import Payment
from shop.domain.ports import IntentState
from shop.work import timers
from shop.work.handlers import AT_ONCE, HANDLERS
from shop.work.means import Effect, Means
from shop.worker import Worker, do_at_once
from tests.jobs import claim_one, do_one
from tests.shop.banks import Bank
from tests.shop.rigs import Round, eventually


def unreachable() -> None:
    raise PaymentUnavailable("no route")


def test_a_bank_out_of_reach_is_asked_again_with_the_same_key(banked: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    visit_id = banked.ask_to_enter()
    banked.work()
    waiting = banked.jobs("place_hold")[0]
    assert (waiting.status, waiting.attempts) == (Status.READY, 1)
    assert waiting.last_error == "PaymentUnavailable: no route"
    assert clock.now() < waiting.not_before < clock.now() + timedelta(seconds=2)
    bank.before_answer = lambda: None
    banked.hurry("place_hold")
    banked.work()
    assert banked.visit(visit_id).state == "admitted"
    assert bank.asked == [waiting.id] * 2


def test_the_pauses_grow(banked: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    banked.ask_to_enter()
    pauses = []
    for _ in range(4):
        banked.hurry("place_hold")
        before = clock.now()
        banked.work()
        pauses.append(round((banked.jobs("place_hold")[0].not_before - before).total_seconds()))
    assert pauses == [1, 2, 4, 8]


def test_a_job_given_up_raises_an_alarm_in_its_store(banked: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    visit_id = banked.ask_to_enter()
    for _ in range(MAX_ATTEMPTS + 2):
        banked.hurry("place_hold")
        banked.work()
    assert banked.jobs("place_hold")[0].status == Status.DEAD
    assert len(bank.asked) == MAX_ATTEMPTS
    alarm = banked.incidents()[0]
    assert (alarm.kind, alarm.severity, alarm.visit_id) == ("job_dead", "alarm", visit_id)
    assert alarm.evidence["job_kind"] == "place_hold"


def test_a_job_that_kills_its_process_is_given_up_too(banked: Round) -> None:
    banked.ask_to_enter()
    for _ in range(MAX_ATTEMPTS):
        assert claim_one(banked.means) is not None
        banked.hurry("place_hold")
    banked.work()
    assert banked.jobs("place_hold")[0].status == Status.DEAD


def test_whoever_lost_the_lease_leaves_no_second_effect(banked: Round, bank: Bank) -> None:
    """While one waits for the bank, its lease ends and another does the job."""

    def another_is_faster() -> None:
        bank.before_answer = lambda: None
        banked.hurry("place_hold")
        assert do_one(banked.means)

    bank.before_answer = another_is_faster
    visit_id = banked.ask_to_enter()
    assert do_one(banked.means)
    assert banked.visit(visit_id).state == "admitted"
    assert len(banked.jobs("unlock")) == 1


def test_an_effect_happens_once_even_if_two_come_to_the_end(
    banked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alarm(_means: Means, job: Claimed) -> Effect:
        return lambda tx: timers.stuck(tx, job)

    def slow(means: Means, job: Claimed) -> Effect:
        monkeypatch.setitem(HANDLERS, "mail_receipt", alarm)
        banked.hurry("mail_receipt")  # the lease ends, and another does it
        assert do_one(means)
        return alarm(means, job)

    visit_id = banked.walk_in()
    banked.change(visit_id, lambda tx, visit: jobs.timer(tx, visit, "mail_receipt", after_s=0))
    monkeypatch.setitem(HANDLERS, "mail_receipt", slow)
    assert do_one(banked.means)
    assert [incident.kind for incident in banked.incidents()] == ["stuck_inside"]


def test_a_timer_two_processes_see_runs_once(banked: Round) -> None:
    banked.walk_in()
    banked.hurry("stuck")
    [job_id] = jobs.due(banked.means.look, "worker", ["stuck"], 5)
    with ThreadPoolExecutor() as processes:
        done = list(processes.map(lambda _: do_at_once(banked.means, job_id), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert [incident.kind for incident in banked.incidents()] == ["stuck_inside"]


def test_a_timer_that_fails_leaves_nothing_and_is_tried_again_until_given_up(
    banked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(tx: Session, job: Claimed) -> None:
        timers.stuck(tx, job)
        raise ValueError("anna@example.org")

    visit_id = banked.walk_in()
    monkeypatch.setitem(AT_ONCE, "stuck", fails)
    banked.hurry("stuck")
    banked.work()
    job = banked.jobs("stuck")[0]
    assert (job.status, job.attempts, banked.incidents()) == (Status.READY, 1, [])
    assert str(job.last_error).startswith("ValueError at ")
    for _ in range(MAX_ATTEMPTS):
        banked.hurry("stuck")
        banked.work()
    assert banked.jobs("stuck")[0].status == Status.DEAD
    assert [(i.kind, i.visit_id) for i in banked.incidents()] == [("job_dead", visit_id)]


def test_whoever_lost_the_lease_cannot_put_a_finished_job_off(banked: Round, bank: Bank) -> None:
    def another_is_faster() -> None:
        bank.before_answer = lambda: None
        banked.hurry("place_hold")
        assert do_one(banked.means)
        unreachable()

    bank.before_answer = another_is_faster
    banked.ask_to_enter()
    banked.work()
    assert banked.jobs("place_hold")[0].status == Status.DONE


def test_an_effect_that_fails_leaves_nothing_and_its_text_is_not_told(
    banked: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("anna@example.org")

    visit_id = banked.ask_to_enter()
    monkeypatch.setattr(lifecycle, "tell", fails)
    with caplog.at_level(logging.INFO):
        banked.work()
    job = banked.jobs("place_hold")[0]
    assert (job.status, banked.visit(visit_id).state) == (Status.READY, "requested")
    assert banked.payments(visit_id)[0].provider_id is None
    assert str(job.last_error).startswith("ValueError at ")
    assert "anna" not in caplog.text + str(job.last_error)


def test_money_is_booked_once_even_if_told_as_captured_twice(banked: Round) -> None:
    visit_id = banked.about_to_settle()
    banked.work()
    hold = banked.payments(visit_id)[0]
    told = IntentState("captured", hold.provider_id, captured_cents=hold.captured_cents)
    for _ in range(3):
        with banked.database.transaction() as tx:
            assert collection.told_unasked(tx, replace(told))
    assert banked.visit(visit_id).paid_cents == hold.captured_cents == 506
    with banked.database.reading() as tx:
        assert tx.get_one(Payment, hold.id).status == "captured"


def test_nobody_is_asked_about_a_payment_that_is_captured(banked: Round) -> None:
    visit_id = banked.about_to_settle()
    banked.work()
    asked: list[str] = []
    banked.means.payments.look_up = asked.append  # type: ignore[assignment, method-assign]
    banked.news(str(banked.payments(visit_id)[0].provider_id), times=2)
    assert asked == []
    assert [job.status for job in banked.jobs("payment_news")] == [Status.DONE] * 2


def test_news_of_a_capture_that_overtakes_its_answer_is_no_news(banked: Round, bank: Bank) -> None:
    [hold] = banked.payments(banked.about_to_settle())

    def arrived(*statuses: str) -> bool | None:
        return payments.has_arrived(banked.means.look, str(hold.provider_id), frozenset(statuses))

    meanwhile: list[bool | None] = []
    bank.before_answer = lambda: meanwhile.extend([arrived("captured"), arrived("released")])
    assert not arrived("captured")
    banked.work()
    assert meanwhile == [True, False]
    assert (arrived("captured"), arrived("released")) == (True, False)


def test_money_for_a_visit_that_owes_nothing_is_booked_and_reported(banked: Round) -> None:
    visit_id = banked.walk_in()
    banked.leave_paid_with(visit_id, colas=0)
    told = IntentState("captured", banked.payments(visit_id)[0].provider_id, captured_cents=700)
    banked.means.payments.look_up = lambda _: told  # type: ignore[assignment, method-assign]
    banked.news(str(told.provider_id))
    assert {incident.kind for incident in banked.incidents()} == {"captured_too_much", "unexpected_news"}
    assert banked.visit(visit_id).paid_cents == 700


def test_a_living_worker_keeps_what_it_waits_for(
    banked: Round, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW_EVERY_S", 0.0)
    answered = threading.Event()
    bank.before_answer = lambda: answered.wait(30)
    running = Worker(banked.means, threads=1)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        visit_id = banked.ask_to_enter()
        leases: set[datetime | None] = set()

        def is_renewed() -> bool:
            leases.update(job.lease_until for job in banked.jobs("place_hold"))
            return len(leases - {None}) > 2

        eventually(is_renewed)
        answered.set()
        eventually(lambda: banked.visit(visit_id).state == "admitted")
    finally:
        answered.set()
        running.stop()
        thread.join()
    assert len(bank.asked) == 1


def test_who_finishes_a_job_goes_on_with_what_came_of_it(banked: Round) -> None:
    banked.about_to_settle()
    assert do_one(banked.means)  # ends the visit
    capture = claim_one(banked.means)
    assert capture is not None
    mail = worker.do(banked.means, capture, goes_on=lambda: True)
    assert mail is not None
    assert (capture.kind, mail.kind, mail.attempts) == ("capture", "mail_receipt", 1)
    assert [job.status for job in banked.jobs("mail_receipt")] == [Status.RUNNING]


def test_a_worker_that_shall_stop_does_not_go_on(banked: Round, bank: Bank) -> None:
    running = Worker(banked.means, threads=1)
    bank.before_answer = running.stop
    visit_id = banked.ask_to_enter()
    banked.change(visit_id, lambda tx, visit: jobs.timer(tx, visit, "mail_receipt", after_s=0))
    running.run()
    assert [job.status for job in banked.jobs("place_hold")] == [Status.DONE]
    assert [(job.status, job.attempts) for job in banked.jobs("mail_receipt")] == [(Status.READY, 0)]
