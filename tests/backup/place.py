"""One installation: its settings and its database."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from shop.backup import figures
from shop.backup.figures import Figures
from shop.backup.manifest import Manifest
from shop.backup.restore import restore
from shop.backup.take import take
from shop.config import Settings
from shop.db import Database
from tests.domain.world import World

Row = TypeVar("Row", bound=SQLModel)


class Place:
    world: World

    def __init__(self, folder: Path, url: str) -> None:
        self.settings = Settings(data_dir=folder, database_url=url)
        self.backups = folder.parent / "backups"
        self.said: list[str] = []

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url)

    def backs_up(self, *, with_secret: bool = False, keep: int | None = None) -> Path:
        return take(self.settings, self.backups, with_secret=with_secret, keep=keep, say=self.said.append)

    def restores(self, backup: Path) -> Manifest:
        return restore(self.settings, backup, self.said.append)

    def figures(self) -> Figures:
        with self.database.looking() as connection:
            return figures.read(connection)

    def rows(self, table: type[Row], *where: Any) -> list[Row]:
        with self.database.reading() as tx:
            return list(tx.exec(select(table).where(*where)))

    def changes(self, change: Callable[[Session], object]) -> None:
        with self.database.transaction() as tx:
            change(tx)

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()
