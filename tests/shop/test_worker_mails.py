"""What the worker mails, and that codes and addresses are not kept."""

import smtplib
from typing import Any

import pytest
from sqlmodel import select

from shop.domain import basket, clock, ending, objections, sign_in
from shop.domain.customers import Customer
from shop.domain.jobs import MAX_ATTEMPTS, Job, Status
from shop.domain.objections import Why
from shop.domain.receipts import Receipt
from shop.domain.sign_in import SignInCode
from shop.domain.tenancy import Store
from tests.domain.world import MILK
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round


def ask_code(banked: Round, language: str = "de") -> None:
    with banked.database.transaction() as tx:
        sign_in.ask_code(tx, banked.world.operator_id, "dora@example.org", language)


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Ihr Anmeldecode: "), ("en", "Your sign-in code: ")]
)
def test_a_code_is_mailed_in_her_language_and_forgotten(
    banked: Round, mailbox: Mailbox, language: str, subject: str
) -> None:
    ask_code(banked, language)
    code = str(banked.jobs("mail_code")[0].payload["code"])
    banked.work()
    assert [(to, subj) for to, subj, _ in mailbox.mails] == [("dora@example.org", subject + code)]
    assert code in mailbox.mails[0][2]
    assert banked.jobs("mail_code")[0].payload == {}


def test_a_code_nobody_could_deliver_is_forgotten_too(
    banked: Round, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.out_of_order = smtplib.SMTPRecipientsRefused({"dora@example.org": (550, b"no such user")})
    ask_code(banked)
    for _ in range(MAX_ATTEMPTS):
        banked.hurry("mail_code")
        banked.work()
    job = banked.jobs("mail_code")[0]
    assert (job.status, job.payload) == (Status.DEAD, {})
    assert "dora" not in caplog.text + str(job.last_error)


def test_a_code_that_has_run_out_is_not_mailed(banked: Round, mailbox: Mailbox) -> None:
    ask_code(banked)
    with banked.database.transaction() as tx:
        tx.exec(select(Job).where(Job.kind == "mail_code")).one().created_at -= sign_in.CODE_VALID
        assert tx.exec(select(SignInCode)).one() is not None
    banked.work()
    assert mailbox.mails == []


def test_the_receipt_is_mailed_with_its_link(banked: Round, mailbox: Mailbox) -> None:
    visit_id = banked.walk_in()
    banked.leave_paid_with(visit_id, colas=2)
    with banked.database.reading() as tx:
        token = tx.exec(select(Receipt.token).where(Receipt.visit_id == visit_id)).one()
    to, subject, text = mailbox.mails[0]
    assert (to, subject) == ("anna@example.org", "Ihr Kassenbon von Dorfladen witzenhausen")
    assert f"{PUBLIC_URL}/r/{token}\n" in text
    assert "2,48\u00a0€" in text


def test_whoever_left_unpaid_is_mailed_what_is_due(banked: Round, mailbox: Mailbox) -> None:
    with banked.database.transaction() as tx:
        tx.get_one(Customer, banked.world.anna_id).language = "en"
    visit_id = banked.walk_in()
    banked.change(visit_id, lambda tx, visit: basket.scan(tx, visit, MILK.gtin, 1))
    banked.change(visit_id, ending.say_left)
    banked.hurry("end_visit")
    banked.work()
    _, subject, text = mailbox.mails[0]
    assert subject == "Your visit to Dorfladen witzenhausen is not paid yet"
    assert f"{PUBLIC_URL}/visits/{visit_id}\n" in text
    assert "€1.29" in text


def decide(banked: Round, *, accept: bool) -> str:
    """On one of two colas that anna paid; the visit's id."""
    visit_id = banked.walk_in()
    banked.leave_paid_with(visit_id, colas=2)
    with banked.database.transaction() as tx:
        tx.get_one(Store, banked.world.store_id).refund_limit_cents = 0
    with banked.database.transaction() as tx:
        cola: dict[str, Any] = {"sku": "cola", "quantity": 1, "why": Why.DAMAGED, "text": ""}
        made = objections.contest(tx, banked.world.anna_id, visit_id, **cola)
    with banked.database.transaction() as tx:
        found, visit = objections.own(tx, banked.world.operator_id, made.id)
        answer = "We saw {it} on the shelf."
        objections.decide(tx, found, visit, accept=accept, answer=answer, on_shelf=False, actor="staff:1")
    return visit_id


@pytest.mark.parametrize(
    ("language", "accept", "says"),
    [
        ("de", True, "Wir erstatten 1,24\u00a0€ auf Ihre Karte"),
        ("en", True, "We refund €1.24 to your card"),
        ("de", False, "Die 1,24\u00a0€ erstatten wir nicht."),
        ("en", False, "We do not refund the €1.24."),
    ],
)
def test_what_a_person_decided_is_mailed_once_with_the_reason(
    banked: Round,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
    language: str,
    accept: bool,
    says: str,
) -> None:
    with banked.database.transaction() as tx:
        tx.get_one(Customer, banked.world.anna_id).language = language
    visit_id = decide(banked, accept=accept)
    mailbox.mails.clear()
    banked.work()
    [(to, _, text)] = mailbox.mails
    assert to == "anna@example.org"
    assert says in text
    assert "We saw {it} on the shelf." in text
    assert f"{PUBLIC_URL}/visits/{visit_id}\n" in text
    banked.hurry("mail_objection")
    banked.work()
    assert len(mailbox.mails) == 1
    assert "anna" not in caplog.text + str(banked.jobs("mail_objection")[0].payload)


def test_who_erased_her_account_meanwhile_is_not_mailed(banked: Round, mailbox: Mailbox) -> None:
    decide(banked, accept=False)
    mailbox.mails.clear()
    with banked.database.transaction() as tx:
        tx.get_one(Customer, banked.world.anna_id).erased_at = clock.now()
    banked.work()
    assert mailbox.mails == []
    assert banked.jobs("mail_objection")[0].status == Status.DONE
