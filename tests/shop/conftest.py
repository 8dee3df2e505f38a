"""Fixtures of the worker's tests: a seeded shop, a simulated Stripe in its own process, a mailbox."""

from collections.abc import Iterator

import pytest

from shop.adapters.stripe_payments import StripePayments
from shop.db import Database
from shop.work.means import Means
from tests.domain.world import World
from tests.shop.banks import Bank
from tests.shop.rigs import PUBLIC_URL, Mailbox, Round, SimulatedStripe, make_known


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[SimulatedStripe]:
    with SimulatedStripe.started() as running:
        yield running


@pytest.fixture
def stripe(running_stripe: SimulatedStripe) -> Iterator[SimulatedStripe]:
    yield running_stripe
    running_stripe.clear_faults()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def shop(sqlite: tuple[Database, World], stripe: SimulatedStripe, mailbox: Mailbox) -> Round:
    """The shop on SQLite with the real adapter against the simulated Stripe."""
    database, world = sqlite
    make_known(database, world, stripe)
    payments = StripePayments(stripe.key, stripe.url)
    return Round(Means(database, payments, mailbox, PUBLIC_URL), world, stripe)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def banked(database: Database, world: World, bank: Bank, mailbox: Mailbox) -> Round:
    """The shop on each database, with a bank in memory."""
    return Round(Means(database, bank, mailbox, PUBLIC_URL), world)
