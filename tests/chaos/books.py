"""Looks straight into the product's database: what is in flight, what arrived, what is still to be done."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from typing import Any

import psycopg

IN_FLIGHT = ("requested", "authenticating", "admitted", "unlocked", "shopping", "settling")
MONEY_JOBS = (
    "place_hold",
    "charge",
    "capture",
    "release_hold",
    "refund",
    "payment_news",
    "refund_news",
    "mail_receipt",
    "forget_card",
    "forget_customer",
)


class Away(Exception):
    """The database does not answer just now."""


class Books:
    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Raises Away."""
        try:
            if self._url.startswith("sqlite:///"):
                path = self._url.removeprefix("sqlite:///")
                with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as books:
                    return books.execute(statement).fetchall()
            with psycopg.connect(self._url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
                return connection.execute(statement.encode()).fetchall()
        except (sqlite3.OperationalError, psycopg.OperationalError) as error:
            raise Away(type(error).__name__) from error

    def in_flight(self) -> list[tuple[str, str, str]]:
        """Visit, state and store's slug of every visit on its way."""
        among = ", ".join(f"'{state}'" for state in IN_FLIGHT)
        return self.rows(
            "SELECT visit.id, visit.state, store.slug FROM visit JOIN store ON store.id = visit.store_id"  # noqa: S608 - constants
            f" WHERE visit.state IN ({among}) ORDER BY visit.id"
        )

    def unfinished(self) -> int:
        """Visits on their way, and work about money or its papers that is not done."""
        among = ", ".join(f"'{kind}'" for kind in MONEY_JOBS)
        [(jobs,)] = self.rows(
            f"SELECT count(*) FROM job WHERE kind IN ({among}) AND status IN ('ready', 'running')"  # noqa: S608 - constants
        )
        return len(self.in_flight()) + int(jobs)

    def visit_of_job(self) -> dict[str, str]:
        return dict(self.rows("SELECT id, subject FROM job"))

    def visit_of_intent(self) -> dict[str, str]:
        found = self.rows("SELECT provider_id, visit_id FROM payment WHERE provider_id IS NOT NULL")
        return dict(found)

    def stored_reports(self) -> dict[str, set[tuple[str, int]]]:
        """Device -> (epoch, number) of every report that is kept."""
        found: dict[str, set[tuple[str, int]]] = defaultdict(set)
        for source, name in self.rows("SELECT source, external_id FROM inbox WHERE source LIKE 'device:%'"):
            epoch, _, number = name.partition(":")
            if number.isdigit():
                found[source.removeprefix("device:")].add((epoch, int(number)))
        return found

    def on_hand(self) -> dict[str, int]:
        """SKU -> units, as the sum of its movements."""
        return dict(
            self.rows(
                "SELECT product.sku, sum(stockmovement.quantity) FROM stockmovement"
                " JOIN product ON product.id = stockmovement.product_id GROUP BY product.sku"
            )
        )

    def scanned(self) -> dict[tuple[str, str], int]:
        """Visit and SKU -> units she scanned."""
        lines = self.rows("SELECT visit_id, sku, scanned FROM basketline")
        return {(visit, sku): int(units) for visit, sku, units in lines}

    def customers(self) -> frozenset[str]:
        """Addresses of everybody who has an account."""
        return frozenset(email for (email,) in self.rows("SELECT email FROM customer"))

    def objections(self) -> frozenset[str]:
        return frozenset(name for (name,) in self.rows("SELECT id FROM objection"))

    def marks(self) -> dict[str, dict[str, bool]]:
        """Visit -> whether it was ordered or paid later, and whether she was seen leaving or never inside."""
        ordered = "ordered_at IS NOT NULL OR paid_cents > 0"
        left = "exit_seen_at IS NOT NULL OR entered_at IS NULL"
        found = self.rows(f"SELECT id, {ordered}, {left} FROM visit")  # noqa: S608 - constants
        return {visit: {"pay": bool(ordered), "leave": bool(left)} for visit, ordered, left in found}
