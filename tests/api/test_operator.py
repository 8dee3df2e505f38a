"""Whose shop this installation is, while operators are added."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.api.deps import OurOperator
from shop.db import Database
from shop.domain.errors import Refusal
from shop.domain.tables import METADATA
from shop.domain.tenancy import Operator


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    METADATA.create_all(database.engine)
    yield database
    database.close()


def add(database: Database, slug: str) -> str:
    with database.transaction() as tx:
        operator = Operator(slug=slug, name=slug, address="Am Markt 1")
        tx.add(operator)
        return operator.id


def test_a_second_operator_is_noticed_without_a_restart(empty: Database) -> None:
    unnamed, named = OurOperator(None), OurOperator("one")
    with empty.reading() as tx, pytest.raises(Refusal, match="not_set_up"):
        unnamed.id(tx)
    first = add(empty, "one")
    with empty.reading() as tx:
        assert (unnamed.id(tx), named.id(tx)) == (first, first)
    add(empty, "two")
    with empty.reading() as tx:
        assert named.id(tx) == first
        with pytest.raises(Refusal, match="not_set_up"):
            unnamed.id(tx)
