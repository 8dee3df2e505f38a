"""Starts the demo's programs with a log each, waits until they are there, ends every one of them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from shop.supervisor import die_with_parent

POLL_S = 0.1
STOP_S = 15.0  # `shop up` stops five programs in order

NOTHING: Mapping[str, str] = MappingProxyType({})

Found = TypeVar("Found")


class ProgramFailed(RuntimeError):
    """A program ended or kept silent; the message carries the end of its log."""


@dataclass(eq=False)
class Program:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    child: subprocess.Popen[bytes]
    out: Path
    err: Path
    killed: bool = False  # on purpose

    def check(self) -> None:
        """Raises ProgramFailed once it has ended."""
        code = self.child.poll()
        if code is not None and not self.killed:
            raise ProgramFailed(f"{self.name} ended with status {code}\n{self.last_words()}")

    def last_words(self) -> str:
        lines = [line for path in (self.out, self.err) for line in _text(path).splitlines()[-15:]]
        return "\n".join(f"  {self.name} | {line}" for line in lines)


class Programs:
    """Children in the order they were started; whoever stands on another is stopped before it."""

    def __init__(self, folder: Path) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
        self._env = {**ours, "PYTHONUNBUFFERED": "1"}
        self._logs = folder / "logs"
        self._logs.mkdir()
        self.running: list[Program] = []

    def start(self, name: str, *argv: str, env: Mapping[str, str] = NOTHING) -> Program:
        """A Python module of ours with its arguments; must be called in the main thread."""
        program = self._start(name, argv, env)
        self.running.append(program)
        return program

    def kill(self, program: Program) -> int:
        """As a power cut would; its pid."""
        program.killed = True
        program.child.kill()
        program.child.wait()
        return program.child.pid

    def again(self, killed: Program) -> Program:
        """The same program with the same arguments, after a `kill`; must be called in the main thread."""
        program = self._start(killed.name, killed.argv, killed.env)
        self.running[self.running.index(killed)] = program
        return program

    def _start(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> Program:
        out, err = self._logs / f"{name}.out", self._logs / f"{name}.err"
        with out.open("ab") as stdout, err.open("ab") as stderr:
            child = subprocess.Popen(
                [sys.executable, "-m", *argv],
                env={**self._env, **env},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C reaches only us, and we stop them in order
                preexec_fn=die_with_parent(),
            )
        return Program(name, argv, env, child, out, err)

    def announced(self, program: Program, *, within_s: float = 20) -> dict[str, Any]:
        """The line of JSON with which a program says that it is ready and where."""
        return wait_for(
            lambda: _first_object(program.out), f"{program.name} to start", within_s, program.check
        )

    def run(self, *argv: str, env: Mapping[str, str] = NOTHING) -> str:
        """A program that does one thing; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", *argv],
            env={**self._env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ProgramFailed(
                f"{' '.join(argv[:3])} ended with status {done.returncode}\n{done.stderr[-2000:]}"
            )
        return done.stdout

    def check(self) -> None:
        for program in list(self.running):
            program.check()

    def stop(self) -> None:
        """Last started, first stopped; returns when all have ended."""
        for program in reversed(self.running):
            _stop(program.child)
        self.running.clear()


def wait_for(
    look: Callable[[], Found | None], what: str, within_s: float, check: Callable[[], None] = lambda: None
) -> Found:
    """The first answer that is something; ProgramFailed when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        check()
        if time.monotonic() > deadline:
            raise ProgramFailed(f"waited {within_s:.0f} s in vain for {what}")
        time.sleep(POLL_S)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on; held open together, so that no two are the same."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [taken.getsockname()[1] for taken in sockets]
    finally:
        for taken in sockets:
            taken.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _first_object(path: Path) -> dict[str, Any] | None:
    for line in _text(path).splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            found: dict[str, Any] = json.loads(line)
            return found
    return None


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
