"""What the kernel knows about the processes of `shop up`: CPU time and memory (Linux)."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    cpu_ms: float  # user and system since the process began, with children that have ended
    rss_mb: float


def product(supervisor: int) -> dict[str, int]:
    """Names and ids of the processes under one supervisor, itself included."""
    named = {"supervisor": supervisor}
    for child in _children(supervisor):
        name = _name(child)
        named[name] = child
        named |= {f"{name}'s program": program for program in _children(child)}
    return named


def usage(pids: dict[str, int]) -> dict[str, Usage]:
    """Without those that have ended; their CPU time is their parent's by then."""
    found: dict[str, Usage] = {}
    for name, pid in pids.items():
        with suppress(FileNotFoundError, ProcessLookupError):
            found[name] = Usage(_cpu_ms(pid), _rss_mb(pid))
    return found


def cpu_ms_between(before: dict[str, Usage], after: dict[str, Usage]) -> dict[str, float]:
    return {name: after[name].cpu_ms - before[name].cpu_ms for name in before}


def _children(parent: int) -> list[int]:
    return [pid for pid in map(int, filter(str.isdigit, os.listdir(PROC))) if _parent(pid) == parent]


def _parent(pid: int) -> int | None:
    try:
        return int(_stat(pid)[1])
    except OSError:
        return None


def _name(pid: int) -> str:
    """`python -m shop serve` is serve; `python -m admin` is admin."""
    words = (PROC / str(pid) / "cmdline").read_bytes().decode().split("\0")
    module = words.index("-m") + 1
    return words[module + 1] if words[module] in ("shop", "devices") else words[module]


def _cpu_ms(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:15])) * TICK_MS


def _stat(pid: int) -> list[str]:
    """The fields after the program's name, which may hold spaces: state, parent, ..."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _rss_mb(pid: int) -> float:
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0  # a process that has just ended


def with_children(name: str, parent: int) -> dict[str, int]:
    """A program that starts a process for each of its clients; the CPU time of ended ones is the parent's."""
    return {name: parent} | {f"{name} {child}": child for child in _children(parent)}
