"""A program that is told to stop does so, wherever in its work the signal meets it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.edge.device import BrokerAddress, Device, Handlers, Identity
from devices.edge.outbox import Outbox

OFTEN_S = 0.001  # of CPU time
SIGNALS = 100


@contextmanager
def signals(handle: Callable[[], None]) -> Iterator[None]:
    """Again and again, at any line of what is inside."""
    before = signal.signal(signal.SIGVTALRM, lambda *_: handle())
    signal.setitimer(signal.ITIMER_VIRTUAL, OFTEN_S, OFTEN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_device_can_be_stopped_while_it_gives_or_takes_work(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    identity = Identity(store="dorf", device="lock-1", model="lock", caps=())
    address = BrokerAddress(host="127.0.0.1", port=1, password="secret")
    device = Device(identity, address, outbox, Handlers(states=dict))
    with signals(device.stop):
        while device.inbox.qsize() < SIGNALS:  # each leaves an item of its own
            device.inbox.put(None)
            device.inbox.get()
    outbox.close()
