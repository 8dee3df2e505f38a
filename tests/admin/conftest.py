"""The desk's service on a seeded database; one app, a fresh database for each test."""

import pytest
from fastapi import FastAPI

from admin.app import create_app
from shop.db import Database
from tests.admin.rigs import Client, Desk
from tests.api.rigs import settings
from tests.api.stage import seeded_file, stage, stage_file
from tests.domain.world import World

__all__ = ["seeded_file", "stage", "stage_file"]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Built once, because that takes longer than most tests."""
    return create_app(settings(tmp_path_factory.mktemp("desk")))


@pytest.fixture
def desk(app: FastAPI, stage: tuple[Database, World]) -> Desk:
    database, world = stage
    app.state.database = database
    return Desk(app, database, world)


@pytest.fixture
def uta(desk: Desk) -> Client:
    return desk.uta
