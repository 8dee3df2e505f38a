"""The simulated account: every object, the events they caused, and who is asking right now.

One object holds everything and only the server's event loop touches it: each request runs to its end
before the next one starts, so the loop is the lock.
"""

import json
import secrets
import string
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from simulators.stripe.errors import Obj, no_such
from simulators.stripe.money_log import MoneyLog, Movement

EVENTS_KEPT = 10_000
ALPHABET = string.ascii_letters + string.digits

# How Stripe names a missing object in "No such …".
LABELS = {"payment_method": "PaymentMethod", "setup_intent": "setupintent"}


@dataclass(slots=True)
class Call:
    """One API request as a handler sees it: path id, checked parameters, idempotency key."""

    id: str
    params: Obj
    key: str | None
    request_id: str


@dataclass(slots=True)
class Event:
    """An event as it was when it happened; kept as bytes because a long run has very many of them."""

    id: str
    type: str
    created: int
    body: bytes
    pending: int = 0

    def render(self) -> Obj:
        event: Obj = json.loads(self.body)
        return event | {"pending_webhooks": self.pending}


@dataclass
class World:
    public_url: str
    api_version: str
    money: MoneyLog
    publish: Callable[[Event], None]
    objects: dict[str, dict[str, Obj]] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    asking: Call | None = None

    def now(self) -> int:
        return int(time.time())

    def new_id(self, prefix: str, length: int = 24) -> str:
        return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(length))}"

    def shelf(self, kind: str) -> dict[str, Obj]:
        return self.objects.setdefault(kind, {})

    def add(self, obj: Obj) -> Obj:
        self.shelf(obj["object"])[obj["id"]] = obj
        return obj

    def find(self, kind: str, id_: str, *, param: str = "id", status: int = 404) -> Obj:
        """Raises `resource_missing`: 404 for the object a path names, 400 for one a parameter names."""
        obj = self.shelf(kind).get(id_)
        if obj is None or (obj.get("deleted") and status == 400):
            raise no_such(LABELS.get(kind, kind), id_, param=param, status=status)
        return obj

    def those(self, kind: str, **equal: Any) -> Iterable[Obj]:
        return (obj for obj in self.shelf(kind).values() if all(obj[k] == v for k, v in equal.items()))

    def emit(self, type_: str, obj: Obj, *, previous: Obj | None = None) -> None:
        data: Obj = {"object": public(obj)}
        if previous is not None:
            data["previous_attributes"] = previous
        call = self.asking
        asking = {"id": call and call.request_id, "idempotency_key": call and call.key}
        head = {"id": self.new_id("evt"), "object": "event", "api_version": self.api_version}
        event = Event(id=head["id"], type=type_, created=self.now(), body=b"")
        event.body = json.dumps(
            {
                **head,
                "created": event.created,
                "data": data,
                "livemode": False,
                "pending_webhooks": 0,
                "request": asking,
                "type": type_,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        self.events[event.id] = event
        while len(self.events) > EVENTS_KEPT:
            del self.events[next(iter(self.events))]
        self.publish(event)

    def moved(self, kind: Movement, amount: int, intent: Obj, **facts: Any) -> None:
        """Put one movement of money on record, before anybody is told of it."""
        self.money.write(
            kind,
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            metadata=dict(intent["metadata"]),
            idempotency_key=self.asking and self.asking.key,
            **facts,
        )


def public(obj: Obj) -> Obj:
    """An object without the simulator's own notes, whose names start with an underscore."""
    return {name: value for name, value in obj.items() if not name.startswith("_")}


def merge_metadata(current: dict[str, str], change: Any) -> dict[str, str]:
    """An empty value unsets one key, an empty string unsets all. Source: docs.stripe.com/api/metadata."""
    if change is None:
        return current
    if change == "":
        return {}
    return {key: value for key, value in (current | change).items() if value != ""}


def store(obj: Obj, params: Obj, names: Iterable[str]) -> None:
    """Copy plain parameters onto the object; an empty string unsets."""
    for name in names:
        if name in params:
            obj[name] = None if params[name] == "" else params[name]
    if "metadata" in obj:
        obj["metadata"] = merge_metadata(obj["metadata"], params.get("metadata"))
