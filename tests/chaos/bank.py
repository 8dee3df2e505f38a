"""What goes wrong at the simulated Stripe: the plan, drawn from the seed, and what of it came to pass."""

import random
from collections.abc import Mapping
from typing import Any

from simulators.demo.stage import Stage
from simulators.shopper import local_client
from tests.chaos.causes import Fault

Json = dict[str, Any]

TIMEOUTS = 3  # of each kind, at least
INTENTS = r"^/v1/payment_intents$"
CAPTURES = r"/capture$"


def plan(visits: int, seed: int) -> list[Json]:
    """Time-outs after the work, errors before it, and webhooks twice, late, out of order or never."""
    dice = random.Random(seed)
    first, last = 2, max(8, round(visits * 0.7))
    requests = []
    for pattern in (INTENTS, CAPTURES):
        numbers = dice.sample(range(first, last + 1), min(last - first + 1, TIMEOUTS + 3 + visits // 20))
        timeouts, errors = numbers[:-3], numbers[-3:]
        requests.append(_request("timeout_after_work", pattern, timeouts, seconds=0.5))
        requests += [
            _request(fault, pattern, [number])
            for fault, number in zip(("http_500", "conflict_409", "reset"), errors, strict=True)
        ]
    webhooks = [
        {"match": {"probability": share, "seed": seed}, "fault": fault, "seconds": 1.0}
        for fault, share in (
            ("webhook_duplicate", 0.2),
            ("webhook_reorder", 0.1),
            ("webhook_delay", 0.05),
            ("webhook_drop", 0.05),
        )
    ]
    return requests + webhooks


def _request(fault: str, pattern: str, numbers: list[int], seconds: float = 1.0) -> Json:
    match = {"method": "POST", "path_regex": pattern, "nth": sorted(numbers)}
    return {"match": match, "fault": fault, "seconds": seconds}


def arm(stage: Stage, rules: list[Json]) -> None:
    with local_client(base_url=stage.at.stripe_url) as http:
        http.post("/_sim/faults", json=rules).raise_for_status()


def let_hold_expire(stage: Stage, visit: str) -> None:
    with local_client(base_url=stage.at.stripe_url) as http:
        holds = http.get("/_sim/state").raise_for_status().json()["open_holds"]
        for hold in holds:
            if hold["metadata"].get("visit") == visit:
                http.post("/_sim/expire_hold", json={"payment_intent": hold["id"]}).raise_for_status()


def time_out_next(stage: Stage) -> None:
    """The next holds or charges are made, and nobody is told."""
    arm(stage, [_request("timeout_after_work", INTENTS, [1, 2], seconds=0.5)])


def injected(stage: Stage) -> list[Json]:
    with local_client(base_url=stage.at.stripe_url) as http:
        found: list[Json] = http.get("/_sim/faults").raise_for_status().json()["injected"]
    return found


def faults(
    injected: list[Json], visit_of_job: Mapping[str, str], visit_of_intent: Mapping[str, str]
) -> list[Fault]:
    """Of requests, with the visit each was about; webhooks only ever delay what the job learns anyway."""
    found = []
    for one in injected:
        if "path" not in one:
            continue
        intent = next((part for part in one["path"].split("/") if part.startswith("pi_")), "")
        job = (one.get("idempotency_key") or "").rstrip("+")
        visit = visit_of_job.get(job) or visit_of_intent.get(intent)
        at_ms = one["at_ms"]
        found.append(
            Fault(f"{one['fault']} at {one['method']} {one['path']}", "stripe", at_ms, at_ms, visit=visit)
        )
    return found


def timed_out_after_work(injected: list[Json]) -> int:
    return sum(one["fault"] == "timeout_after_work" for one in injected)
