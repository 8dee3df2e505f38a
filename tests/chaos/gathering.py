"""Waits until the shop has come to rest, then asks every source once."""

import time
from collections.abc import Mapping, Sequence

from simulators.demo import sources
from simulators.demo.facts import VisitFacts
from simulators.demo.stage import Stage
from tests.chaos import audit, bank, outboxes
from tests.chaos.attacks import Attack
from tests.chaos.audit import Evidence
from tests.chaos.books import Away, Books
from tests.chaos.causes import Fault, Trouble
from tests.chaos.nemesis import Kill
from tests.chaos.people import StubbornShopper
from tests.chaos.promises import Kept, Promises

QUIET_WITHIN_S = 75.0  # leases end and everything is tried again


def come_to_rest(stage: Stage, stages: Sequence[Stage]) -> bool:
    """No visit and no payment on its way, no report undelivered; False when that takes too long."""
    books = Books(stage.database_url)
    deadline = time.monotonic() + QUIET_WITHIN_S
    while time.monotonic() < deadline:
        try:
            undelivered = sum(outboxes.waiting(box) for box in _outboxes(stages))
            if books.unfinished() == 0 and undelivered == 0:
                return True
        except Away:
            pass
        stage.check()
        time.sleep(0.5)
    return False


def gather(
    stages: Sequence[Stage],
    *,
    seed: int,
    shoppers: Sequence[StubbornShopper],
    promises: Promises,
    causes: Mapping[str, Sequence[str]],
    at_rest: bool,
    kills: Sequence[Kill] = (),
    kills_wanted: Mapping[str, int] | None = None,
    deaths: Sequence[Fault] = (),
    timeouts_wanted: int = 0,
    attacks: Sequence[Attack] = (),
    rushes: Sequence[str] = (),
    deadlocks: Sequence[str] = (),
) -> Evidence:
    stage = stages[0]
    books = Books(stage.database_url)
    facts = sources.gather(stages, seed, [shopper.diary for shopper in shoppers], causes)
    visits, receipts = stage.books("visits", "receipts")
    injected = bank.injected(stage)
    stripe = bank.faults(injected, books.visit_of_job(), books.visit_of_intent())
    payments = sources.stripe_payments(stage.at.stripe_url, stage.stripe_key)
    times = {row["id"]: row for row in visits}
    stores = {shopper.diary.visit: shopper.store for shopper in shoppers}
    return Evidence(
        facts=facts,
        at_rest=at_rest,
        kills=kills,
        kills_wanted=kills_wanted or {},
        faults=[*(kill.fault() for kill in kills), *deaths, *stripe],
        timeouts=bank.timed_out_after_work(injected),
        timeouts_wanted=timeouts_wanted,
        troubles=[
            trouble
            for row in facts.visits
            if (trouble := _trouble(row, stores.get(row.visit, ""), times.get(row.visit, {})))
        ],
        outboxes=_outboxes(stages),
        stored=books.stored_reports(),
        answers=promises.answers,
        kept=Kept(
            visits={row["id"]: row["state"] for row in visits},
            marks=books.marks(),
            scanned=books.scanned(),
            receipts={row["visit"]: row["total_cents"] for row in receipts if row["kind"] == "sale"},
            objections=books.objections(),
            sku_of=_skus(stages),
        ),
        put_back=frozenset((s.diary.visit or "", sku) for s in shoppers for sku in s.put_back),
        server_errors=promises.failures,
        attacks=attacks,
        rushes=rushes,
        deadlocks=deadlocks,
        captures={
            visit: sum(intent["amount_received"] > 0 for intent in intents)
            for visit, intents in payments.items()
        },
    )


def _trouble(row: VisitFacts, store: str, times: Mapping[str, int | None]) -> Trouble | None:
    now_ms = time.time_ns() // 1_000_000
    ended_ms = times.get("settled_ms") or times.get("ended_ms") or now_ms
    return audit.trouble_of(row, store, times.get("created_ms") or 0, ended_ms)


def _outboxes(stages: Sequence[Stage]) -> list[outboxes.Outbox]:
    return [box for stage in stages for box in outboxes.read(stage.folder / "hardware")]


def _skus(stages: Sequence[Stage]) -> dict[str, str]:
    return {
        gtin: article["sku"]
        for stage in stages
        for article in stage.assortment["articles"]
        for gtin in article["gtins"]
    }
