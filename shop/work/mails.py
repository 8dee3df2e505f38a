"""Mails to shoppers, in their language."""

from functools import partial
from typing import Any

from sqlalchemy import Row, bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import col

from shop.domain import clock, free_places, money, rounds, sign_in
from shop.domain.basket import BasketLine
from shop.domain.customers import Customer
from shop.domain.jobs import Claimed
from shop.domain.objections import Objection
from shop.domain.receipts import SALE, Receipt
from shop.domain.refunds import Refund
from shop.domain.statements import Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from shop.work.means import Effect, Means, nothing

Text = tuple[str, str]  # subject, body

# Whom a mail about a visit goes to, and what it says.
_ABOUT = Statement(
    select_columns(
        col(Visit.id).label("visit"),
        col(Visit.state),
        col(Visit.booked),
        col(Visit.total_cents),
        (col(Visit.total_cents) - col(Visit.paid_cents) - col(Visit.waived_cents)).label("open_cents"),
        col(Customer.email),
        col(Customer.language),
        col(Customer.erased_at),
        col(Store.name).label("store"),
        col(Receipt.token),
    )
    .join(Customer, col(Customer.id) == col(Visit.customer_id))
    .join(Store, col(Store.id) == col(Visit.store_id))
    .outerjoin(Receipt, (col(Receipt.visit_id) == col(Visit.id)) & (col(Receipt.kind) == SALE))
    .where(col(Visit.id) == bindparam("about"))
)

_REFUNDED = (
    select_columns(func.coalesce(func.sum(Refund.amount_cents), 0))
    .where(col(Refund.receipt_id) == col(Objection.receipt_id), col(Refund.status) != "retried")
    .correlate(Objection)
    .scalar_subquery()
)
_ANSWER = Statement(
    select_columns(
        col(Objection.visit_id).label("visit"),
        col(Objection.quantity),
        col(Objection.amount_cents),
        col(Objection.receipt_id),
        col(Objection.answer),
        col(BasketLine.name_de),
        col(BasketLine.name_en),
        _REFUNDED.label("refund_cents"),
        col(Customer.email),
        col(Customer.language),
        col(Customer.erased_at),
        col(Store.name).label("store"),
    )
    .join(BasketLine, col(BasketLine.id) == col(Objection.line_id))
    .join(Customer, col(Customer.id) == col(Objection.customer_id))
    .join(Store, col(Store.id) == col(Objection.store_id))
    .where(col(Objection.id) == bindparam("objection"))
)

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
ACCEPTED: dict[str, Text] = {
    "de": (
        "Ihre Meldung zum Einkauf bei {store}",
        "Guten Tag,\n\nwir haben nachgesehen: {goods}. Wir erstatten {total} auf Ihre Karte; bei Ihrer Bank "
        "kann das bis zu zehn Tage dauern.\n\nUnsere Antwort: {answer}\n\n"
        "Alles dazu und den Korrekturbeleg finden Sie hier:\n\n{link}\n",
    ),
    "en": (
        "What you told us about your visit to {store}",
        "Hello,\n\nwe have looked: {goods}. We refund {total} to your card; at your bank this may take "
        "up to ten days.\n\nOur answer: {answer}\n\n"
        "All about it and the correction of your receipt are here:\n\n{link}\n",
    ),
}
REJECTED: dict[str, Text] = {
    "de": (
        ACCEPTED["de"][0],
        "Guten Tag,\n\nwir haben nachgesehen: {goods}. Die {total} erstatten wir nicht.\n\n"
        "Unsere Antwort: {answer}\n\nAlles dazu finden Sie hier:\n\n{link}\n",
    ),
    "en": (
        ACCEPTED["en"][0],
        "Hello,\n\nwe have looked: {goods}. We do not refund the {total}.\n\n"
        "Our answer: {answer}\n\nAll about it is here:\n\n{link}\n",
    ),
}
FREE: dict[str, Text] = {
    "de": (
        "In {store} ist wieder Platz",
        "Guten Tag,\n\nbei {store} ist gerade jemand gegangen, Sie können hinein:\n\n{link}\n\n"
        "Wer zuerst kommt, kommt hinein: Reservieren können wir den Platz nicht.\n",
    ),
    "en": (
        "There is room again at {store}",
        "Hello,\n\nsomebody has just left {store}, you can go in:\n\n{link}\n\n"
        "First come, first in: we cannot keep the place for you.\n",
    ),
}


def code(means: Means, job: Claimed) -> Effect:
    """A code that has run out meanwhile is of no use to anybody."""
    if clock.now() < job.created_at + sign_in.CODE_VALID:
        _send(means, job.payload["to"], CODE, job.payload["language"], code=job.payload["code"])
    return nothing


def receipt(means: Means, job: Claimed) -> Effect:
    [about] = means.look(_ABOUT, about=job.subject)
    if about.token is not None:
        _write(means, about, RECEIPT, about.total_cents, f"{means.public_url}/r/{about.token}")
    return nothing


def payment_due(means: Means, job: Claimed) -> Effect:
    [about] = means.look(_ABOUT, about=job.subject)
    if about.state == State.PAYMENT_DUE:  # else she was faster than the mail
        link = f"{means.public_url}/visits/{about.visit}"
        _write(means, about, PAYMENT_DUE, about.open_cents if about.booked else 0, link)
    return nothing


def objection(means: Means, job: Claimed) -> Effect:
    """What a person has decided, and why."""
    [answer] = means.look(_ANSWER, objection=job.payload["objection_id"])
    accepted = answer.receipt_id is not None
    name = answer.name_de if answer.language == "de" else answer.name_en
    _write(
        means,
        answer,
        ACCEPTED if accepted else REJECTED,
        answer.refund_cents if accepted else answer.amount_cents,
        f"{means.public_url}/visits/{answer.visit}",
        goods=f"{answer.quantity} × {name}",
        answer=answer.answer,
    )
    return nothing


def when_free(means: Means, job: Claimed) -> Effect:
    """Looks again until there is room, she has gone in anyway or for ever, or has waited long enough."""
    rows = means.look(free_places.SITUATION, store=job.store_id, customer=job.subject)
    if not rows or rows[0].is_shopping or clock.now() >= free_places.until(job.created_at):
        return nothing
    [situation] = rows
    if not situation.has_room:
        return partial(rounds.again, job_id=job.id, after_s=free_places.LOOK_EVERY_S, known={})
    link = f"{means.public_url}/?store={situation.slug}"
    _send(means, situation.email, FREE, situation.language, store=situation.name, link=link)
    return nothing


def _write(means: Means, about: Row[Any], texts: dict[str, Text], cents: int, link: str, **more: str) -> None:
    if about.erased_at is not None:
        return
    total = money.format_eur(cents, about.language)
    _send(means, about.email, texts, about.language, store=about.store, total=total, link=link, **more)


def _send(means: Means, to: str, texts: dict[str, Text], language: str, **facts: str) -> None:
    subject, body = texts[language]
    means.mail.send(to, subject.format(**facts), body.format(**facts))
