"""Two gateways hear the same devices while stores change hands: neither waits for a row the other has."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from devices import senders
from devices.topics import UpTopic
from shop.db import Database
from tests.domain.test_concurrency import at_once
from tests.domain.world import CONTACT_DEVICE, SHELF_DEVICE, World
from tests.gateway.rigs import STORE

pytestmark = pytest.mark.postgres


def test_batches_in_opposite_order_do_not_block_each_other(postgres: tuple[Database, World]) -> None:
    database, _ = postgres
    begun = threading.Barrier(2)

    def commit(devices: list[str]) -> Callable[[], object]:
        def batch() -> None:
            with database.transaction() as tx:
                senders.lock(tx, set(devices))
                for device in devices:
                    assert senders.find(tx, UpTopic(STORE, device, "event")) is not None
                    with suppress(threading.BrokenBarrierError):
                        begun.wait(0.5)  # the other has its first row too, if it can have it

        return batch

    at_once([commit([CONTACT_DEVICE, SHELF_DEVICE]), commit([SHELF_DEVICE, CONTACT_DEVICE])])
