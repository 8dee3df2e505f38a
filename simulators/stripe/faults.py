"""The fault plan: which requests and webhooks go wrong, how, and a record of what was injected."""

import hashlib
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulators.stripe.errors import Obj

REQUEST_FAULTS = {"timeout_after_work", "http_500", "conflict_409", "rate_limit_429", "reset", "slow"}
WEBHOOK_FAULTS = {"webhook_duplicate", "webhook_reorder", "webhook_drop", "webhook_delay"}
RULE_KEYS = {"match", "fault", "when", "seconds"}
MATCH_KEYS = {"method", "path_regex", "event_regex", "nth", "probability", "seed"}
RECORD_KEPT = 10_000


class BadPlan(ValueError):
    """The posted plan cannot be understood; the text says why."""


@dataclass
class Rule:
    """One line of the plan. `seconds` is how long timeouts, slow answers and delays last."""

    fault: str
    method: str | None = None
    pattern: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    nth: frozenset[int] | None = None
    probability: float = 1.0
    seed: int = 0
    when: str = "before"
    seconds: float = 1.0
    seen: int = 0

    def strikes(self, method: str | None, text: str) -> bool:
        """Counts a match and decides; the same plan and order of requests strikes the same ones again."""
        if (self.method and self.method != method) or not self.pattern.search(text):
            return False
        self.seen += 1
        if self.nth is not None:
            return self.seen in self.nth
        drawn = hashlib.sha256(f"{self.seed}:{self.seen}".encode()).digest()[:8]
        return int.from_bytes(drawn) < self.probability * 2**64


def read_rule(raw: Any) -> Rule:
    """Raises `BadPlan` on anything it does not know, so that a misspelt fault never passes as no fault."""
    if not isinstance(raw, dict) or raw.keys() - RULE_KEYS:
        raise BadPlan(f"a rule is an object with {sorted(RULE_KEYS)}")
    match = raw.get("match", {})
    if not isinstance(match, dict) or match.keys() - MATCH_KEYS:
        raise BadPlan(f"match is an object with {sorted(MATCH_KEYS)}")
    fault = raw.get("fault")
    if fault not in REQUEST_FAULTS | WEBHOOK_FAULTS:
        raise BadPlan(f"fault is one of {sorted(REQUEST_FAULTS | WEBHOOK_FAULTS)}")
    if raw.get("when", "before") not in ("before", "after"):
        raise BadPlan("when is before or after (the work)")
    nth = match.get("nth")
    try:
        return Rule(
            fault=fault,
            method=match.get("method"),
            pattern=re.compile(match.get("event_regex" if fault in WEBHOOK_FAULTS else "path_regex", "")),
            nth=None if nth is None else frozenset([nth] if isinstance(nth, int) else nth),
            probability=float(match.get("probability", 1.0)),
            seed=int(match.get("seed", 0)),
            when=raw.get("when", "before"),
            seconds=float(raw.get("seconds", 1.0)),
        )
    except (TypeError, ValueError, re.error) as error:
        raise BadPlan(f"unreadable rule: {error}") from error


class FaultPlan:
    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.injected: deque[Obj] = deque(maxlen=RECORD_KEPT)

    def add(self, raw: Any) -> None:
        if not isinstance(raw, list):
            raise BadPlan("the plan is a list of rules")
        self.rules += [read_rule(rule) for rule in raw]

    def clear(self) -> None:
        self.rules.clear()
        self.injected.clear()

    def for_request(self, method: str, path: str, **facts: Any) -> Rule | None:
        return self._pick(REQUEST_FAULTS, method, path, {"method": method, "path": path, **facts})

    def for_webhook(self, event_type: str, **facts: Any) -> Rule | None:
        return self._pick(WEBHOOK_FAULTS, None, event_type, {"event": event_type, **facts})

    def _pick(self, kinds: set[str], method: str | None, text: str, facts: Obj) -> Rule | None:
        """Every rule counts the match; the first that strikes is injected."""
        struck = [rule for rule in self.rules if rule.fault in kinds and rule.strikes(method, text)]
        if not struck:
            return None
        rule = struck[0]
        at_ms = time.time_ns() // 1_000_000
        self.injected.append({"at_ms": at_ms, "fault": rule.fault, "when": rule.when, **facts})
        return rule

    def report(self) -> Obj:
        plan = [
            {"fault": rule.fault, "method": rule.method, "pattern": rule.pattern.pattern, "seen": rule.seen}
            for rule in self.rules
        ]
        return {"plan": plan, "injected": list(self.injected)}
