"""Empty databases of both kinds, and shops as older revisions left them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.domain.databases import ON_POSTGRES, fresh_schema
from tests.stories.conftest import time

__all__ = ["time"]


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database without tables."""
    with contextmanager(_empty)(request, tmp_path, "shop") as made:
        yield made


def _empty(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    with fresh_schema(request.getfixturevalue("postgres_server")) as made:
        yield made
