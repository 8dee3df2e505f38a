"""The simulated shop as a process: wires to the devices, actions for the people, and the truth about both."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from simulators import premises
from simulators.premises import Door, Impossible, Person, Plate, Premises

MAX_LINE = 64 * 1024
MAX_UNSENT = 1024 * 1024

# Seconds a person needs; scaled by --pace, but never so short that hardware could not notice.
WALK_S, MIN_WALK_S = 1.5, 0.2
REACH_S, MIN_REACH_S = 0.8, 0.25


class World:
    """People act one after the other on a door or a plate; wires hear of every change at once."""

    def __init__(self, shop: Premises, truth_file: Path, pace: float) -> None:
        self._shop = shop
        self._truth_file = truth_file
        self._walk_s = max(WALK_S * pace, MIN_WALK_S)
        self._reach_s = max(REACH_S * pace, MIN_REACH_S)
        self._wires: dict[tuple[str, str], set[asyncio.StreamWriter]] = {}
        self._passage = {door: asyncio.Lock() for door in shop.doors}
        self._moved = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of either kind; a line that is no request is answered and changes nothing."""
        ends = (ConnectionError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError)
        with contextlib.suppress(*ends):  # cancelled: the world ends
            while line := await reader.readline():
                answer = await self._line(line, writer)
                if answer is not None:
                    _write(writer, answer)
        for listeners in self._wires.values():
            listeners.discard(writer)
        writer.close()

    async def _line(self, line: bytes, writer: asyncio.StreamWriter) -> dict[str, Any] | None:
        try:
            request = json.loads(line)
            if "wire" in request:
                return self._attach(str(request["wire"]), str(request["id"]), writer)
            if "bolt" in request:
                await self._bolt(request)
                return None
            action = _ACTIONS[request.pop("do")]
            answer = await action(self, **request)
        except Impossible as impossible:
            return {"ok": False, "error": impossible.code}
        except (KeyError, TypeError, ValueError, AttributeError):
            return {"ok": False, "error": "bad_request"}
        return {"ok": True, "at_ms": _now_ms()} | (answer or {})

    # Wires

    def _attach(self, wire: str, end: str, writer: asyncio.StreamWriter) -> dict[str, Any] | None:
        if wire == "plate" and end in self._shop.plates:
            now = _load(self._shop.plates[end])
        elif wire in ("door", "bolt") and end in self._shop.doors:
            now = _leaf(self._shop.doors[end]) if wire == "door" else _jam(self._shop.doors[end])
        else:
            return {"ok": False, "error": "no_such_wire"}
        self._wires.setdefault((wire, end), set()).add(writer)
        return now

    def _push(self, wire: str, end: str, message: dict[str, Any]) -> None:
        for writer in self._wires.get((wire, end), ()):
            _write(writer, message)

    async def _bolt(self, request: dict[str, Any]) -> None:
        door = self._shop.door(request["id"])
        async with self._moved:
            door.released = request["bolt"] == "unlocked"
            self._moved.notify_all()

    def _weigh(self, plate: Plate) -> None:
        self._push("plate", plate.id, _load(plate))

    @contextlib.asynccontextmanager
    async def _open_leaf(self, door: Door) -> AsyncIterator[None]:
        door.leaf_open = True
        self._push("door", door.id, _leaf(door))
        try:
            yield
        finally:
            door.leaf_open = False
            self._push("door", door.id, _leaf(door))

    @contextlib.asynccontextmanager
    async def _from_inside(self, door: Door) -> AsyncIterator[None]:
        """The handle is mechanical: it works whatever the bolt, the lock or any process does."""
        async with self._passage[door.id]:
            self._push("door", door.id, {"wire": "door", "id": door.id, "handle": True})
            async with self._open_leaf(door):
                yield

    @contextlib.asynccontextmanager
    async def _from_outside(self, door: Door, patience_s: float) -> AsyncIterator[None]:
        deadline = time.monotonic() + patience_s
        while True:
            async with self._moved:
                try:
                    left = deadline - time.monotonic()
                    await asyncio.wait_for(self._moved.wait_for(lambda: door.released), max(left, 0.0))
                except TimeoutError:
                    raise Impossible("locked") from None
            async with self._passage[door.id]:
                if not door.released:
                    continue  # it locked again while somebody else was in the doorway
                async with self._open_leaf(door):
                    yield
                return

    # Actions

    async def enter(
        self, person: str, door: str, patience_s: float = 10.0, friends: tuple[str, ...] | list[str] = ()
    ) -> dict[str, Any]:
        """Friends slip in through the same opening."""
        through = self._shop.door(door)
        coming = [self._outside(name) for name in (person, *friends)]
        async with self._from_outside(through, patience_s):
            opened = _now_ms()
            for someone in coming:
                await asyncio.sleep(self._walk_s)
                someone.inside = True
        return {"opened_at_ms": opened}

    async def open_only(self, door: str, patience_s: float = 10.0) -> None:
        """Opens, looks, lets it fall shut: nobody enters."""
        async with self._from_outside(self._shop.door(door), patience_s):
            await asyncio.sleep(self._walk_s)

    async def force(self, door: str) -> None:
        """A crowbar: the leaf opens although the bolt is out."""
        async with self._passage[self._shop.door(door).id], self._open_leaf(self._shop.door(door)):
            await asyncio.sleep(self._walk_s)

    async def hold_for(self, person: str, friend: str, door: str) -> None:
        """Someone inside opens by the handle and lets a friend in."""
        self._inside(person)
        coming = self._outside(friend)
        async with self._from_inside(self._shop.door(door)):
            await asyncio.sleep(self._walk_s)
            coming.inside = True

    async def take(self, person: str, facing: str, n: int = 1) -> None:
        someone = self._inside(person)
        self._shop.fullest(facing, n)
        for _ in range(n):
            plate = self._shop.fullest(facing, 1)
            async with self._hand(plate):
                self._shop.take_one(someone, plate)

    async def put_back(self, person: str, facing: str, n: int = 1) -> None:
        await self.put_back_wrong(person, self._shop.facing(facing)[0].sku, facing, n)

    async def put_back_wrong(self, person: str, sku: str, facing: str, n: int = 1) -> None:
        """Puts an article down on the facing of another one."""
        someone = self._inside(person)
        plate = min(self._shop.facing(facing), key=lambda plate: len(plate.items))
        for _ in range(n):
            async with self._hand(plate):
                self._shop.put_one(someone, sku, plate)

    async def touch(self, person: str, facing: str) -> None:
        self._inside(person)
        async with self._hand(self._shop.facing(facing)[0]):
            pass

    async def leave(self, person: str, door: str) -> dict[str, Any]:
        someone = self._inside(person)
        async with self._from_inside(self._shop.door(door)):
            await asyncio.sleep(self._walk_s)
            gone = self._shop.carried_out(someone)
            left = {"person": person, "cents": premises.cents(gone), "items": premises.receipt(gone)}
            self._record({"at_ms": _now_ms(), **left})
        return left

    async def stock(self, facing: str, n: int, sku: str | None = None) -> None:
        """The operator fills up."""
        for plate in self._shop.stock(facing, sku, n):
            async with self._hand(plate):
                pass

    async def jam(self, door: str, jammed: bool = True) -> None:
        self._shop.door(door).jammed = jammed
        self._push("bolt", door, _jam(self._shop.door(door)))

    async def counts(self) -> dict[str, Any]:
        return {"plates": self._shop.counts()}

    async def truth(self) -> dict[str, Any]:
        return {"people": self._shop.whereabouts()}

    @contextlib.asynccontextmanager
    async def _hand(self, plate: Plate) -> AsyncIterator[None]:
        """A hand presses on the plate before and after the goods change."""
        plate.hands += 1
        self._weigh(plate)
        try:
            await asyncio.sleep(self._reach_s / 2)
            yield
            self._weigh(plate)
            await asyncio.sleep(self._reach_s / 2)
        finally:
            plate.hands -= 1
            self._weigh(plate)

    def _inside(self, name: str) -> Person:
        person = self._shop.person(name)
        if not person.inside:
            raise Impossible("not_inside")
        return person

    def _outside(self, name: str) -> Person:
        person = self._shop.person(name)
        if person.inside:
            raise Impossible("already_inside")
        return person

    def _record(self, line: dict[str, Any]) -> None:
        with self._truth_file.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


_ACTIONS = {
    action.__name__: action
    for action in (
        World.enter, World.open_only, World.force, World.hold_for, World.take, World.put_back,
        World.put_back_wrong, World.touch, World.leave, World.stock, World.jam, World.counts, World.truth,
    )
}  # fmt: skip


def _load(plate: Plate) -> dict[str, Any]:
    return {"wire": "plate", "id": plate.id, "g": round(plate.grams, 2), "hand": plate.hands > 0}


def _leaf(door: Door) -> dict[str, Any]:
    return {"wire": "door", "id": door.id, "leaf": "open" if door.leaf_open else "closed"}


def _jam(door: Door) -> dict[str, Any]:
    return {"wire": "bolt", "id": door.id, "jammed": door.jammed}


def _write(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    if writer.transport.get_write_buffer_size() > MAX_UNSENT:
        writer.transport.abort()  # a frozen listener must not eat the memory of the world
        return
    writer.write(json.dumps(message).encode() + b"\n")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _run(args: argparse.Namespace) -> None:
    args.state_dir.mkdir(parents=True, exist_ok=True)
    shop = premises.load(args.assortment, args.layout, args.seed)
    world = World(shop, args.state_dir / "truth.jsonl", args.pace)
    server = await asyncio.start_server(world.serve, "127.0.0.1", args.port, limit=MAX_LINE)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.world", description=__doc__)
    parser.add_argument("--assortment", type=Path, required=True)
    parser.add_argument("--layout", type=Path, required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=1.0, help="scales walking and reaching")
    asyncio.run(_run(parser.parse_args()))
    sys.exit(0)


if __name__ == "__main__":
    main()
