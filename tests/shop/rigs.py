"""What the worker's tests are built from: a visit walked by hand, and a Stripe in its own process."""

import http.client
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from shop.db import Database
from shop.domain import basket, clock, ending, entry, jobs, ledger, lifecycle, payments, settlement, visits
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account
from shop.domain.payments import Payment
from shop.domain.visit_states import Event
from shop.domain.visits import Visit
from shop.work.means import Means
from tests.domain.world import COLA, DOOR_CODE, MILK, World
from tests.jobs import do_one

PUBLIC_URL = "http://shop.test"


@dataclass
class Mailbox:
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    out_of_order: Exception | None = None

    def send(self, to: str, subject: str, text: str) -> None:
        if self.out_of_order is not None:
            raise self.out_of_order
        self.mails.append((to, subject, text))


class SimulatedStripe:
    key = "sk_test_simulated"

    def __init__(self, url: str) -> None:
        self.url = url

    @classmethod
    @contextmanager
    def started(cls, *arguments: str) -> Iterator["SimulatedStripe"]:
        command = [sys.executable, "-m", "simulators.stripe", "--port", "0", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield cls(json.loads(process.stdout.readline())["url"])
            finally:
                process.terminate()
                process.wait(5)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        headers = {"Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fault(self, path_regex: str, fault: str, *, method: str = "POST", **more: Any) -> None:
        match = {"path_regex": path_regex, "method": method, "nth": more.pop("nth", 1)}
        self.ask("POST", "/_sim/faults", body=[{"match": match, "fault": fault, **more}])

    def clear_faults(self) -> None:
        self.ask("DELETE", "/_sim/faults")

    def customer_with(self, card: str) -> tuple[str, str]:
        """A customer with one of Stripe's named test cards; their ids."""
        customer = self.ask("POST", "/v1/customers", form={})["id"]
        method = self.ask("POST", f"/v1/payment_methods/{card}/attach", form={"customer": customer})["id"]
        return customer, method

    def cards_of(self, customer: str) -> list[str]:
        rows = self.ask("GET", f"/v1/customers/{customer}/payment_methods")["data"]
        return [row["id"] for row in rows]

    def intents_of(self, visit_id: str) -> list[dict[str, Any]]:
        rows = self.ask("GET", "/v1/payment_intents?limit=100")["data"]
        return [row for row in rows if row["metadata"].get("visit") == visit_id]

    def authenticate(self, intent_id: str, *, passed: bool = True) -> None:
        """What the shopper does on her bank's page."""
        self.browse(f"/3ds/{intent_id}", {"outcome": "complete" if passed else "fail"})

    def browse(self, path: str, form: dict[str, str]) -> str | None:
        """Send a form of a hosted page; where the browser is sent to next."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=10)
        with closing(connection):
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urllib.parse.urlencode(form), headers)
            return connection.getresponse().getheader("location")


def make_known(database: Database, world: World, stripe: SimulatedStripe, card: str = "pm_card_visa") -> None:
    """Anna has this card at Stripe."""
    customer_id, method_id = stripe.customer_with(card)
    with database.transaction() as tx:
        anna = tx.get_one(Customer, world.anna_id)
        anna.provider_id = customer_id
        card_row = tx.exec(select(PaymentMethod).where(PaymentMethod.customer_id == anna.id)).one()
        card_row.provider_id = method_id
        tx.add_all([anna, card_row])


@dataclass
class Round:
    """Anna's visit, step by step; only jobs of the worker's queue are done."""

    means: Means
    world: World
    stripe: SimulatedStripe | None = None

    @property
    def database(self) -> Database:
        return self.means.database

    def ask_to_enter(self) -> str:
        with self.database.transaction() as tx:
            return entry.request_entry(tx, tx.get_one(Customer, self.world.anna_id), DOOR_CODE).id

    def walk_in(self) -> str:
        visit_id = self.ask_to_enter()
        self.work()
        self.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.DOOR_OPENED))
        return visit_id

    def leave_paid_with(self, visit_id: str, colas: int) -> None:
        """Scan, order, go; the visit is settled and its money collected."""
        self.leave_paid_with_the_help_of_another(visit_id, colas)
        self.work()

    def leave_paid_with_the_help_of_another(self, visit_id: str, colas: int) -> None:
        """The same, but a worker elsewhere does what is then due."""

        def steps(tx: Session, visit: Visit) -> None:
            if colas:
                basket.scan(tx, visit, COLA.gtin, colas)
            ending.order(tx, visit)
            ending.say_left(tx, visit)

        self.change(visit_id, steps)
        self.hurry("end_visit")

    def about_to_settle(self) -> str:
        """Two kinds of goods in the basket, ordered, and she has left; nothing else is waiting to be done."""
        visit_id = self.walk_in()
        self.work()

        def steps(tx: Session, visit: Visit) -> None:
            for article in (COLA, MILK):
                basket.scan(tx, visit, article.gtin, 2)
            ending.order(tx, visit)
            ending.say_left(tx, visit)

        self.change(visit_id, steps)
        self.hurry("end_visit")
        return visit_id

    def pay_what_is_due(self, visit_id: str) -> None:
        def steps(tx: Session, visit: Visit) -> None:
            settlement.charge_anew(tx, visit)
            lifecycle.advance(tx, visit, Event.PAY)

        self.change(visit_id, steps)
        self.work()

    def change(self, visit_id: str, steps: Callable[[Session, Visit], object]) -> None:
        with self.database.transaction() as tx:
            steps(tx, visits.locked(tx, visit_id))

    def work(self) -> None:
        """Everything that is due now."""
        while do_one(self.means):
            pass

    def hurry(self, kind: str, **which: str) -> None:
        """Waiting jobs of this kind are due now, and the leases of lost ones are over."""
        past = clock.now() - timedelta(seconds=1)
        mine = [col(Job.payload)[name].as_string() == value for name, value in which.items()]
        with self.database.transaction() as tx:
            tx.execute(
                update(Job)
                .where(col(Job.kind) == kind, col(Job.status) == Status.READY, *mine)
                .values(not_before=past)
            )
            tx.execute(
                update(Job)
                .where(col(Job.kind) == kind, col(Job.status) == Status.RUNNING)
                .values(lease_until=past)
            )

    def news(self, provider_id: str, times: int = 1) -> None:
        """What a webhook leaves behind."""
        with self.database.transaction() as tx:
            for _ in range(times):
                self._job(tx, "payment_news", provider_id)
        self.work()

    def card_news(self, session_id: str) -> None:
        with self.database.transaction() as tx:
            self._job(tx, "card_news", session_id)
        self.work()

    def _job(self, tx: Session, kind: str, provider_id: str) -> None:
        jobs.add(
            tx,
            operator_id=self.world.operator_id,
            store_id=None,
            kind=kind,
            subject=provider_id[:40],
            provider_id=provider_id,
        )

    def visit(self, visit_id: str) -> Visit:
        with self.database.reading() as tx:
            return tx.get_one(Visit, visit_id)

    def payments(self, visit_id: str) -> list[Payment]:
        with self.database.reading() as tx:
            return payments.of_visit(tx, visit_id)

    def jobs(self, kind: str) -> list[Job]:
        with self.database.reading() as tx:
            return list(tx.exec(select(Job).where(Job.kind == kind).order_by(col(Job.id))))

    def incidents(self) -> list[Incident]:
        with self.database.reading() as tx:
            return list(tx.exec(select(Incident)))

    def booked(self, visit_id: str) -> dict[Account, int]:
        with self.database.reading() as tx:
            return ledger.balances(tx, visit_id)


def eventually(happened: Callable[[], object], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
