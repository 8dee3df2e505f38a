"""What a restored shop must not believe any more: the world went on after the backup was taken."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, or_, select, update

from shop.backup.manifest import Manifest
from shop.domain import audit, clock, incidents
from shop.domain.jobs import Job, Status
from shop.domain.sign_in import SignIn, SignInCode
from shop.domain.tenancy import Store, StoreRow

# Stripe forgets an idempotency key "after at least 24 hours" (docs.stripe.com/api/idempotent_requests);
# asked again later, it would place a second hold or charge a second time.
KEYS_ARE_KEPT = timedelta(hours=24)
ASKS_FOR_MONEY = ("place_hold", "charge")
SYSTEM = "system"


def settle(tx: Session, manifest: Manifest) -> None:
    """In the transaction that makes the restored shop usable."""
    now = clock.now()
    _end_sign_ins(tx)
    given_up = 0
    if now - manifest.taken_at > KEYS_ARE_KEPT:
        given_up = _give_up_asking_for_money(tx)
    _count_as_tried(tx)
    for store in tx.exec(select(Store).order_by(col(Store.slug))).all():
        told: dict[str, Any] = {
            "backup": manifest.taken_at.isoformat(),
            "last_receipt_number": store.last_receipt_number,
            "payments_given_up": given_up,
        }
        row = StoreRow(operator_id=store.operator_id, store_id=store.id)
        incidents.open_one(tx, row, "restored", severity="alarm", **told)
        audit.note(tx, row, actor=SYSTEM, action="restored", subject=store.slug, **told)


def _end_sign_ins(tx: Session) -> None:
    """Who was signed out or locked out since the backup must not be signed in again by it."""
    now = clock.now()
    tx.execute(update(SignIn).where(col(SignIn.revoked_at).is_(None)).values(revoked_at=now))
    tx.execute(update(SignInCode).where(col(SignInCode.used_at).is_(None)).values(used_at=now))


_WAITING = or_(col(Job.status) == Status.READY, col(Job.status) == Status.RUNNING)


def _give_up_asking_for_money(tx: Session) -> int:
    """Their visits run into their time-outs and so to a person."""
    asking = update(Job).where(_WAITING, col(Job.kind).in_(ASKS_FOR_MONEY))
    why = "restored from a backup older than the provider remembers what it was asked"
    given_up = tx.execute(asking.values(status=Status.DEAD, done_at=clock.now(), last_error=why))
    return int(given_up.rowcount)  # type: ignore[attr-defined]


def _count_as_tried(tx: Session) -> None:
    """Nobody knows whether a job was done after the backup: it is asked again, and undone if need be."""
    untried = update(Job).where(_WAITING, col(Job.attempts) == 0)
    tx.execute(untried.values(attempts=1))
