"""Keeps several processes running as one: prefixed output, restarts, readiness, clean stop."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, TextIO
from urllib.parse import urlsplit

from shop.console import Console

FIRST_BACK_OFF = 0.2  # seconds; doubles with each crash
LONGEST_BACK_OFF = 5.0
HEAD_START = 10.0  # seconds that the others wait at most for who goes ahead
STEADY_AFTER = 10.0  # seconds alive, after which a crash counts as the first again
LONGEST_LINE = 64 * 1024  # bytes of output taken as one line
READY_POLL = 0.05
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, eq=False)
class Process:
    """One program to keep alive; ready when its file exists and its URL answers 200, without both at once."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # added to our own environment
    ready_url: str | None = None
    ready_file: Path | None = None
    goes_ahead: bool = False  # people wait for it: until it is ready, the others leave the processors to it


def run(processes: Sequence[Process], *, on_ready: Callable[[float], None] | None = None) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP. `on_ready` gets the seconds it took until all were ready."""
    Supervisor(processes, on_ready=on_ready).run()


@dataclass(frozen=True)
class _Ended:
    process: Process
    code: int


class _Stop:
    pass


class _HeadIsReady:
    pass


class Supervisor:
    def __init__(
        self,
        processes: Sequence[Process],
        *,
        on_ready: Callable[[float], None] | None = None,
        out: TextIO | None = None,
        stop_seconds: float = 5.0,
    ) -> None:
        self._processes = processes
        self._ahead = [process for process in processes if process.goes_ahead]
        self._on_ready = on_ready
        self.console = Console([process.name for process in processes], out or sys.stdout, self.stop)
        self._stop_seconds = stop_seconds
        self._news: SimpleQueue[_Ended | _Stop | _HeadIsReady] = SimpleQueue()
        self._stopping = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._back_off: dict[str, float] = {}
        self._start_at: dict[Process, float] = {}
        self._relays: list[threading.Thread] = []

    def run(self) -> None:
        """Returns once every process has ended. Catches signals when called in the main thread."""
        with _signals_call(self.stop):
            for process in self._processes:
                if process.ready_file is not None:
                    process.ready_file.unlink(missing_ok=True)  # one left by an earlier run would lie
            threading.Thread(target=self._watch_readiness, args=(time.monotonic(),), daemon=True).start()
            try:
                for process in self._ahead or self._processes:
                    self._start(process)
                self._start_the_others_in(HEAD_START)
                self._supervise()
            finally:
                self._stopping.set()
                self._stop_all()

    def stop(self) -> None:
        """Safe from any thread, a signal handler or `on_ready`; returns at once."""
        self._stopping.set()
        self._news.put(_Stop())

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            try:
                news = self._news.get(timeout=self._seconds_to_next_start())
            except Empty:
                self._start_what_is_due()
                continue
            if isinstance(news, _Ended):
                self._plan_restart(news)
            elif isinstance(news, _HeadIsReady):
                self._start_the_others_in(0)

    def _start_the_others_in(self, seconds: float) -> None:
        for process in self._processes:
            if process.name not in self._started_at:
                self._start_at[process] = time.monotonic() + seconds

    def _seconds_to_next_start(self) -> float | None:
        if not self._start_at:
            return None
        return max(0.0, min(self._start_at.values()) - time.monotonic())

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for process in [process for process, at in self._start_at.items() if at <= now]:
            del self._start_at[process]
            self._start(process)

    def _plan_restart(self, news: _Ended) -> None:
        name = news.process.name
        self._running.pop(name, None)
        lived = time.monotonic() - self._started_at[name]
        last = 0.0 if lived > STEADY_AFTER else self._back_off.get(name, 0.0)
        wait = min(LONGEST_BACK_OFF, last * 2 or FIRST_BACK_OFF)
        self._back_off[name] = wait
        self._start_at[news.process] = time.monotonic() + wait
        self.console.say(name, f"ended with {_code(news.code)}; starting again in {wait:.1f} s")

    def _start(self, process: Process) -> None:
        self._started_at[process.name] = time.monotonic()
        try:
            child = subprocess.Popen(
                process.argv,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **process.env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches only us, and we stop them in order
                preexec_fn=die_with_parent(),
            )
        except OSError as error:
            self.console.say(process.name, f"cannot start: {error}")
            self._news.put(_Ended(process, 127))
            return
        self._running[process.name] = child
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        relay = threading.Thread(target=self._relay, args=(process.name, child.stdout), daemon=True)
        self._relays = [*(thread for thread in self._relays if thread.is_alive()), relay]
        relay.start()
        threading.Thread(target=self._await_end, args=(process, child), daemon=True).start()

    def _relay(self, name: str, output: IO[bytes]) -> None:
        with output:
            for line in iter(lambda: output.readline(LONGEST_LINE), b""):
                self.console.say(name, line.decode(errors="replace").rstrip("\r\n"))

    def _await_end(self, process: Process, child: subprocess.Popen[bytes]) -> None:
        self._news.put(_Ended(process, child.wait()))

    def _stop_all(self) -> None:
        """Last started, first stopped: nobody loses what it stands on while it still works."""
        for process in reversed(self._processes):
            child = self._running.get(process.name)
            if child is None:
                continue
            child.terminate()
            try:
                child.wait(self._stop_seconds)
            except subprocess.TimeoutExpired:
                self.console.say(process.name, f"did not stop within {self._stop_seconds:.0f} s; killed")
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for relay in self._relays:
            relay.join(timeout=0.5)  # last words; a grandchild may hold the pipe open for longer

    def _watch_readiness(self, started: float) -> None:
        if not self._wait_for(self._ahead):
            return
        self._news.put(_HeadIsReady())
        if self._wait_for(self._processes) and self._on_ready is not None:
            self._on_ready(time.monotonic() - started)

    def _wait_for(self, processes: Sequence[Process]) -> bool:
        """False when we shall stop before all of them are ready."""
        for process in processes:
            while not _is_ready(process):
                if self._stopping.wait(READY_POLL):
                    return False
        return True


@contextmanager
def _signals_call(stop: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may catch signals
        return
    before = [(number, signal.signal(number, lambda *_: stop())) for number in STOP_SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def die_with_parent() -> Callable[[], None] | None:
    """For Popen's preexec_fn: the kernel kills the child when the thread that started it ends (Linux)."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we were bound to it
            os._exit(1)

    return bind


def _is_ready(process: Process) -> bool:
    if process.ready_file is not None and not process.ready_file.exists():
        return False
    return process.ready_url is None or _answers(process.ready_url)


def _answers(url: str) -> bool:
    """By hand: http.client and what it loads would be a third of this process's memory."""
    address = urlsplit(url)
    try:
        with socket.create_connection((str(address.hostname), address.port or 80), timeout=1) as line:
            line.sendall(f"GET {address.path or '/'} HTTP/1.0\r\nHost: {address.netloc}\r\n\r\n".encode())
            return line.makefile("rb").readline(64).split()[1:2] == [b"200"]
    except OSError:
        return False


def _code(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"status {code}"


def main(plan_json: str) -> int:
    """`python -m shop.supervisor PLAN`: what `shop up` becomes, see `shop.__main__.up`; its exit status."""
    plan = json.loads(plan_json)
    processes = [Process(**process) for process in plan["processes"]]

    def say_ready(seconds: float) -> None:
        supervisor.console.tell(f"ready in {seconds:.1f} s: {plan['say']}")

    supervisor = Supervisor(processes, on_ready=say_ready)

    def first() -> None:
        # the others load meanwhile and wait for what this one prepares
        done = subprocess.run(
            plan["first"], check=False, start_new_session=True, preexec_fn=die_with_parent()
        )
        if done.returncode:
            supervisor.console.tell("the database could not be brought up to date; stopping")
            failed.set()
            supervisor.stop()

    failed = threading.Event()
    threading.Thread(target=first, daemon=True).start()
    supervisor.run()
    return 1 if failed.is_set() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
