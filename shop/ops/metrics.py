"""What the processes count themselves; what is read from the database is in `figures`."""

import os
import platform
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from shop.ops.counting import Counter, Gauge, Histogram, Readings

EVERY = ("serve", "admin", "worker", "gateway")
WEB = ("serve", "admin")
LOOPING = ("worker", "gateway")
STILL_S = 20.0  # a loop that stood longer hangs: nobody waits that long for the database
# limits in seconds: of work for the machine, and of what people or banks wait for
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATIENT = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0)


class Loop:
    """When the main loop of this process last went round."""

    def __init__(self) -> None:
        self.moved()

    def moved(self) -> None:
        self._at = time.monotonic()

    def age_s(self) -> float:
        return time.monotonic() - self._at

    def is_moving(self) -> bool:
        return self.age_s() < STILL_S


LOOP = Loop()
BEGAN = time.time()


@cache
def _build() -> Readings:
    return {(version("staff-free-shop"), platform.python_version()): 1}


def _memory() -> Readings:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not Linux
        return {}
    return {(): pages * os.sysconf("SC_PAGE_SIZE")}


REQUESTS = Counter("shop_requests_total", "Requests answered", "method", "route", "status", at=WEB)
REQUEST = Histogram(
    "shop_request_seconds", "From a request's arrival until its answer begins", "route", at=WEB, upto=QUICK
)
WEBHOOKS = Counter(
    "shop_webhooks_total", "News from Stripe: taken, ignored or forged", "outcome", at=("serve",)
)
TRANSACTION = Histogram(
    "shop_transaction_seconds", "A committed transaction, waiting for its turn included", at=EVERY, upto=QUICK
)
LOCK_WAIT = Histogram(
    "shop_lock_wait_seconds",
    "Waiting to write (SQLite): thread, for others of this process; file, for other processes",
    "among",
    at=EVERY,
    upto=QUICK,
)
JOB = Histogram("shop_job_seconds", "A job that was done, with its calls", "kind", at=("worker",), upto=QUICK)
JOBS_FAILED = Counter(
    "shop_jobs_failed_total",
    "Tries of jobs that failed: put_off or given_up",
    "kind",
    "outcome",
    at=("worker",),
)
SETTLE = Histogram(
    "shop_settle_seconds", "From the booked sale until its payment is captured", at=("worker",), upto=PATIENT
)
STRIPE = Histogram(
    "shop_stripe_seconds",
    "One call to Stripe: ok, declined, gone or unavailable",
    "call",
    "outcome",
    at=("worker",),
    upto=QUICK,
)
MAIL = Histogram(
    "shop_mail_seconds",
    "One mail handed to the mail server: ok or failed",
    "outcome",
    at=("worker",),
    upto=QUICK,
)
TAP_TO_UNLOCKED = Histogram(
    "shop_tap_to_unlocked_seconds",
    "From the shopper's tap until her lock has opened, a question of her bank included",
    at=("gateway",),
    upto=PATIENT,
)
UNLOCKS = Counter(
    "shop_unlocks_total",
    "Unlock orders by how they ended, each counted by the gateway that booked its end",
    "outcome",
    at=("gateway",),
)
REPORTS = Counter(
    "shop_reports_total",
    "Device reports: stored, duplicate, gap (asked for again) or refused",
    "outcome",
    at=("gateway",),
)
BROKER = Gauge("shop_broker_connected", "1 while the broker is connected", at=("gateway",))
LOOP_AGE = Gauge(
    "shop_loop_age_seconds",
    "Since the main loop last went round",
    at=LOOPING,
    ask=lambda: {(): LOOP.age_s()},
)
READY = Gauge("shop_ready", "1 while /health/ready says so", at=EVERY)
BUILD = Gauge("shop_build_info", "Always 1", "version", "python", at=EVERY, ask=_build)
MEMORY = Gauge("process_resident_memory_bytes", "Memory in use", at=EVERY, ask=_memory)
CPU = Gauge(
    "process_cpu_seconds_total",
    "CPU time used",
    at=EVERY,
    ask=lambda: {(): time.process_time()},
    kind="counter",
)
STARTED = Gauge("process_start_time_seconds", "Start, Unix time", at=EVERY, ask=lambda: {(): BEGAN})
