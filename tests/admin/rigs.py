"""The operator's desk, with a client signed in as somebody who works there."""

from typing import Any

from fastapi import FastAPI
from sqlmodel import select

from shop.db import Database
from shop.domain import sign_in
from shop.domain.audit import Audit
from shop.domain.sign_in import Staff
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.api.rigs import Client, Shop
from tests.domain.staff import DESK_EMAIL, FOREIGN_EMAIL
from tests.domain.visits_at import visit_in
from tests.domain.world import World

__all__ = ["DESK_EMAIL", "FOREIGN_EMAIL", "Client", "Desk"]


class Desk(Shop):
    def __init__(self, app: FastAPI, database: Database, world: World) -> None:
        super().__init__(app, database, world)
        self.uta = self.staff(DESK_EMAIL)
        self.stranger = self.staff(FOREIGN_EMAIL)

    def staff(self, email: str) -> Client:
        with self.database.transaction() as tx:
            row = tx.exec(select(Staff).where(Staff.email == email)).one()
            token = sign_in.open_session(tx, row.operator_id, staff_id=row.id)
        client = Client(self.app)
        client.headers["authorization"] = f"Bearer {token}"
        return client

    def visit(self, state: State, **values: Any) -> str:
        with self.database.transaction() as tx:
            visit = visit_in(tx, self.world, state)
            for name, value in values.items():
                setattr(visit, name, value)
            return visit.id

    def seen(self, visit_id: str) -> Visit:
        with self.database.reading() as tx:
            return tx.get_one(Visit, visit_id)

    def actions(self) -> list[str]:
        """What the audit trail says was done, oldest first."""
        return [row.action for row in sorted(self.rows(Audit), key=lambda row: row.id)]
