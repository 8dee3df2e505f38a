"""Who stood before a full store is told when there is room: a job that looks again until there is."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, or_, select
from sqlmodel import Session, col

from shop.domain import clock, customers, jobs, visits
from shop.domain.customers import Customer, Shopper
from shop.domain.errors import Refusal
from shop.domain.jobs import Job, Status
from shop.domain.statements import Statement
from shop.domain.tenancy import Store
from shop.domain.visit_states import OPEN
from shop.domain.visits import Visit

KIND = "tell_when_free"
PATIENCE = timedelta(hours=2)  # later she has made other plans
LOOK_EVERY_S = 15.0

_IS_OPEN = or_(*(col(Visit.state) == state for state in sorted(OPEN)))
_WAITS = Statement(
    select(col(Job.created_at)).where(
        col(Job.kind) == KIND,
        col(Job.subject) == bindparam("customer"),
        col(Job.store_id) == bindparam("store"),
        or_(col(Job.status) == Status.READY, col(Job.status) == Status.RUNNING),
    )
)
# The store as she would find it now, and how she is reached.
SITUATION = Statement(
    select(
        col(Store.slug),
        col(Store.name),
        col(Customer.email),
        col(Customer.language),
        (
            col(Store.is_open)
            & (
                select(func.count())
                .where(col(Visit.store_id) == col(Store.id), _IS_OPEN)
                .correlate(Store)
                .scalar_subquery()
                < col(Store.max_inside)
            )
        ).label("has_room"),
        exists().where(col(Visit.customer_id) == col(Customer.id), _IS_OPEN).label("is_shopping"),
    ).where(
        col(Store.id) == bindparam("store"),
        col(Customer.id) == bindparam("customer"),
        col(Customer.erased_at).is_(None),
    )
)


def ask(tx: Session, customer: Shopper, store: Store) -> datetime:
    """Until when she is told; asked again while she waits, it stays as it was.

    Refusal store_has_room when nobody has to wait.
    """
    if visits.places_taken(tx, store.id) < store.max_inside:
        raise Refusal("store_has_room")
    customers.lock(tx, customer.id)  # two taps at once wait here, the second finds the first
    since = _WAITS.first(tx, customer=customer.id, store=store.id)
    if since is not None:
        return until(since.created_at)
    scope = {"operator_id": store.operator_id, "store_id": store.id}
    jobs.add(tx, **scope, kind=KIND, subject=customer.id)
    return until(clock.now())


def until(asked_at: datetime) -> datetime:
    return asked_at + PATIENCE
