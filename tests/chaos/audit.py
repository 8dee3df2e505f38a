"""The checks of a chaos run: each has a name, and names what does not hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simulators.demo import report
from simulators.demo.facts import Facts, VisitFacts
from tests.chaos import outboxes, promises
from tests.chaos.attacks import Attack
from tests.chaos.causes import Fault, Trouble, explain
from tests.chaos.nemesis import Kill
from tests.chaos.outboxes import Outbox
from tests.chaos.promises import Answer, Kept

SETTLE_OF = (3, 4)  # at least three of four, on the worst day
FEW_SETTLE_OF = (1, 2)  # as many kills fall on each visit of a small run as on three of a large one
FEW = 45
MEANS_TO_BE_REVIEWED = ("disputes the shelf",)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was gathered once the shop had come to rest."""

    facts: Facts
    at_rest: bool
    kills: Sequence[Kill]
    kills_wanted: Mapping[str, int]
    faults: Sequence[Fault]
    timeouts: int
    timeouts_wanted: int
    troubles: Sequence[Trouble]
    outboxes: Sequence[Outbox]
    stored: Mapping[str, set[tuple[str, int]]]
    answers: list[Answer]
    kept: Kept
    put_back: frozenset[tuple[str, str]]
    server_errors: Sequence[str]
    attacks: Sequence[Attack]
    captures: Mapping[str, int]  # visit -> how many payments took money
    deadlocks: Sequence[str] = ()
    rushes: Sequence[str] = field(default_factory=list)  # what went wrong in each rush


Check = Callable[[Evidence], list[str]]


def failures(evidence: Evidence) -> dict[str, list[str]]:
    """Name of the check -> what does not hold, for every check; empty lists when all is well."""
    return {name: check(evidence) for name, check in CHECKS.items()}


def _at_rest(evidence: Evidence) -> list[str]:
    return [] if evidence.at_rest else ["visits or payments were still on their way when the wait was over"]


def _enough_settled(evidence: Evidence) -> list[str]:
    rows = [row for row in evidence.facts.visits if row.expected == "settled"]
    settled = sum(row.state == "settled" for row in rows)
    share, of = SETTLE_OF if len(rows) >= FEW else FEW_SETTLE_OF
    return [] if settled * of >= len(rows) * share else [f"{settled} of {len(rows)} settled"]


def _all_explained(evidence: Evidence) -> list[str]:
    return [
        f"visit {trouble.visit}: {', '.join(trouble.why)}, and no injected fault explains it"
        for trouble in evidence.troubles
        if not explain(trouble, evidence.faults)
    ]


def _disagreements(*marks: str) -> Check:
    """Of the demo's row-by-row checks, those whose words hold one of the marks."""

    def check(evidence: Evidence) -> list[str]:
        problems = report.disagreements(evidence.facts)
        return [problem for problem in problems if any(mark in problem for mark in marks)]

    return check


def _charged_once(evidence: Evidence) -> list[str]:
    rows = {row.visit: row for row in evidence.facts.visits}
    return [
        f"visit {visit}: {count} payments took {row.stripe_captured_cents}, {row.charged_cents} are booked"
        for visit, count in evidence.captures.items()
        if (row := rows.get(visit)) is not None and row.stripe_captured_cents > row.charged_cents
    ]


def _reports_lost(evidence: Evidence) -> list[str]:
    return [
        f"{outbox.device}: {missing} acknowledged and not stored"
        for outbox in evidence.outboxes
        if (missing := outboxes.lost(outbox, evidence.stored.get(outbox.device, set())))
    ]


def _reports_told(evidence: Evidence) -> list[str]:
    return [
        f"{outbox.device}: {count} reports still wait to be stored"
        for outbox in evidence.outboxes
        if (count := outboxes.waiting(outbox))
    ]


def _promises_kept(evidence: Evidence) -> list[str]:
    return promises.broken(evidence.answers, evidence.kept, evidence.put_back)


def _attacks_refused(evidence: Evidence) -> list[str]:
    return [
        f"an unlock {attack.name} was answered: {attack.answer}"
        for attack in evidence.attacks
        if not attack.answer.startswith("rejected")
    ]


def _killed_enough(evidence: Evidence) -> list[str]:
    found = []
    for target, wanted in evidence.kills_wanted.items():
        kills = [kill for kill in evidence.kills if kill.target == target]
        if len(kills) < wanted:
            found.append(f"{target} was killed {len(kills)} times, wanted {wanted}")
        found += [f"{target} {kill.pid} did not come back" for kill in kills if kill.back_ms is None]
        found += [f"{target} {kill.pid} died while nobody was there" for kill in kills if not kill.in_flight]
    return found


def _timed_out_enough(evidence: Evidence) -> list[str]:
    if evidence.timeouts >= evidence.timeouts_wanted:
        return []
    return [f"{evidence.timeouts} time-outs after the work, wanted {evidence.timeouts_wanted}"]


CHECKS: dict[str, Check] = {
    "came to rest": _at_rest,
    "enough settled": _enough_settled,
    "every trouble has an injected cause": _all_explained,
    "four sums equal": _disagreements("_cents", "causes,", "came to no end"),
    "charged once": _charged_once,
    "no hold left open": _disagreements("holds_open"),
    "stock equals the shelves": _disagreements("stock_mismatches"),
    "no late unlock": _disagreements("late_unlocks, released"),
    "door opened only when ordered": _disagreements("nobody ordered"),
    "commands run once": _disagreements("double_unlocks"),
    "attacks were refused": _attacks_refused,
    "reports lost": _reports_lost,
    "all reports delivered": _reports_told,
    "acknowledged is kept": _promises_kept,
    "no server error": lambda evidence: sorted(set(evidence.server_errors)),
    "no deadlock": lambda evidence: list(evidence.deadlocks),
    "never oversold": lambda evidence: list(evidence.rushes),
    "enough was killed": _killed_enough,
    "Stripe timed out enough": _timed_out_enough,
}


def trouble_of(row: VisitFacts, store: str, from_ms: int, to_ms: int) -> Trouble | None:
    """What there is to explain about a visit; None when it went as this shopper meant it to."""
    if row.state == row.expected and (not row.reviewed or row.persona in MEANS_TO_BE_REVIEWED):
        return None
    why = [cause for cause in row.causes if cause != "review"]
    if row.state != row.expected:
        why.append(row.reason or row.state)
    return Trouble(row.visit, store, tuple(why or ["review"]), from_ms, to_ms)
