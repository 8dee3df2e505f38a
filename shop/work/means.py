"""What a job works with, and the shape every handler has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shop.db import Database
from shop.domain.jobs import Claimed
from shop.domain.ports import Mail, Payments
from shop.domain.statements import Statement

Effect = Callable[[Session], object]  # happens in the transaction that finishes the job, or not at all


@dataclass(frozen=True)
class Means:
    database: Database
    payments: Payments
    mail: Mail
    public_url: str

    def look(self, statement: Statement, **values: Any) -> list[Any]:
        """A few columns as they are now, past the session: rows as objects cost five times as much."""
        return self.database.look(statement, **values)


Handler = Callable[[Means, Claimed], Effect]


def nothing(_tx: Session) -> None:
    """The effect of a job that has nothing to change here."""
