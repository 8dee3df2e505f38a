"""Many shoppers on connections that are kept, by one process that costs little."""

import json
import multiprocessing
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Calls = list[bytes]  # what one shopper asks, one request after the other
Reading = TypeVar("Reading")
HEAD_ENDS = b"\r\n\r\n"
SILENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """`took_ms`: of each shopper's last call, in the order of their ends."""

    seconds: float
    took_ms: list[float]
    failed: dict[str, int]  # status and body of answers that were no success
    cpu_ms: float  # of the crowd itself


def call(method: str, path: str, token: str, body: Any = None, *, key: str = "") -> bytes:
    """Key: the Idempotency-Key."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: shop",
        f"Authorization: Bearer {token}",
        *([f"Idempotency-Key: {key}"] if key else []),
        *(["Content-Type: application/json"] if content else []),
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join(lines).encode() + HEAD_ENDS + content


def serve(
    ports: Sequence[int], shoppers: list[Calls], *, connections: int, read: Callable[[], Reading],
    longest_s: float = 600.0,
) -> tuple[Served, Reading, Reading]:  # fmt: skip
    """Until every shopper was served or the time is over; and what `read` said before and after."""
    ours, theirs = multiprocessing.Pipe()
    crowd = multiprocessing.get_context("fork").Process(
        target=_crowd, args=(theirs, ports, shoppers, connections, longest_s), daemon=True
    )
    crowd.start()
    theirs.close()
    try:
        ours.recv()
        before = read()
        ours.send("go")
        served: Served = ours.recv()
        return served, before, read()
    finally:
        crowd.join(SILENCE_S)
        ours.close()


class _Shopper:
    """One connection; takes the next shopper's calls when the last has been served."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.calls: Calls = []
        self.step = 0
        self.sent_at = 0.0
        self.answer = b""

    def ask(self) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.calls[self.step])

    def heard(self) -> tuple[bytes, bytes] | None:
        """Head and body of the answer once it is whole."""
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("the service hung up")
        self.answer += received
        head, found, body = self.answer.partition(HEAD_ENDS)
        if not found or len(body) < _length(head):
            return None
        self.answer = b""
        return head, body


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:") + len(b"content-length:")
    return int(lowered[at:].split(b"\r\n", 1)[0])


def _crowd(
    parent: Any, ports: Sequence[int], shoppers: list[Calls], connections: int, longest_s: float
) -> None:
    selector = selectors.DefaultSelector()
    waiting = iter(shoppers)
    lines = [_Shopper(ports[number % len(ports)]) for number in range(connections)]
    for one in lines:
        selector.register(one.socket, selectors.EVENT_READ, one)
    parent.send("ready")
    parent.recv()
    cpu, began = _cpu_s(), time.perf_counter()
    took: list[float] = []
    failed: Counter[str] = Counter()
    busy = sum(_next(one, waiting) for one in lines)
    while busy and time.perf_counter() - began < longest_s:
        ready = selector.select(SILENCE_S)
        if not ready:
            failed["no answer"] += busy
            break
        for key, _ in ready:
            line: _Shopper = key.data
            answer = line.heard()
            if answer is None:
                continue
            now, (head, body) = time.perf_counter(), answer
            good = head[9:10] == b"2"
            if not good:
                failed[f"{head[9:12].decode()} {body[:200].decode(errors='replace')}"] += 1
            line.step += 1
            if good and line.step < len(line.calls):
                line.ask()
                continue
            if good:
                took.append((now - line.sent_at) * 1000)
            busy -= not _next(line, waiting)
    seconds = time.perf_counter() - began
    parent.send(Served(seconds, took, dict(failed), (_cpu_s() - cpu) * 1000))


def _next(line: _Shopper, waiting: Any) -> bool:
    calls = next(waiting, None)
    if calls is None:
        return False
    line.calls, line.step = calls, 0
    line.ask()
    return True


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
