"""Mails to shoppers, in their language."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from shop.domain import clock, money, sign_in
from shop.domain.customers import Customer
from shop.domain.jobs import Job
from shop.domain.receipts import Receipt
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from shop.work.means import Effect, Means, nothing

Text = tuple[str, str]  # subject, body

CODE: dict[str, Text] = {
    "de": (
        "Ihr Anmeldecode: {code}",
        "Guten Tag,\n\nIhr Code zur Anmeldung im Laden ist {code}. Er gilt zehn Minuten.\n\n"
        "Sie wollten sich gar nicht anmelden? Dann löschen Sie diese E-Mail einfach.\n",
    ),
    "en": (
        "Your sign-in code: {code}",
        "Hello,\n\nyour code to sign in to the shop is {code}. It is valid for ten minutes.\n\n"
        "You did not want to sign in? Then just delete this mail.\n",
    ),
}
RECEIPT: dict[str, Text] = {
    "de": (
        "Ihr Kassenbon von {store}",
        "Guten Tag,\n\ndanke für Ihren Einkauf bei {store} über {total}. Ihr Kassenbon:\n\n{link}\n",
    ),
    "en": (
        "Your receipt from {store}",
        "Hello,\n\nthank you for shopping at {store} for {total}. Your receipt:\n\n{link}\n",
    ),
}
PAYMENT_DUE: dict[str, Text] = {
    "de": (
        "Ihr Einkauf bei {store} ist noch offen",
        "Guten Tag,\n\nvon Ihrem Einkauf bei {store} sind noch {total} offen. "
        "Bezahlen können Sie hier:\n\n{link}\n",
    ),
    "en": (
        "Your visit to {store} is not paid yet",
        "Hello,\n\n{total} of your visit to {store} are still open. You can pay here:\n\n{link}\n",
    ),
}


def code(means: Means, job: Job) -> Effect:
    """A code that has run out meanwhile is of no use to anybody."""
    if clock.now() < job.created_at + sign_in.CODE_VALID:
        _send(means, job.payload["to"], CODE, job.payload["language"], code=job.payload["code"])
    return nothing


def receipt(means: Means, job: Job) -> Effect:
    with means.database.reading() as tx:
        about = _about(tx, job.subject)
        token = tx.exec(select(Receipt.token).where(Receipt.visit_id == job.subject)).first()
    if token is not None:
        about.send(means, RECEIPT, about.visit.total_cents, f"{means.public_url}/r/{token}")
    return nothing


def payment_due(means: Means, job: Job) -> Effect:
    with means.database.reading() as tx:
        about = _about(tx, job.subject)
    if about.visit.state == State.PAYMENT_DUE:  # else she was faster than the mail
        link = f"{means.public_url}/?visit={about.visit.id}"
        about.send(means, PAYMENT_DUE, about.visit.open_cents, link)
    return nothing


@dataclass(frozen=True)
class _About:
    visit: Visit
    customer: Customer
    store: Store

    def send(self, means: Means, texts: dict[str, Text], cents: int, link: str) -> None:
        language = self.customer.language
        total = money.format_eur(cents, language)
        _send(means, self.customer.email, texts, language, store=self.store.name, total=total, link=link)


def _about(tx: Session, visit_id: str) -> _About:
    query = (
        select(Visit, Customer, Store)
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .join(Store, col(Store.id) == col(Visit.store_id))
        .where(Visit.id == visit_id)
    )
    return _About(*tx.exec(query).one())


def _send(means: Means, to: str, texts: dict[str, Text], language: str, **facts: str) -> None:
    subject, body = texts[language]
    means.mail.send(to, subject.format(**facts), body.format(**facts))
