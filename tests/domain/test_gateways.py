"""Stores are shared out among the gateways that are alive, on both databases."""

import time
from datetime import timedelta

import pytest
from sqlmodel import col, select

from shop.db import Database
from shop.domain import gateways
from shop.domain.gateways import Shares
from shop.domain.tenancy import Store
from tests.domain.test_concurrency import at_once
from tests.domain.world import World

MORE_STORES = 5


@pytest.fixture
def stores(database: Database, world: World) -> set[str]:
    with database.transaction() as tx:
        for number in range(MORE_STORES):
            slug = f"store-{number}"
            tx.add(Store(operator_id=world.operator_id, slug=slug, name=slug, address="Am Markt 1"))
        tx.flush()
        return set(tx.exec(select(col(Store.slug))).all())


def renew(database: Database, name: str) -> Shares:
    with database.transaction() as tx:
        return gateways.renew(tx, name)


def settled(database: Database, *names: str) -> list[Shares]:
    """What each has once all have noticed each other."""
    for _ in range(2):
        shares = [renew(database, name) for name in names]
    return shares


def owned(shares: list[Shares]) -> list[str]:
    return sorted(slug for share in shares for slug in share.mine)


def test_the_only_gateway_owns_every_store_and_owns_them_again_after_a_restart(
    database: Database, stores: set[str]
) -> None:
    for _ in range(2):
        assert renew(database, "core") == Shares(mine=frozenset(stores))


def test_gateways_share_fairly_and_each_store_has_one_owner(database: Database, stores: set[str]) -> None:
    renew(database, "core")
    shares = settled(database, "core-2", "core-3", "core")
    assert owned(shares) == sorted(stores)
    assert max(len(share.mine) for share in shares) <= 3  # of seven
    assert all(share.others == stores - share.mine for share in settled(database, "core", "core-2", "core-3"))


def test_what_a_dead_gateway_owned_goes_to_those_who_are_left(
    database: Database, stores: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "LEASE", timedelta(seconds=0.3))
    renew(database, "core")
    settled(database, "core", "core-2")
    kept = renew(database, "core").mine
    assert kept < stores  # the other is alive
    time.sleep(0.4)
    assert renew(database, "core") == Shares(mine=frozenset(stores))


def test_who_leaves_is_not_waited_for(database: Database, stores: set[str]) -> None:
    settled(database, "core", "core-2")
    with database.transaction() as tx:
        gateways.leave(tx, "core-2")
    assert renew(database, "core").mine == stores


def test_gateways_that_start_together_come_to_terms(database: Database, stores: set[str]) -> None:
    names = [f"core-{number}" for number in range(2, 6)]
    at_once([lambda name=name: renew(database, name) for name in names])  # type: ignore[misc]
    assert owned(settled(database, *names)) == sorted(stores)
