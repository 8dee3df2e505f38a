"""Jobs that save a shopper's card on the provider's hosted page, and that let cards and shoppers go there."""

from contextlib import suppress

from sqlmodel import Session, select

from shop.domain import erasure
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.errors import PaymentGone
from shop.domain.jobs import Claimed
from shop.domain.ports import CardSetup
from shop.work.means import Effect, Means, nothing


def set_up(means: Means, job: Claimed) -> Effect:
    """Make her known to the provider, once, and open the page where she types her card."""
    with means.database.reading() as tx:
        method = tx.get_one(PaymentMethod, job.payload["method_id"])
        customer = tx.get_one(Customer, method.customer_id)
    if method.status != "starting":
        return nothing
    try:
        provider_id = customer.provider_id or means.payments.create_customer(
            key=f"customer-{customer.id}", customer_id=customer.id, email=customer.email
        )
        setup = means.payments.start_card_setup(
            key=job.id,
            customer=provider_id,
            method_id=method.id,
            return_url=_return_url(means.public_url, method),
            language=customer.language,
        )
    except PaymentGone:
        return lambda tx: give_up(tx, job)

    def write(tx: Session) -> None:
        her = tx.get_one(Customer, customer.id, with_for_update=True)
        if her.erased_at is not None:  # meanwhile; the provider has just heard of her
            return erasure.forget_at_provider(tx, her.operator_id, her.id, provider_id)
        her.provider_id = her.provider_id or provider_id
        row = tx.get_one(PaymentMethod, method.id, with_for_update=True)
        if row.status == "starting":
            row.status, row.setup_session, row.setup_url = "open", setup.session_id, setup.url
        tx.add_all([her, row])

    return write


def news(means: Means, job: Claimed) -> Effect:
    session_id: str = job.payload["provider_id"]
    try:
        setup = means.payments.card_setup(session_id)
    except PaymentGone:
        return nothing
    return lambda tx: _take_over(tx, setup)


def forget(means: Means, job: Claimed) -> Effect:
    with suppress(PaymentGone):  # it is not there any more
        means.payments.forget_card(key=job.id, method=job.payload["provider_id"])
    return nothing


def forget_customer(means: Means, job: Claimed) -> Effect:
    with suppress(PaymentGone):
        means.payments.forget_customer(customer=job.payload["provider_id"])
    return nothing


def give_up(tx: Session, job: Claimed) -> None:
    method = tx.get_one(PaymentMethod, job.payload["method_id"], with_for_update=True)
    if method.status == "starting":
        method.status = "failed"
        tx.add(method)


def _take_over(tx: Session, setup: CardSetup) -> None:
    """A saved card stays saved, whatever older news comes after."""
    query = select(PaymentMethod).where(PaymentMethod.setup_session == setup.session_id)
    method = tx.exec(query.with_for_update()).first()
    if method is None or setup.status == "open" or method.status == "saved":
        return
    method.status = setup.status
    method.setup_url = None
    method.provider_id = setup.method_id
    method.brand, method.last4 = setup.brand, setup.last4
    method.exp_month, method.exp_year = setup.exp_month, setup.exp_year
    tx.add(method)


def _return_url(public_url: str, method: PaymentMethod) -> str:
    if method.return_path == "/":  # nobody wished for another: our own page looks what became of it
        return f"{public_url}/cards/{method.id}"
    mark = "&" if "?" in method.return_path else "?"
    return f"{public_url}{method.return_path}{mark}card={method.id}"
