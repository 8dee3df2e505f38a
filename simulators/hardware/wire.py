"""The cable between a simulated device and the world; it comes back when the world does."""

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class Signal:
    """What came over the cable, e.g. `{"wire": "door", "id": "front", "leaf": "open"}`."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CableOff:
    """The world is gone: no readings, no handle, no leaf."""


class Wire:
    def __init__(self, port: int, ends: Sequence[tuple[str, str]], inbox: "queue.SimpleQueue[Any]") -> None:
        """`ends` are (wire, id) pairs, such as ("plate", "shelf-1/3")."""
        self._port = port
        self._ends = ends
        self._inbox = inbox
        self._socket: socket.socket | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(2)

    def send(self, message: dict[str, Any]) -> None:
        """Lost if the cable is off, as a motor's push against nothing would be."""
        with contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.sendall(_line(message))

    def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError, ValueError):
                self._listen()
                self._inbox.put(CableOff())
            self._stopping.wait(RETRY_S)

    def _listen(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for kind, end in self._ends:
                connection.sendall(_line({"wire": kind, "id": end}))
            self._socket = connection
            with contextlib.suppress(OSError), connection.makefile("rb") as lines:
                for line in lines:
                    self._inbox.put(Signal(json.loads(line)))
            self._socket = None


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
