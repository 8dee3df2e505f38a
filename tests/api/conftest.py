"""The shopper's service on a seeded database; one app, a fresh database for each test."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from shop.api.deps import OurOperator
from shop.app import create_app
from shop.db import Database
from tests.api.rigs import Client, Shop, one_event_loop, settings
from tests.domain.world import World


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Built once, because that takes longer than most tests."""
    with one_event_loop():
        yield create_app(settings(tmp_path_factory.mktemp("shopper-api")))


@pytest.fixture
def shop(app: FastAPI, sqlite: tuple[Database, World]) -> Shop:
    database, world = sqlite
    app.state.database = database
    return Shop(app, database, world)


@pytest.fixture
def nobody(shop: Shop) -> Client:
    return shop.client()


@pytest.fixture
def anna(shop: Shop) -> Client:
    return shop.client(shop.world.anna_id)


@pytest.fixture
def ben(shop: Shop) -> Client:
    return shop.client(shop.world.ben_id)


@pytest.fixture(scope="module")
def both_apps(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(settings(tmp_path_factory.mktemp("crowd")))


@pytest.fixture
def crowd(both_apps: FastAPI, seeded: tuple[Database, World]) -> Shop:
    """Many at once, on both databases."""
    both_apps.state.database = seeded[0]
    both_apps.state.operator = OurOperator("witzenhausen")  # looked up anew: each test has its own
    return Shop(both_apps, *seeded, alone=False)
