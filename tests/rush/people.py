"""The shoppers of a rush: customers with a saved card, a session and, if need be, a visit inside."""

from dataclasses import dataclass

from sqlmodel import Session

from shop.domain import clock, jobs, sign_in
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.payments import Payment
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.world import World


@dataclass(frozen=True)
class Person:
    id: str
    method_id: str
    token: str


def person(
    tx: Session, world: World, name: str, *, customer: str | None = None, card: str | None = None
) -> Person:
    """`customer` and `card` are the provider's names."""
    her = Customer(
        operator_id=world.operator_id, email=f"{name}@example.org", provider_id=customer or f"cus_{name}"
    )
    tx.add(her)
    tx.flush()
    method = PaymentMethod(
        operator_id=world.operator_id, customer_id=her.id, status="saved", provider_id=card or f"pm_{name}"
    )
    tx.add(method)
    token = sign_in.open_session(tx, world.operator_id, customer_id=her.id)
    tx.flush()
    return Person(her.id, method.id, token)


def walk_in(tx: Session, world: World, person: Person) -> str:
    """A visit as it is once the door has closed behind her; its id."""
    visit = Visit(
        **world.scope(),
        door_id=world.door_id,
        customer_id=person.id,
        payment_method_id=person.method_id,
        checkout_mode="pay_in_app",
        state=State.SHOPPING,
        entered_at=clock.now(),
    )
    tx.add(visit)
    tx.flush()
    hold = Payment(
        **visit.scope(),
        visit_id=visit.id,
        kind="hold",
        amount_cents=5000,
        status="held",
        provider_id=f"hold-{visit.id}",
    )
    tx.add(hold)
    tx.flush()
    visit.hold_id = hold.id
    jobs.timer(tx, visit, "time_out", after_s=3600, state=State.SHOPPING)
    return visit.id
