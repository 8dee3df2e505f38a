"""A real broker for every test that asks for one, once embedded and once Mosquitto."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from devices.broker import Broker, Mode
from tests.devices.rigs import Core, login
from tests.devices.store_rig import Shop

NAMES = ("core", "dorf-lock", "dorf-contact", "dorf-shelf-1", "dorf-display", "dev-a", "dev-b")


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(cast(Mode, request.param), 0, tmp_path / "broker")
    broker.start([login(name) for name in NAMES])
    yield broker
    broker.stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """For what only Mosquitto can do; tests that use it carry the marker."""
    broker = Broker("mosquitto", 0, tmp_path / "broker")
    broker.start([login(name) for name in NAMES])
    yield broker
    broker.stop()


@pytest.fixture
def core(broker: Broker) -> Iterator[Core]:
    core = Core(broker)
    core.listen(lambda: core.link.connected)
    yield core
    core.link.stop()


@pytest.fixture
def shop(tmp_path: Path, broker: Broker) -> Iterator[Shop]:
    shop = Shop(tmp_path, broker)
    yield shop
    shop.close()
