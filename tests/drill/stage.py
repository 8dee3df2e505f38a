"""The demonstration's stage, whose shop can be backed up, stopped, and opened again in another place."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shop.backup import figures
from shop.backup.figures import Figures
from shop.db import Database
from simulators.demo.settings import DemoSettings
from simulators.demo.stage import Stage

STOP_S = 30.0


class DrillStage(Stage):
    def __init__(self, *, visits: int, seed: int, broker: str, urls: tuple[str, str] | None) -> None:
        """`urls`: of two empty PostgreSQL databases; without them both are SQLite files."""
        settings = DemoSettings(
            visits=visits,
            seed=seed,
            report=None,
            sabotage=None,
            broker=broker,
            database=urls[0] if urls else "sqlite",
            port=None,
            keep=False,
        )
        super().__init__(settings)
        self._next_data = self.folder / "restored"
        self._next_url = urls[1] if urls else f"sqlite:///{self._next_data / 'shop.db'}"

    def back_up(self) -> Path:
        """While the shop runs; the backup's folder."""
        return Path(self._shop("backup", str(self.folder / "backups")).strip())

    def close_shop(self) -> None:
        """The whole product; devices, Stripe and mails stay, as they do when a server breaks."""
        self.shop.killed = True  # on purpose
        self.shop.child.terminate()
        self.shop.child.wait(STOP_S)

    def move_to_empty_place(self) -> None:
        self.data, self.database_url = self._next_data, self._next_url
        self._shop_env |= {"SHOP_DATA_DIR": str(self.data), "SHOP_DATABASE_URL": self.database_url}

    def restore(self, backup: Path) -> None:
        self._shop("restore", str(backup))

    def open_again(self) -> float:
        """Seconds until people are let in."""
        began = time.monotonic()
        self.shop = self._programs.start("shop-again", "shop", "up", env=self._shop_env)
        self.await_open()
        return time.monotonic() - began

    def figures(self) -> Figures:
        database = Database(self.database_url)
        try:
            with database.looking() as connection:
                return figures.read(connection)
        finally:
            database.close()

    def ask(self, query: str) -> list[Mapping[str, Any]]:
        """Plain SQL on the shop's database, past the product."""
        database = Database(self.database_url)
        try:
            with database.looking() as connection:
                return [row._asdict() for row in connection.exec_driver_sql(query)]
        finally:
            database.close()

    def outboxes(self) -> list[Path]:
        """What the devices keep until the core has stored it."""
        return sorted((self.folder / "hardware").glob("*.outbox.db"))

    def _shop(self, *arguments: str) -> str:
        return self._programs.run("shop", *arguments, env=self._shop_env)
