"""The product's real processes as the kernel shows them: children of its supervisor, by what they run."""

from collections.abc import Iterator
from pathlib import Path

# What stands on the command line of each.
PROGRAMS = {
    "worker": ("shop", "worker"),
    "gateway": ("devices", "gateway"),
    "serve": ("shop", "serve"),
    "admin": ("admin",),
    "broker": ("devices", "broker"),
}
PROC = Path("/proc")


def pids(supervisor: int, program: str) -> list[int]:
    """Running ones; of the broker the broker itself, not the process that watches it."""
    found = [pid for pid in children(supervisor) if _runs(pid, PROGRAMS[program])]
    return [child for pid in found for child in children(pid)] if program == "broker" else found


def children(parent: int) -> list[int]:
    return [pid for pid, above in _parents() if above == parent]


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                # pid (name) state ppid: the name may hold anything, so read from its end
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if fields[0] != "Z":
                yield int(folder.name), int(fields[1])


def _runs(pid: int, words: tuple[str, ...]) -> bool:
    try:
        line = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return line[1:2] == ["-m"] and tuple(line[2 : 2 + len(words)]) == words
