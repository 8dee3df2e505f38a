"""What each mutant does to the product: one function replaced, inside the product's own processes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType
from typing import Any

STORED_AFTER_S = 0.5  # how long the rash gateway keeps what it has acknowledged in memory only


@dataclass(frozen=True, slots=True)
class Mutation:
    """`function` is its name in the module; `instead` makes the other one, given the module."""

    module: str
    function: str
    instead: Callable[[ModuleType], Callable[..., Any]]

    def apply(self, module: ModuleType) -> None:
        """AttributeError when the product has no such function any more: a mutant must not pass unnoticed."""
        owner, _, name = self.function.rpartition(".")
        getattr(attrgetter(owner)(module) if owner else module, name)
        setattr(attrgetter(owner)(module) if owner else module, name, self.instead(module))


def _rash_store(gateway: ModuleType) -> Callable[..., Any]:
    store, reports = gateway.Gateway._store, gateway.reports

    def store_later(self: Any, batch: list[Any]) -> Any:
        for incoming, topic in batch:
            if topic.kind == "event":
                event = reports.parse_event(incoming.payload)
                self._tell(reports.Upto(event.dev, topic.store, event.epoch, event.seq))
        threading.Timer(STORED_AFTER_S, store, (self, batch)).start()
        return ()

    return store_later


def _event_each_time(reports: ModuleType) -> Callable[..., Any]:
    def event(tx: Any, sender: Any, topic: Any, payload: bytes, **_: Any) -> Any:
        envelope = reports.parse_event(payload)
        name = f"{envelope.epoch}:{envelope.seq}"
        body = envelope.model_dump(mode="json")
        reports.inbox.keep(tx, f"device:{sender.id}", name, envelope.type, body, **sender.scope())
        reports.handlers.handle(tx, sender, envelope, reports.datetime.now(reports.UTC))
        if sender.epoch is None or envelope.epoch > sender.epoch:
            sender.epoch, sender.last_seq = envelope.epoch, 0
        sender.last_seq = max(sender.last_seq, envelope.seq)
        return reports.Upto(sender.id, topic.store, sender.epoch, sender.last_seq)

    return event


def _objection_without_challenge(lock: ModuleType) -> Callable[..., Any]:
    objection = lock.LockRules._objection

    def no_objection(self: Any, command: Any) -> Any:
        self._outstanding.setdefault(command.ch, self._boot_ms())
        return objection(self, command)

    return no_objection


def _judge_retained_too(lock: ModuleType) -> Callable[..., Any]:
    judge = lock.LockRules.judge

    def careless(self: Any, signed: Any, *, retained: bool) -> Any:
        return judge(self, signed, retained=False)

    return careless


def _post_without_key(_adapter: ModuleType) -> Callable[..., Any]:
    def post(self: Any, path: str, key: str, **wish: Any) -> Any:
        return self._client.raw_request("post", f"/v1/{path}", **wish).data

    return post


def _look_at_card(stock: ModuleType) -> Callable[..., Any]:
    cards = stock.StockCard

    def look(tx: Any, store_id: str, product_id: str) -> bool:
        wanted = stock.select(cards.id).where(cards.store_id == store_id, cards.product_id == product_id)
        return tx.exec(wanted).first() is not None

    return look


MUTATIONS = {
    "ack-before-commit": Mutation("devices.gateway", "Gateway._store", _rash_store),
    "no-dedupe": Mutation("devices.reports", "_event", _event_each_time),
    "no-challenge": Mutation("devices.edge.lock", "LockRules._objection", _objection_without_challenge),
    "accept-retained": Mutation("devices.edge.lock", "LockRules.judge", _judge_retained_too),
    "no-idempotency-key": Mutation(
        "shop.adapters.stripe_payments", "StripePayments._post", _post_without_key
    ),
    "plain-select": Mutation("shop.domain.stock", "lock_card", _look_at_card),
}
