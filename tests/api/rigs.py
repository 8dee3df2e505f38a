"""Clients that hold every answer against the contract, and a visit walked without worker or lock."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel, col, select

from shop.api.errors import CONFLICT, STATUS
from shop.config import Settings
from shop.db import Database
from shop.domain import ending, lifecycle, sign_in, visits
from shop.domain.customers import Customer
from shop.domain.jobs import Job
from shop.domain.payments import Payment
from shop.domain.refusals import WORDS
from shop.domain.statements import Statement
from shop.domain.visit_states import Event
from tests.domain.world import DOOR_CODE, World

WEBHOOK_SECRET = "whsec_for_tests_only"
COUNTED = {
    *("wrong_code", "wrong_password", "sold_out"),
    *("passkey_refused", "passkey_copied", "passkey_known", "unknown_passkey"),
}  # refusals that must leave a trace
PROBLEM = {"code", "message", "next_step", "available_at", "details"}
CODES = re.compile(r"[a-z_]+(, [a-z_]+)*")


def settings(folder: Path, **more: Any) -> Settings:
    known: dict[str, Any] = {
        "data_dir": folder,
        "secret": "a secret for tests, long enough to be taken",
        "operator": "witzenhausen",
        "stripe_webhook_secret": WEBHOOK_SECRET,
        "requests_per_minute": 1_000_000,
        "sign_ins_per_minute": 1_000_000,
    }
    return Settings(**known | more)


@contextmanager
def one_event_loop() -> Iterator[None]:
    """For all clients meanwhile; without it each request starts a thread and a loop of its own."""
    before = TestClient.portal
    with start_blocking_portal() as TestClient.portal:
        yield
    TestClient.portal = before


class Client(TestClient):
    """Every refusal it gets is one we wrote down and changed nothing; no request takes two connections."""

    alone = True  # nothing else uses this app's database meanwhile

    def request(self, method: str, url: Any, **options: Any) -> httpx2.Response:
        if not self.alone:
            return super().request(method, url, **options)
        database: Database = self.app.state.database  # type: ignore[attr-defined]
        with most_connections(database) as most, data_version(database) as version:
            before = version()
            answer = super().request(method, url, **options)
            if answer.status_code >= 400 and answer.json()["code"] not in COUNTED:
                assert version() == before, f"{method} {url} was refused and still changed something"
        assert max(most, default=0) <= 1, f"{method} {url} took a second connection while it held one"
        assert database.engine.pool.checkedout() == 0, f"{method} {url} kept a connection"  # type: ignore[attr-defined]
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.status_code >= 400:
            is_a_documented_refusal(self.app, method.upper(), str(url).partition("?")[0], answer)
        return answer


@contextmanager
def data_version(database: Database) -> Iterator[Callable[[], int]]:
    """SQLite's own count of what others committed."""
    with closing(sqlite3.connect(str(make_url(database.url).database))) as connection:
        yield lambda: int(connection.execute("PRAGMA data_version").fetchone()[0])


@contextmanager
def most_connections(database: Database) -> Iterator[list[int]]:
    seen: list[int] = []
    pool = database.engine.pool

    def look(*_: Any) -> None:
        seen.append(pool.checkedout())  # type: ignore[attr-defined]

    event.listen(pool, "checkout", look)
    try:
        yield seen
    finally:
        event.remove(pool, "checkout", look)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What our own statements ask meanwhile."""
    seen: list[str] = []
    asked = Statement._asked

    def noted(self: Statement, *arguments: Any) -> Any:
        seen.append(str(self._written).split(" ", 1)[0])
        return asked(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "_asked", noted)
        yield seen


def is_a_documented_refusal(app: Any, method: str, path: str, answer: httpx2.Response) -> None:
    problem = answer.json()
    code = problem["code"]
    assert set(problem) == PROBLEM
    assert answer.status_code == STATUS.get(code, CONFLICT)
    words = WORDS[code]
    assert problem["message"] == {"de": words.de, "en": words.en}
    assert problem["next_step"] == {"de": words.next_de, "en": words.next_en}
    assert ("retry-after" in answer.headers) == (answer.status_code in (429, 503))
    documented = documented_codes(app, method, path)
    if documented is not None:
        assert code in documented, f"{method} {path} gave {code}, documented are {sorted(documented)}"


def documented_codes(app: FastAPI, method: str, path: str) -> set[str] | None:
    """None when no operation has this path and method (the answer is then 404 or 405)."""
    for template, operations in app.openapi()["paths"].items():
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return codes_of(operations[method.lower()])
    return None


def codes_of(operation: dict[str, Any]) -> set[str]:
    errors = [a["description"] for status, a in operation["responses"].items() if int(status) >= 400]
    return {code for text in errors if CODES.fullmatch(text) for code in text.split(", ")}


def refusal(answer: httpx2.Response, status: int) -> str:
    """The code of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def everything(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, to see that nothing changed."""
    with database.reading() as tx:
        connection = tx.connection()
        tables = SQLModel.metadata.sorted_tables
        return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}


class Shop:
    """The shop behind the API: signs people in, and plays bank, lock and door."""

    def __init__(self, app: FastAPI, database: Database, world: World, *, alone: bool = True) -> None:
        self.app, self.database, self.world, self._alone = app, database, world, alone

    def client(self, customer_id: str | None = None) -> Client:
        """Signed in by bearer token as this customer, or nobody."""
        client = Client(self.app)
        client.alone = self._alone
        if customer_id is not None:
            client.headers["authorization"] = f"Bearer {self.token(customer_id)}"
        return client

    def token(self, customer_id: str) -> str:
        with self.database.transaction() as tx:
            operator = tx.get_one(Customer, customer_id).operator_id
            return sign_in.open_session(tx, operator, customer_id=customer_id)

    def jobs(self, kind: str) -> list[Job]:
        with self.database.reading() as tx:
            return list(tx.exec(select(Job).where(Job.kind == kind).order_by(col(Job.id))))

    def rows(self, table: type[SQLModel]) -> list[Any]:
        with self.database.reading() as tx:
            return list(tx.exec(select(table)))

    def change(self, table: type[SQLModel], key: str, **values: Any) -> None:
        with self.database.transaction() as tx:
            row = tx.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)
            tx.add(row)

    def hold(self, visit_id: str, status: str, **more: Any) -> None:
        with self.database.transaction() as tx:
            hold_id = visits.locked(tx, visit_id).hold_id
        self.change(Payment, str(hold_id), status=status, provider_id=f"pi_{visit_id}", **more)

    def happens(self, visit_id: str, *events: Event, reason: str | None = None) -> None:
        with self.database.transaction() as tx:
            for found in events:
                lifecycle.advance(tx, visits.locked(tx, visit_id), found, reason=reason)

    def let_in(self, client: Client) -> str:
        """She asks, the bank holds, the lock opens, the door moves: she is inside."""
        visit_id = str(client.post("/api/v1/visits", json={"door_code": DOOR_CODE}).json()["id"])
        self.hold(visit_id, "held")
        self.happens(visit_id, Event.HOLD_PLACED, Event.UNLOCKED, Event.DOOR_OPENED)
        return visit_id

    def releases(self, visit_id: str) -> None:
        """The bank gives back what it held."""
        self.hold(visit_id, "released")
        with self.database.transaction() as tx:
            lifecycle.tell(tx, visits.locked(tx, visit_id))

    def ends(self, visit_id: str) -> None:
        """The last shelf reports are in."""
        with self.database.transaction() as tx:
            ending.end(tx, visits.locked(tx, visit_id))
