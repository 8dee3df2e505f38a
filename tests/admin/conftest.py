"""The desk's service on a seeded database; one app, a fresh database for each test."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from admin.app import create_app
from shop.db import Database
from tests.admin.rigs import Client, Desk
from tests.api.rigs import one_event_loop, settings
from tests.domain.world import World


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Built once, because that takes longer than most tests."""
    with one_event_loop():
        yield create_app(settings(tmp_path_factory.mktemp("desk")))


@pytest.fixture
def desk(app: FastAPI, sqlite: tuple[Database, World]) -> Desk:
    database, world = sqlite
    app.state.database = database
    return Desk(app, database, world)


@pytest.fixture
def uta(desk: Desk) -> Client:
    return desk.uta
