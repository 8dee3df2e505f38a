"""All locks, door contacts and shelves of all stores in one light process, speaking the device contract.

Stands in for the devices so that the load costs little beside the product. Real: every message, its
signature, the rules of the lock, sequence numbers, retained states, heartbeats. Left out: motors, bouncing
contacts, scales at rest, and outboxes on a disk.
"""

import argparse
import gc
import json
import queue
import random
import threading
import time
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from devices import signing, topics, ulid
from devices.broker_config import HOST
from devices.edge import clocks
from devices.edge.lock import Answers, LockRules, Release
from devices.edge.timers import Timers
from devices.events import (
    ContactChanged,
    ContactState,
    EventData,
    LockChanged,
    LockState,
    ShelfChange,
    ShelfState,
)
from devices.messages import (
    Birth,
    ChallengeRequest,
    CommandAck,
    Envelope,
    EventAck,
    Heartbeat,
    Message,
    OutboxRange,
    SignedCommand,
    Status,
    parse,
    parse_command,
)
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming, LinkUp
from simulators.demo.processes import wait_for

UNITS, UNIT_G = 1000, 250  # what stands on each plate at first
SWING_S = 0.2  # from the handle to the open door, and until it is shut again
BEATS_S = {"lock": 5.0, "contact": 30.0, "shelf": 30.0}
CONNECT_S = 30.0


class Unit:
    """One device: its link, its numbers, its retained states."""

    def __init__(self, store: str, device: str, kind: str, link: Link) -> None:
        self.store, self.device, self.kind = store, device, kind
        self.seq = 0
        self._link = link
        self._epoch = ulid.new()
        self._birth = ulid.new()
        self._began = time.monotonic()

    def born(self, state: str, data: EventData) -> None:
        birth = Birth(
            birth=self._birth,
            fw="1.0.0",
            hw="bench",
            model=f"bench-{self.kind}",
            caps=(self.kind,),
            egress="mechanical" if self.kind == "lock" else None,
            epoch=self._epoch,
            outbox=OutboxRange(first=1, last=0),
        )
        self.publish("birth", birth, retain=True)
        online = Status(online=True, birth=self._birth, ts=clocks.wall_ms())
        self.publish("status", online, retain=True)
        self.publish("state", data, state, retain=True)

    def report(self, kind: str, data: EventData, state: str, after: EventData) -> None:
        self.seq += 1
        envelope = Envelope(
            id=ulid.new(),
            dev=self.device,
            epoch=self._epoch,
            seq=self.seq,
            ts=clocks.wall_ms(),
            tsq="ntp",
            mono=clocks.boot_ms(),
            type=kind,
            data=data,
        )
        self.publish("event", envelope)
        self.publish("state", after, state, retain=True)

    def beat(self) -> None:
        up_s = int(time.monotonic() - self._began)
        self.publish("hb", Heartbeat(up_s=up_s, q=0, ts=clocks.wall_ms()), qos=0)

    def publish(
        self,
        kind: str,
        message: Message,
        capability: str | None = None,
        *,
        qos: int = 1,
        retain: bool = False,
    ) -> None:
        topic = topics.up(self.store, self.device, kind, capability)
        if not self._link.publish(topic, message.to_bytes(), qos=qos, retain=retain):
            raise ConnectionError(f"{self.device} lost the broker")


class StoreFront:
    """One door and one shelf. Whoever is let in enters, shuts the door and takes one thing."""

    def __init__(self, plan: dict[str, Any], links: dict[str, Link], timers: Timers) -> None:
        self.releases: dict[str, float] = {}  # unlock id -> wall-clock ms of the bolt's release
        self._timers = timers
        slug: str = plan["slug"]
        self.units = {
            kind: Unit(slug, device, kind, links[device]) for kind, device in plan["devices"].items()
        }
        self._lock, self._contact, self._shelf = (self.units[k] for k in ("lock", "contact", "shelf"))
        self._rules = LockRules(
            device=self._lock.device,
            door=plan["door"],
            keys={plan["kid"]: signing.decode(plan["lock_key"])},
            answers=Answers(Path(":memory:")),
            max_per_minute=10_000,
        )
        self._on_plate = [UNITS * UNIT_G for _ in plan["weighed"]]
        self._plate = 0  # what the next shopper will take
        self._entering: int | None = None  # number of the report that tells of the open door
        self.topics = {
            topics.command(slug, self._lock.device): self.command,
            topics.event_ack(slug, self._contact.device): self.stored,
        }

    def open(self) -> None:
        self._lock.born("lock", LockState(bolt="locked"))
        self._contact.born("contact", ContactState(open=False))
        self._shelf.born("scale-1", ShelfState(g=self._on_plate[0], stable=True))

    def expect(self, plate: int) -> None:
        self._plate = plate

    def command(self, message: Incoming) -> None:
        match parse_command(message.payload):
            case ChallengeRequest() as request:
                self._lock.publish("ack", self._rules.challenge(request))
            case SignedCommand() as signed:
                verdict = self._rules.judge(signed, retained=message.retained)
                if isinstance(verdict, Release):
                    self._release(verdict.unlock.id)
                elif verdict is not None:
                    self._lock.publish("ack", verdict)

    def _release(self, command_id: str) -> None:
        self.releases[command_id] = time.time() * 1000
        done = CommandAck(id=command_id, result="done", bolt="unlocked", took_ms=0)
        self._lock.publish("ack", self._rules.finished(done))
        self._bolt("unlocked", "cmd", command_id)
        self._leaf(is_open=True)
        self._entering = self._contact.seq

    def stored(self, message: Incoming) -> None:
        """Only once the shop knows that the door is open has she had time to walk to the shelf."""
        if self._entering is None or parse(EventAck, message.payload).upto < self._entering:
            return
        self._entering = None
        self._leaf(is_open=False)
        self._bolt("locked", "auto")
        self._take_one()

    def leave(self) -> None:
        """By the handle inside, which asks nobody; then the leaf swings, for hands take their time."""
        self._bolt("locked", "egress")
        self._timers.after(SWING_S, lambda: self._leaf(is_open=True))
        self._timers.after(2 * SWING_S, lambda: self._leaf(is_open=False))

    def _take_one(self) -> None:
        index = self._plate
        before = self._on_plate[index]
        after = self._on_plate[index] = before - UNIT_G
        now = clocks.wall_ms()
        change = ShelfChange(
            shelf="shelf",
            plate=index + 1,
            t0=now,
            t1=now,
            before_g=before,
            after_g=after,
            delta_g=-UNIT_G,
            var_g2=0.5,
        )
        self._shelf.report("shelf.change", change, f"scale-{index + 1}", ShelfState(g=after, stable=True))

    def _bolt(self, bolt: Any, cause: Any, command_id: str | None = None) -> None:
        state = LockState(bolt=bolt, cause=cause, cmd_id=command_id)
        self._lock.report("lock.changed", LockChanged(**state.model_dump()), "lock", state)

    def _leaf(self, *, is_open: bool) -> None:
        changed = ContactChanged(open=is_open, bounce=random.randint(0, 6))
        self._contact.report("contact.changed", changed, "contact", ContactState(open=is_open))


class Fleet:
    def __init__(self, plans: list[dict[str, Any]], port: int) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._timers = Timers()
        self._links = {
            device: self._link(plan["slug"], device, password, port)
            for plan in plans
            for device, password in plan["passwords"].items()
        }
        self.stores = {plan["slug"]: StoreFront(plan, self._links, self._timers) for plan in plans}
        self._heard = {topic: act for store in self.stores.values() for topic, act in store.topics.items()}
        for unit in (unit for store in self.stores.values() for unit in store.units.values()):
            self._timers.every(BEATS_S[unit.kind], unit.beat)

    def _link(self, store: str, device: str, password: str, port: int) -> Link:
        options = LinkOptions(
            host=HOST,
            port=port,
            username=device,
            password=password,
            subscriptions=((topics.all_down(store, device), 1),),
        )
        link = Link(options, self.inbox)
        link.start()
        return link

    def open(self) -> None:
        wait_for(lambda: all(link.connected for link in self._links.values()), "the broker", CONNECT_S)
        for store in self.stores.values():
            store.open()

    def run(self) -> None:
        """Until told to stop."""
        while (item := self._next()) != ("stop",):
            match item:
                case Incoming(topic=topic):
                    if (act := self._heard.get(topic)) is not None:
                        act(item)
                    self._links[topic.split("/")[3]].ack(item)
                case ("expect", store, plate):
                    self.stores[store].expect(plate)
                case ("leave", store):
                    self.stores[store].leave()
                case LinkUp() | None:
                    pass
                case unexpected:
                    raise RuntimeError(f"the fleet cannot go on: {unexpected}")
        for link in self._links.values():
            link.stop()

    def releases(self) -> dict[str, float]:
        return {name: at for store in self.stores.values() for name, at in store.releases.items()}

    def _next(self) -> Any:
        try:
            return self.inbox.get(timeout=self._timers.run_due())
        except queue.Empty:
            return None


def _listen(people: Connection, inbox: "queue.SimpleQueue[Any]") -> None:
    try:
        while True:
            inbox.put(people.recv())
    except EOFError:
        inbox.put(("stop",))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=Path, required=True, help="what benchmarks.seeding printed")
    parser.add_argument("--broker-port", type=int, required=True)
    parser.add_argument("--people", required=True, help="the socket on which people act in the stores")
    options = parser.parse_args()
    plans = json.loads(options.plans.read_text())
    fleet = Fleet(plans, options.broker_port)
    fleet.open()
    gc.freeze()  # many locks are one process here: a walk through all of them would look like a slow door
    with Client(options.people, family="AF_UNIX") as people:
        threading.Thread(target=_listen, args=(people, fleet.inbox), daemon=True).start()
        people.send("open")
        fleet.run()
        people.send(fleet.releases())


if __name__ == "__main__":
    main()
