"""Asks each source for its figures: truth file, ledger, Stripe, documents, bolt log, shelves."""

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulators.demo import documents
from simulators.demo.facts import Facts, Order, RanOn, ReceiptFigures, Release, StockFact, VisitFacts
from simulators.demo.personas import party_of
from simulators.demo.stage import Stage
from simulators.demo.visit import Diary
from simulators.shopper import local_client

Json = dict[str, Any]

HOLDS = {"requires_capture": "open", "succeeded": "captured", "canceled": "released"}


def gather(
    stages: Sequence[Stage], seed: int, diaries: Sequence[Diary], causes: Mapping[str, Sequence[str]]
) -> Facts:
    """Everything that can be known from outside, once all visits are over; the stores share one shop."""
    stage = stages[0]
    truth = goods_that_left(stages)
    ledger, unlocks, stock = stage.books("ledger", "unlocks", "stock")
    charged = card_bookings(ledger)
    payments = stripe_payments(stage.at.stripe_url, stage.stripe_key)
    refunds = stripe_refunds(stage.at.stripe_url, stage.stripe_key)
    receipts = stage.folder / "receipts"
    rows = [
        _row(diary, truth, charged, payments, refunds, receipts, causes.get(diary.visit or "", ()))
        for diary in diaries
    ]
    return Facts(
        ran_on=RanOn(
            db=stage.database_url.partition(":")[0].partition("+")[0],
            broker=stage.broker,
            commit=commit(),
            seed=seed,
        ),
        visits=rows,
        orders=[Order(row["id"], row["visit"], int(row["committed_ms"])) for row in unlocks],
        releases=[release for one in stages for release in releases(one.bolt_log)],
        stock=_stock(stages, stock, truth, rows),
        strangers=_strangers(rows, truth, charged, payments),
    )


def goods_that_left(stages: Sequence[Stage]) -> dict[str, list[Json]]:
    """Party -> the items that physically went out with her and her friends."""
    gone: dict[str, list[Json]] = defaultdict(list)
    for stage in stages:
        for line in _lines(stage.truth_file):
            gone[party_of(line["person"])] += line["items"]
    return gone


def card_bookings(ledger: Sequence[Json]) -> dict[str, int]:
    """Visit -> cents our books say the card was charged."""
    booked: dict[str, int] = defaultdict(int)
    for row in ledger:
        if row["account"] == "card":
            booked[row["visit"]] += row["cents"]
    return booked


def stripe_payments(url: str, key: str) -> dict[str, list[Json]]:
    """Visit -> its payment intents, as Stripe lists them."""
    return _listed(url, key, "payment_intents")


def stripe_refunds(url: str, key: str) -> dict[str, int]:
    """Visit -> cents that Stripe gave back."""
    listed = _listed(url, key, "refunds")
    return {visit: sum(refund["amount"] for refund in given) for visit, given in listed.items()}


def stripe_customers(url: str, key: str) -> frozenset[str]:
    """Addresses that Stripe knows."""
    return frozenset(one["email"] for one in _all(url, key, "customers"))


def _listed(url: str, key: str, what: str) -> dict[str, list[Json]]:
    """Visit -> what Stripe has of it."""
    found: dict[str, list[Json]] = defaultdict(list)
    for one in _all(url, key, what):
        found[one["metadata"].get("visit", "")].append(one)
    return found


def _all(url: str, key: str, what: str) -> Iterator[Json]:
    headers = {"Authorization": f"Bearer {key}"}
    with local_client(base_url=url, headers=headers) as http:
        after: dict[str, str] = {}
        more = True
        while more:
            page = http.get(f"/v1/{what}", params={"limit": "100", **after}).raise_for_status().json()
            yield from page["data"]
            more = page["has_more"]
            after = {"starting_after": page["data"][-1]["id"]} if more else {}


def releases(bolt_log: Path) -> list[Release]:
    """Each time a command drew the bolt back."""
    lines = [line for line in _lines(bolt_log) if line["bolt"] == "unlocked" and line["cause"] == "cmd"]
    return [Release(command=line["cmd_id"], at_ms=line["wall_ms"]) for line in lines]


def commit() -> str:
    """Of the code that ran; empty outside a git checkout."""
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _row(
    diary: Diary,
    truth: Mapping[str, list[Json]],
    charged: Mapping[str, int],
    payments: Mapping[str, list[Json]],
    refunds: Mapping[str, int],
    receipts: Path,
    causes: Sequence[str],
) -> VisitFacts:
    visit = diary.visit or ""
    intents = payments.get(visit, [])
    refunded = refunds.get(visit, 0)
    receipt, page = _documents(receipts, visit)
    correction, correction_page = _documents(receipts, f"{visit}-correction")
    return VisitFacts(
        visit=visit,
        party=diary.plan.party,
        persona=diary.plan.persona.name,
        state=diary.state,
        expected=diary.plan.persona.ends,
        reason=diary.reason,
        causes=tuple(causes),
        truth_cents=_worth(truth.get(diary.plan.party, [])) - diary.refunded_cents,
        charged_cents=charged.get(visit, 0),
        stripe_captured_cents=sum(intent["amount_received"] for intent in intents) - refunded,
        receipt=receipt,
        page=page,
        correction=correction,
        correction_page=correction_page,
        refunded_cents=refunded,
        hold=_hold([intent["status"] for intent in intents]),
        settle_ms=diary.settle_ms,
    )


def _documents(folder: Path, name: str) -> tuple[ReceiptFigures, ReceiptFigures]:
    """What the PDF says, and what the web page says."""
    pdf, page = folder / f"{name}.pdf", folder / f"{name}.html"
    return (
        documents.from_pdf(pdf.read_bytes()) if pdf.exists() else ReceiptFigures(),
        documents.from_page(page.read_text()) if page.exists() else ReceiptFigures(),
    )


def _hold(statuses: Sequence[str]) -> str:
    shown = [HOLDS.get(status, "none") for status in statuses]
    return next((hold for hold in ("open", "captured", "released") if hold in shown), "none")


def _worth(items: Sequence[Json]) -> int:
    return sum(item["price_cents"] + item["deposit_cents"] for item in items)


def _stock(
    stages: Sequence[Stage],
    books: Sequence[Json],
    truth: Mapping[str, list[Json]],
    rows: Sequence[VisitFacts],
) -> list[StockFact]:
    standing: Counter[str] = Counter()
    for stage in stages:
        with stage.world() as world:
            for units in world.counts().values():
                standing.update(units)
    booked = {row["sku"]: row["on_hand"] for row in books}
    return [
        StockFact(
            sku=sku,
            on_the_shelf=standing[sku],
            in_the_books=booked.get(sku, 0),
            visits=tuple(row.visit for row in rows if _took(truth.get(row.party, []), sku)),
        )
        for sku in sorted(standing.keys() | booked.keys())
    ]


def _took(items: Sequence[Json], sku: str) -> bool:
    return any(item["sku"] == sku for item in items)


def _strangers(
    rows: Sequence[VisitFacts],
    truth: Mapping[str, list[Json]],
    charged: Mapping[str, int],
    payments: Mapping[str, list[Json]],
) -> dict[str, str]:
    """Goods and money of visits that no shopper made."""
    visits, parties = {row.visit for row in rows}, {row.party for row in rows}
    found = {party: f"truth_cents, {_worth(truth[party])} left" for party in truth.keys() - parties}
    found |= {
        visit: f"charged_cents, {charged[visit]} booked"
        for visit in charged.keys() - visits
        if charged[visit]
    }
    for visit in payments.keys() - visits:
        if cents := sum(intent["amount_received"] for intent in payments[visit]):
            found[visit or "unknown"] = f"stripe_captured_cents, {cents} captured"
    return found


def _lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
