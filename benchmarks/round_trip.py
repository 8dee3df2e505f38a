"""The bare broker's round trip: a command to a device in another process and its answer, nothing else."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devices import topics
from devices.broker import Broker, Mode
from devices.broker_config import HOST, Login
from devices.mqtt import Link, LinkOptions
from devices.notices import Incoming, LinkUp, Notice
from simulators.demo.processes import Programs

CORE, DEVICE = Login(topics.CORE, "core-of-the-round-trip", "core"), Login("echo", "echo-device", "device")
COMMAND, ANSWER = topics.command("bare", DEVICE.username), topics.up("bare", DEVICE.username, "ack")
PAYLOAD = b"x" * 300  # about as long as a signed unlock
PAUSE_S = 0.001
PATIENCE_S = 10.0


def measure(folder: Path, mode: Mode, rounds: int) -> list[float]:
    """Milliseconds of each round."""
    with rounds_of(folder, mode) as one:
        return [one() for _ in range(rounds)]


@contextmanager
def rounds_of(folder: Path, mode: Mode) -> Iterator[Callable[[], float]]:
    """What measures one round, on a broker of its own: the product's gateway hears nothing of it."""
    folder.mkdir()
    broker, programs = Broker(mode, 0, folder), Programs(folder)
    broker.start([CORE, DEVICE])
    try:
        programs.announced(programs.start("echo", "benchmarks.round_trip", str(broker.port)))
        link = _link(broker.port, CORE, ANSWER)
        try:
            yield lambda: _round(link)
        finally:
            link.stop()
    finally:
        programs.stop()
        broker.stop()


def _round(link: Link) -> float:
    began = time.perf_counter()
    if not link.publish(COMMAND, PAYLOAD, qos=1):
        raise RuntimeError("the bare broker lost its connection")
    answer = _next(link, PATIENCE_S)
    took = time.perf_counter() - began
    link.ack(answer)
    time.sleep(PAUSE_S)
    return took * 1000


def _link(port: int, login: Login, subscription: str) -> Link:
    options = LinkOptions(
        host=HOST,
        port=port,
        username=login.username,
        password=login.password,
        subscriptions=((subscription, 1),),
    )
    link = Link(options)
    link.start()
    while not isinstance(link.inbox.get(timeout=PATIENCE_S), LinkUp):
        pass
    return link


def _next(link: Link, patience_s: float | None = None) -> Incoming:
    while True:
        notice: Notice = link.inbox.get(timeout=patience_s)
        if isinstance(notice, Incoming):
            return notice


def main() -> None:
    """The device: answers every command with its own bytes until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    link = _link(parser.parse_args().port, DEVICE, COMMAND)
    print("{}", flush=True)
    while True:
        command = _next(link)
        link.publish(ANSWER, command.payload, qos=1)
        link.ack(command)


if __name__ == "__main__":
    main()
