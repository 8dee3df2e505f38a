"""Which handler does which kind of job, and what is special about a kind."""

from collections.abc import Callable

from sqlmodel import Session

from shop.domain import free_places
from shop.domain.jobs import Claimed
from shop.work import cards, mails, payments, refunds, rounds, timers
from shop.work.means import Handler

HANDLERS: dict[str, Handler] = {
    "place_hold": payments.ask,
    "charge": payments.ask,
    "capture": payments.capture,
    "release_hold": payments.release,
    "payment_news": payments.news,
    "refund": refunds.ask,
    "refund_news": refunds.news,
    "card_setup": cards.set_up,
    "card_news": cards.news,
    "forget_card": cards.forget,
    "forget_customer": cards.forget_customer,
    "mail_code": mails.code,
    "mail_receipt": mails.receipt,
    "mail_objection": mails.objection,
    "mail_payment_due": mails.payment_due,
    free_places.KIND: mails.when_free,
    **dict.fromkeys(rounds.ROUNDS, rounds.go),
}

# They ask nobody outside: claimed, done and finished in one transaction, their visit's row locked in it.
AT_ONCE: dict[str, Callable[[Session, Claimed], None]] = {
    "time_out": timers.time_out,
    "stuck": timers.stuck,
    "quiet": timers.quiet,
    "end_visit": timers.end_visit,
}

# Their payload is a secret, or names somebody: it is blanked once the job has come to its end.
SECRET = frozenset({"mail_code", "forget_card", "forget_customer"})

# What must be put right when a job is given up.
GIVEN_UP: dict[str, Callable[[Session, Claimed], None]] = {
    "card_setup": cards.give_up,
    **dict.fromkeys(rounds.ROUNDS, rounds.go_on),
}
