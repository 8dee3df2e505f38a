"""What a job works with, and the shape every handler has."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from shop.db import Database
from shop.domain.jobs import Job
from shop.domain.ports import Mail, Payments

Effect = Callable[[Session], object]  # happens in the transaction that finishes the job, or not at all


@dataclass(frozen=True)
class Means:
    database: Database
    payments: Payments
    mail: Mail
    public_url: str


Handler = Callable[[Means, Job], Effect]


def nothing(_tx: Session) -> None:
    """The effect of a job that has nothing to change here."""
