"""How jobs are claimed, finished, put off and given up, whatever they are about."""

import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from shop.db import Database
from shop.domain import basket, clock, ending, jobs, lifecycle, sign_in
from shop.domain.customers import Customer
from shop.domain.errors import PaymentUnavailable
from shop.domain.jobs import MAX_ATTEMPTS, Job, Status
from shop.domain.payments import Payment
from shop.domain.ports import CardSetup, IntentState
from shop.domain.receipts import Receipt
from shop.domain.sign_in import SignInCode
from shop.domain.visit_states import Event
from shop.work.means import Means
from shop.worker import do_one
from tests.domain.world import COLA, MILK, World
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round


@dataclass
class Bank:
    """Grants everything; `before_answer` happens between its deed and our hearing of it."""

    before_answer: Callable[[], object] = lambda: None
    asked: list[str] = field(default_factory=list)

    def create_customer(self, *, key: str, customer_id: str, email: str) -> str:
        return f"cus_{customer_id}"

    def start_card_setup(
        self, *, key: str, customer: str, method_id: str, return_url: str, language: str
    ) -> CardSetup:
        return CardSetup(f"cs_{method_id}", f"https://bank.test/{language}", "open")

    def card_setup(self, session_id: str) -> CardSetup:
        return CardSetup(session_id, None, "saved", "pm_1", "visa", "4242", 12, 2034)

    def place_hold(self, *, key: str, amount_cents: int, metadata: dict[str, str], **_: str) -> IntentState:
        return self._answer(key, "held", f"hold-{metadata['payment']}")

    def charge(self, *, key: str, amount_cents: int, metadata: dict[str, str], **_: str) -> IntentState:
        return self._answer(key, "captured", f"charge-{metadata['payment']}", amount_cents)

    def capture(self, *, key: str, provider_id: str, amount_cents: int) -> IntentState:
        return self._answer(key, "captured", provider_id, amount_cents)

    def release(self, *, key: str, provider_id: str) -> IntentState:
        return self._answer(key, "released", provider_id)

    def look_up(self, provider_id: str) -> IntentState:
        return IntentState("held", provider_id)

    def _answer(self, key: str, status: str, provider_id: str, cents: int = 0) -> IntentState:
        self.asked.append(key)
        self.before_answer()
        return IntentState(status, provider_id, captured_cents=cents)  # type: ignore[arg-type]


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def shop(database: Database, world: World, bank: Bank, mailbox: Mailbox) -> Round:
    return Round(Means(database, bank, mailbox, PUBLIC_URL), world)


def unreachable() -> None:
    raise PaymentUnavailable("no route")


def ask_code(shop: Round, language: str = "de") -> None:
    with shop.database.transaction() as tx:
        sign_in.ask_code(tx, shop.world.operator_id, "dora@example.org", language)


def test_a_bank_out_of_reach_is_asked_again_with_the_same_key(shop: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    visit_id = shop.ask_to_enter()
    shop.work()
    waiting = shop.jobs("place_hold")[0]
    assert (waiting.status, waiting.attempts) == (Status.READY, 1)
    assert waiting.last_error == "PaymentUnavailable: no route"
    assert clock.now() < waiting.not_before < clock.now() + timedelta(seconds=2)
    bank.before_answer = lambda: None
    shop.hurry("place_hold")
    shop.work()
    assert shop.visit(visit_id).state == "admitted"
    assert bank.asked == [waiting.id] * 2


def test_the_pauses_grow(shop: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    shop.ask_to_enter()
    pauses = []
    for _ in range(4):
        shop.hurry("place_hold")
        before = clock.now()
        shop.work()
        pauses.append(round((shop.jobs("place_hold")[0].not_before - before).total_seconds()))
    assert pauses == [1, 2, 4, 8]


def test_a_job_given_up_raises_an_alarm_in_its_store(shop: Round, bank: Bank) -> None:
    bank.before_answer = unreachable
    visit_id = shop.ask_to_enter()
    for _ in range(MAX_ATTEMPTS + 2):
        shop.hurry("place_hold")
        shop.work()
    assert shop.jobs("place_hold")[0].status == Status.DEAD
    assert len(bank.asked) == MAX_ATTEMPTS
    alarm = shop.incidents()[0]
    assert (alarm.kind, alarm.severity, alarm.visit_id) == ("job_dead", "alarm", visit_id)
    assert alarm.evidence["job_kind"] == "place_hold"


def test_a_job_that_kills_its_process_is_given_up_too(shop: Round) -> None:
    shop.ask_to_enter()
    for _ in range(MAX_ATTEMPTS):
        with shop.database.transaction() as tx:
            assert jobs.claim(tx, "worker") is not None
        shop.hurry("place_hold")
    shop.work()
    assert shop.jobs("place_hold")[0].status == Status.DEAD


def test_whoever_lost_the_lease_leaves_no_second_effect(shop: Round, bank: Bank) -> None:
    """While one waits for the bank, its lease ends and another does the job."""

    def another_is_faster() -> None:
        bank.before_answer = lambda: None
        shop.hurry("place_hold")
        assert do_one(shop.means)

    bank.before_answer = another_is_faster
    visit_id = shop.ask_to_enter()
    assert do_one(shop.means)
    assert shop.visit(visit_id).state == "admitted"
    assert len(shop.jobs("unlock")) == 1


def test_whoever_lost_the_lease_cannot_put_a_finished_job_off(shop: Round, bank: Bank) -> None:
    def another_is_faster() -> None:
        bank.before_answer = lambda: None
        shop.hurry("place_hold")
        assert do_one(shop.means)
        unreachable()

    bank.before_answer = another_is_faster
    shop.ask_to_enter()
    shop.work()
    assert shop.jobs("place_hold")[0].status == Status.DONE


def test_an_effect_that_fails_leaves_nothing_and_its_text_is_not_told(
    shop: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("anna@example.org")

    visit_id = shop.ask_to_enter()
    monkeypatch.setattr(lifecycle, "tell", fails)
    with caplog.at_level(logging.INFO):
        shop.work()
    job = shop.jobs("place_hold")[0]
    assert (job.status, shop.visit(visit_id).state) == (Status.READY, "requested")
    assert shop.payments(visit_id)[0].provider_id is None
    assert str(job.last_error).startswith("ValueError at ")
    assert "anna" not in caplog.text + str(job.last_error)


# --- timers


def test_a_visit_nobody_ends_is_looked_at(shop: Round) -> None:
    visit_id = shop.walk_in()
    shop.change(visit_id, lambda tx, visit: basket.scan(tx, visit, COLA.gtin, 1))
    shop.hurry("time_out", state="shopping")
    shop.work()
    assert (shop.visit(visit_id).state, shop.visit(visit_id).reason) == ("in_review", "no_end_seen")


def test_somebody_inside_for_too_long_is_an_alarm(shop: Round) -> None:
    shop.walk_in()
    shop.hurry("stuck")
    shop.work()
    assert [incident.kind for incident in shop.incidents()] == ["stuck_inside"]


def test_a_timer_of_a_state_that_has_passed_means_nothing(shop: Round) -> None:
    visit_id = shop.walk_in()
    shop.hurry("time_out", state="requested")
    shop.hurry("time_out", state="admitted")
    shop.work()
    assert shop.visit(visit_id).state == "shopping"


def test_quiet_shelves_after_an_exit_end_the_visit(shop: Round) -> None:
    visit_id = shop.walk_in()
    long_ago = clock.now() - timedelta(minutes=5)

    def left(tx: object, visit: object) -> None:
        visit.exit_seen_at = long_ago  # type: ignore[attr-defined]

    shop.change(visit_id, left)
    shop.change(visit_id, lambda tx, visit: jobs.timer(tx, visit, "quiet", after_s=0))
    shop.work()
    assert shop.visit(visit_id).state == "empty"


def test_saying_twice_that_she_left_settles_once(shop: Round) -> None:
    visit_id = shop.walk_in()
    shop.change(visit_id, ending.say_left)
    shop.change(visit_id, ending.say_left)
    shop.leave_paid_with(visit_id, colas=1)
    with shop.database.reading() as tx:
        assert len(tx.exec(select(Receipt).where(Receipt.visit_id == visit_id)).all()) == 1
    assert shop.visit(visit_id).state == "settled"


# --- mails


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Ihr Anmeldecode: "), ("en", "Your sign-in code: ")]
)
def test_a_code_is_mailed_in_her_language_and_forgotten(
    shop: Round, mailbox: Mailbox, language: str, subject: str
) -> None:
    ask_code(shop, language)
    code = str(shop.jobs("mail_code")[0].payload["code"])
    shop.work()
    assert [(to, subj) for to, subj, _ in mailbox.mails] == [("dora@example.org", subject + code)]
    assert code in mailbox.mails[0][2]
    assert shop.jobs("mail_code")[0].payload == {}


def test_a_code_nobody_could_deliver_is_forgotten_too(
    shop: Round, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.out_of_order = smtplib.SMTPRecipientsRefused({"dora@example.org": (550, b"no such user")})
    ask_code(shop)
    for _ in range(MAX_ATTEMPTS):
        shop.hurry("mail_code")
        shop.work()
    job = shop.jobs("mail_code")[0]
    assert (job.status, job.payload) == (Status.DEAD, {})
    assert "dora" not in caplog.text + str(job.last_error)


def test_a_code_that_has_run_out_is_not_mailed(shop: Round, mailbox: Mailbox) -> None:
    ask_code(shop)
    with shop.database.transaction() as tx:
        tx.exec(select(Job).where(Job.kind == "mail_code")).one().created_at -= sign_in.CODE_VALID
        assert tx.exec(select(SignInCode)).one() is not None
    shop.work()
    assert mailbox.mails == []


def test_the_receipt_is_mailed_with_its_link(shop: Round, mailbox: Mailbox) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=2)
    with shop.database.reading() as tx:
        token = tx.exec(select(Receipt.token).where(Receipt.visit_id == visit_id)).one()
    to, subject, text = mailbox.mails[0]
    assert (to, subject) == ("anna@example.org", "Ihr Kassenbon von Dorfladen witzenhausen")
    assert f"{PUBLIC_URL}/r/{token}\n" in text
    assert "2,48\u00a0€" in text


def test_whoever_left_unpaid_is_mailed_what_is_due(shop: Round, mailbox: Mailbox) -> None:
    with shop.database.transaction() as tx:
        tx.get_one(Customer, shop.world.anna_id).language = "en"
    visit_id = shop.walk_in()
    shop.change(visit_id, lambda tx, visit: basket.scan(tx, visit, MILK.gtin, 1))
    shop.change(visit_id, ending.say_left)
    shop.hurry("end_visit")
    shop.work()
    _, subject, text = mailbox.mails[0]
    assert subject == "Your visit to Dorfladen witzenhausen is not paid yet"
    assert f"{PUBLIC_URL}/?visit={visit_id}\n" in text
    assert "€1.29" in text


# --- round trips


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement but BEGIN; commit and rollback do not pass a cursor."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def about_to_settle(shop: Round) -> str:
    visit_id = shop.walk_in()
    shop.work()

    def fill(tx: object, visit: object) -> None:
        for article in (COLA, MILK):
            basket.scan(tx, visit, article.gtin, 2)  # type: ignore[arg-type]
        ending.order(tx, visit)  # type: ignore[arg-type]
        ending.say_left(tx, visit)  # type: ignore[arg-type]

    shop.change(visit_id, fill)
    shop.hurry("end_visit")
    return visit_id


def test_settling_takes_at_most_ten_round_trips(shop: Round) -> None:
    visit_id = about_to_settle(shop)
    with statements(shop.database) as seen:
        assert do_one(shop.means)
    assert shop.visit(visit_id).state == "settling"
    claim, settling = seen[:2], seen[2:]
    assert [statement.split()[0] for statement in claim] == ["SELECT", "UPDATE"]
    assert 5 < len(settling) <= 10, "\n".join(settling)


def test_booking_the_capture_takes_at_most_ten_round_trips(shop: Round, bank: Bank) -> None:
    visit_id = about_to_settle(shop)
    assert do_one(shop.means)
    with statements(shop.database) as seen:
        bank.before_answer = seen.clear  # what came before was claiming and looking up whom to ask
        assert do_one(shop.means)
    assert shop.visit(visit_id).state == "settled"
    assert 5 < len(seen) <= 10, "\n".join(seen)


def test_money_is_booked_once_even_if_told_as_captured_twice(shop: Round) -> None:
    visit_id = about_to_settle(shop)
    shop.work()
    hold = shop.payments(visit_id)[0]
    told = IntentState("captured", hold.provider_id, captured_cents=hold.captured_cents)
    shop.means.payments.look_up = lambda _: replace(told)  # type: ignore[assignment, method-assign]
    shop.news(str(hold.provider_id), times=3)
    assert shop.visit(visit_id).paid_cents == hold.captured_cents == 506
    with shop.database.reading() as tx:
        assert tx.get_one(Payment, hold.id).status == "captured"


def test_money_for_a_visit_that_owes_nothing_is_booked_and_reported(shop: Round) -> None:
    visit_id = shop.walk_in()
    shop.leave_paid_with(visit_id, colas=0)
    told = IntentState("captured", shop.payments(visit_id)[0].provider_id, captured_cents=700)
    shop.means.payments.look_up = lambda _: told  # type: ignore[assignment, method-assign]
    shop.news(str(told.provider_id))
    assert {incident.kind for incident in shop.incidents()} == {"captured_too_much", "unexpected_news"}
    assert shop.visit(visit_id).paid_cents == 700


def test_a_charge_is_not_made_for_a_visit_that_needs_none_any_more(shop: Round, bank: Bank) -> None:
    visit_id = shop.ask_to_enter()
    shop.change(visit_id, lambda tx, visit: jobs.cancel(tx, visit.id, "nothing"))
    with shop.database.transaction() as tx:
        claimed = jobs.claim(tx, "worker")
    assert claimed is not None
    shop.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.CANCELLED))
    with shop.database.transaction() as tx:
        jobs.put_off(tx, claimed, "never started")
        tx.get_one(Job, claimed.id).attempts = 0
    shop.hurry("place_hold")
    shop.work()
    assert bank.asked == []
    assert shop.payments(visit_id)[0].status == "released"
