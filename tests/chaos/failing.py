"""Inside a process of the product: names every point around a commit or a call outside, and dies where told.

A point is `process, operation: what, before|after`. A file of its name in `armed` is its order to die; it is
moved to `hit` first, so that nobody dies of it twice. While there is a file `passed`, it lists every point.
"""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.chaos.points import file_name
from tests.chaos.processes import PROGRAMS

PORTS = (
    "create_customer", "start_card_setup", "card_setup", "forget_card", "forget_customer",
    "place_hold", "charge", "capture", "release", "refund", "look_up", "refund_state",
)  # fmt: skip
NOTHING = "nothing in hand"
MINOR = ("birth", "status", "hb", "ack")  # what is not a report, by weight: of an answer nothing is stored
MAIN = ("worker", "gateway", "serve", "admin")
# Ids in a path; what is left names the route.
IDS = re.compile(r"(?<=/)(?:[0-9A-Z]{26}|[a-z0-9.-]+-\d+)(?=/|$)")

_operations: ContextVar[tuple[str, ...]] = ContextVar("operations", default=())


class Points:
    def __init__(self, folder: Path, process: str) -> None:
        self._folder = folder
        self._process = process

    def reach(self, what: str, when: str) -> None:
        for operation in _operations.get() or (_caller(),):
            if operation == NOTHING:
                continue
            self._pass(f"{self._process}, {operation}: {what}, {when}")

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        self.reach(what, "before")
        yield
        self.reach(what, "after")

    def _pass(self, name: str) -> None:
        passed = self._folder / "passed"
        if passed.exists():
            with passed.open("a") as file:
                file.write(name + "\n")
        armed = self._folder / "armed" / file_name(name)
        try:
            armed.rename(self._folder / "hit" / armed.name)
        except FileNotFoundError:
            return
        note = {"at_ms": time.time_ns() // 1_000_000, "pid": os.getpid(), "process": self._process}
        (self._folder / "hit" / armed.name).write_text(json.dumps(note))
        os.kill(os.getpid(), signal.SIGKILL)


def instruments(folder: str) -> dict[str, Callable[[ModuleType], None]]:
    """Nothing for the tools that run once."""
    process = _process()
    if process not in MAIN:
        return {}
    points = Points(Path(folder), process)
    return {
        "shop.db": lambda module: _commits(module, points),
        "shop.adapters.stripe_payments": lambda module: _payments(module, points),
        "shop.adapters.email": lambda module: _mails(module, points),
        "shop.worker": _jobs,
        "fastapi.applications": lambda module: _routes(module, points),
        "devices.mqtt": lambda module: _messages(module, points),
        "devices.gateway": _batches,
    }


def _process() -> str:
    words = sys.orig_argv[2:]
    return next((name for name, line in PROGRAMS.items() if tuple(words[: len(line)]) == line), "")


def _caller() -> str:
    """Who asked, when nobody named the work: the nearest function of the product that is not the database."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.split(".")[0] in ("shop", "devices", "admin") and module != "shop.db":
            return frame.f_code.co_name.strip("_")
        frame = frame.f_back  # type: ignore[assignment]
    return "unknown"


def _commits(db: ModuleType, points: Points) -> None:
    for name in ("transaction", "note"):
        setattr(db.Database, name, _commit(getattr(db.Database, name), points))


def _commit(transaction: Callable[..., Any], points: Points) -> Callable[..., Any]:
    @contextmanager
    def watched(self: Any) -> Iterator[Any]:
        with transaction(self) as tx:
            yield tx
            points.reach("commit", "before")
        points.reach("commit", "after")

    return watched


def _payments(adapter: ModuleType, points: Points) -> None:
    for name in PORTS:
        _surround(adapter.StripePayments, name, f"Stripe {name}", points)


def _mails(adapter: ModuleType, points: Points) -> None:
    _surround(adapter.SmtpMail, "send", "mail", points)


def _surround(kind: Any, name: str, what: str, points: Points) -> None:
    call = getattr(kind, name)

    @wraps(call)
    def watched(*arguments: Any, **options: Any) -> Any:
        with points.around(what):
            return call(*arguments, **options)

    setattr(kind, name, watched)


def _jobs(worker: ModuleType) -> None:
    """Named by the kind of the job in hand."""
    do = worker.do

    def named(means: Any, job: Any, **options: Any) -> Any:
        with _doing(job.kind):
            return do(means, job, **options)

    worker.do = named  # type: ignore[attr-defined]
    do_at_once = worker.do_at_once

    def unnamed(means: Any, job_id: str) -> bool:
        with _doing(NOTHING):  # until a handler runs: another worker may have been faster
            done: bool = do_at_once(means, job_id)
        return done

    worker.do_at_once = unnamed  # type: ignore[attr-defined]
    for kind, handler in worker.AT_ONCE.items():
        worker.AT_ONCE[kind] = _naming(kind, handler)


def _naming(kind: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    def named(*arguments: Any) -> Any:
        _operations.set((kind,))
        return handler(*arguments)

    return named


def _routes(applications: ModuleType, points: Points) -> None:
    call = applications.FastAPI.__call__

    async def named(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await call(self, scope, receive, send)
            return
        path = scope["path"].removeprefix("/api/v1")
        webhook = path.startswith("/webhooks")

        async def answer(message: Any) -> None:
            if webhook and message["type"] == "http.response.start":
                points.reach("answer", "before")
            await send(message)

        with _doing(f"{scope['method']} {IDS.sub('*', path)}"):
            await call(self, scope, receive, answer)
            if webhook:
                points.reach("answer", "after")

    applications.FastAPI.__call__ = named


def _messages(mqtt: ModuleType, points: Points) -> None:
    publish, ack = mqtt.Link.publish, mqtt.Link.ack

    def watched(self: Any, topic: str, payload: bytes, **options: Any) -> bool:
        with points.around(f"publish {_kind(topic, payload)}"):
            sent: bool = publish(self, topic, payload, **options)
        return sent

    def watched_ack(self: Any, incoming: Any) -> None:
        with points.around("acknowledge"):
            ack(self, incoming)

    mqtt.Link.publish, mqtt.Link.ack = watched, watched_ack


def _kind(topic: str, payload: bytes) -> str:
    last = topic.rpartition("/")[2]
    if last != "cmd":
        return last
    return str(json.loads(payload).get("op", "unlock"))


def _batches(gateway: ModuleType) -> None:
    """Named by what the batch is about, until the next one: a heartbeat beside a report changes nothing."""
    collect = gateway.Gateway._collect

    def named(self: Any) -> Any:
        notices = collect(self)
        arrived = {_report(one) for one in notices if isinstance(one, gateway.Incoming)}
        minor = next((kind for kind in MINOR if kind in arrived), None)
        _operations.set(tuple(sorted(arrived - set(MINOR))) or ((minor,) if minor else ()))
        return notices

    gateway.Gateway._collect = named


def _report(incoming: Any) -> str:
    kind: str = incoming.topic.rpartition("/")[2]
    if kind != "event":
        return kind
    try:
        return str(json.loads(incoming.payload)["type"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"


@contextmanager
def _doing(operation: str) -> Iterator[None]:
    token = _operations.set((operation,))
    try:
        yield
    finally:
        _operations.reset(token)
