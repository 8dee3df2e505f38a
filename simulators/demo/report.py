"""The report of a demo: figures and rows from the facts, and everything that does not hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from simulators.demo.facts import (
    COUNTED_STATES,
    DUE_STATES,
    FIGURES,
    ZERO_STATES,
    Facts,
    Release,
    StockFact,
    VisitFacts,
)

UNLOCK_LIMIT_MS = 3000  # the lock's challenge lives no longer (device protocol 4.5); never scaled
PLENTY_OF_VISITS = 25
ONE_IN = 5  # may end otherwise: of 25 at least 20 settle


def build(facts: Facts) -> dict[str, Any]:
    """The object written to report.json."""
    rows = facts.visits
    states = Counter(row.state for row in rows)
    times = list(_unlock_times(facts).values())
    settle = [row.settle_ms for row in rows if row.settle_ms is not None]
    ran_on = facts.ran_on
    return {
        "ran_on": {"db": ran_on.db, "broker": ran_on.broker, "commit": ran_on.commit, "seed": ran_on.seed},
        "visits": len(rows),
        **{state: states[state] for state in COUNTED_STATES},
        **{figure: sum(getattr(row, figure) for row in rows) for figure in FIGURES},
        "refunded_cents": sum(row.refunded_cents for row in rows),
        "holds_open": sum(_holds_back(row) for row in rows),
        "stock_mismatches": len(_mismatches(facts.stock)),
        "unlocks": len(facts.releases),
        "late_unlocks": len(_late(facts)),
        "double_unlocks": len(_double(facts)),
        "unlock_ms": _percentiles(times),
        "settle_ms": _percentiles(settle),
        "per_visit": [_row(row) for row in rows],
    }


def problems(facts: Facts) -> list[str]:
    """Every check that does not hold, in words that name the visit and the figure; empty when all is well."""
    return disagreements(facts) + _too_few_settled(facts.visits) + _surprises(facts.visits)


def disagreements(facts: Facts) -> list[str]:
    """What must hold on the worst day too: sums, stock, holds and the door, row by row."""
    found = [problem for row in facts.visits for problem in _problems_of(row)]
    found += [f"visit {visit}: {what}" for visit, what in facts.strangers.items()]
    found += [_stock_problem(fact) for fact in _mismatches(facts.stock)]
    found += [f"{_named(facts, release)}: late_unlocks, {why}" for release, why in _late(facts)]
    found += [f"{_named(facts, release)}: double_unlocks, released again" for release in _double(facts)]
    return found


def _row(row: VisitFacts) -> dict[str, Any]:
    return {
        "visit": row.visit,
        "party": row.party,
        "persona": row.persona,
        "state": row.state,
        "reason": row.reason,
        "causes": list(row.causes),
        **{figure: getattr(row, figure) for figure in FIGURES},
        "refunded_cents": row.refunded_cents,
        "hold": row.hold,
        "settle_ms": row.settle_ms,
    }


def _problems_of(row: VisitFacts) -> Iterator[str]:
    name = f"visit {row.visit} ({row.party}, {row.state})"
    if row.state not in COUNTED_STATES:
        yield f"{name}: state, it came to no end"
    elif row.state == "settled":
        yield from (f"{name}: {problem}" for problem in _differing(row, FIGURES))
    elif row.state in ZERO_STATES:
        figures = ((figure, getattr(row, figure)) for figure in FIGURES)
        yield from (f"{name}: {figure} is {cents}, expected 0" for figure, cents in figures if cents)
    else:
        yield from (f"{name}: {problem}" for problem in _differing(row, FIGURES[1:]))
    if row.state in DUE_STATES and not (row.causes or row.reason):
        yield f"{name}: causes, nobody says why"
    if row.receipt != row.page:
        yield f"{name}: receipts_cents, the PDF says {row.receipt}, the web page {row.page}"
    if row.correction != row.correction_page:
        pages = f"the PDF says {row.correction}, the web page {row.correction_page}"
        yield f"{name}: receipts_cents, of the correction {pages}"
    if row.state == "settled" and row.receipt.total_cents != row.receipt.paid_cents:
        yield f"{name}: receipts_cents, not all of the receipt is paid: {row.receipt}"
    if _holds_back(row):
        yield f"{name}: holds_open, the card is still held"


def _differing(row: VisitFacts, figures: Sequence[str]) -> Iterator[str]:
    """Name the figures that are not what most of them say; all of them when there is no majority."""
    values = {figure: getattr(row, figure) for figure in figures}
    if len(set(values.values())) == 1:
        return
    (usual, count), *others = Counter(values.values()).most_common()
    if others and others[0][1] == count:
        yield ", ".join(f"{figure} is {cents}" for figure, cents in values.items())
        return
    for figure, cents in values.items():
        if cents != usual:
            yield f"{figure} is {cents}, the others say {usual}"


def _holds_back(row: VisitFacts) -> bool:
    """A card held for a visit that is over; one that waits for a person or a payment still needs its hold."""
    return row.hold == "open" and row.state in ("settled", *ZERO_STATES)


def _mismatches(stock: Sequence[StockFact]) -> list[StockFact]:
    return [fact for fact in stock if fact.on_the_shelf != fact.in_the_books]


def _stock_problem(fact: StockFact) -> str:
    visits = ", ".join(fact.visits) or "none"
    return (
        f"visit {visits}: stock_mismatches, SKU {fact.sku} taken there:"
        f" {fact.on_the_shelf} on the shelf, {fact.in_the_books} in the books"
    )


def _unlock_times(facts: Facts) -> dict[str, int]:
    """Command -> milliseconds from the committed order to the first line in the bolt's log."""
    committed = {order.command: order.committed_ms for order in facts.orders}
    times: dict[str, int] = {}
    for release in facts.releases:
        if release.command in committed:
            times.setdefault(release.command, release.at_ms - committed[release.command])
    return times


def _late(facts: Facts) -> list[tuple[Release, str]]:
    committed = {order.command: order.committed_ms for order in facts.orders}
    found = []
    for release in facts.releases:
        if release.command not in committed:
            found.append((release, "nobody ordered this release"))
        elif (after := release.at_ms - committed[release.command]) > UNLOCK_LIMIT_MS:
            found.append((release, f"released {after} ms after the order"))
    return found


def _double(facts: Facts) -> list[Release]:
    """Every release of an order, or for a visit, after the first."""
    visits = {order.command: order.visit for order in facts.orders}
    by_visit: dict[str, list[Release]] = defaultdict(list)
    for release in facts.releases:
        by_visit[visits.get(release.command, release.command)].append(release)
    return [again for releases in by_visit.values() for again in releases[1:]]


def _named(facts: Facts, release: Release) -> str:
    visit = next((order.visit for order in facts.orders if order.command == release.command), "unknown")
    return f"visit {visit}, unlock {release.command}"


def _too_few_settled(rows: Sequence[VisitFacts]) -> list[str]:
    if len(rows) < PLENTY_OF_VISITS:
        return []
    settled = sum(row.state == "settled" and not row.reviewed for row in rows)
    least = len(rows) - len(rows) // ONE_IN
    if settled >= least:
        return []
    return [f"settled: {settled} of {len(rows)} visits settled without review, at least {least} should"]


def _surprises(rows: Sequence[VisitFacts]) -> list[str]:
    """One in five may end otherwise than planned, on a slow machine; more is a fault."""
    surprising = [row for row in rows if row.state != row.expected]
    if ONE_IN * len(surprising) <= len(rows):
        return []
    return [
        f"visit {row.visit} ({row.party}, {row.persona}): state is {row.state}, expected {row.expected}"
        for row in surprising
    ]


def _percentiles(values: Sequence[int]) -> dict[str, int | None]:
    """Nearest rank; None without values."""
    ordered = sorted(values)
    return {
        name: ordered[ceil(share * len(ordered)) - 1] if ordered else None
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
