"""A disk that can be filled and freed under a running service: a small tmpfs, or a limit on file sizes."""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol

SIZE_MIB = 24
BLOCK = 64 * 1024
ALMOST_NOTHING = 4096  # bytes of a file that may still be written


class Disk(Protocol):
    """`command` starts a shell command on it; `fill` and `free` speak of the process that became of it."""

    def command(self, folder: Path, script: str) -> list[str]: ...

    def data(self, pid: int, folder: Path) -> Path: ...

    def fill(self, pid: int, folder: Path) -> None: ...

    def free(self, pid: int, folder: Path) -> None: ...


class Tmpfs:
    """A real one, seen only by the process: mounted in a namespace of its own, which needs no privilege."""

    def command(self, folder: Path, script: str) -> list[str]:
        mount = f"mount -t tmpfs -o size={SIZE_MIB}m shop {folder}"
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", f"{mount} && {script}"]

    def data(self, pid: int, folder: Path) -> Path:
        return Path(f"/proc/{pid}/root{folder}")

    def fill(self, pid: int, folder: Path) -> None:
        with suppress(OSError), self._ballast(pid, folder).open("wb", buffering=0) as file:
            while True:
                file.write(bytes(BLOCK))

    def free(self, pid: int, folder: Path) -> None:
        self._ballast(pid, folder).unlink()

    def _ballast(self, pid: int, folder: Path) -> Path:
        return self.data(pid, folder) / "ballast"


class Limit:
    """Where nothing may be mounted: the kernel refuses to let the process write further into any file."""

    def command(self, folder: Path, script: str) -> list[str]:
        return ["sh", "-c", script]

    def data(self, pid: int, folder: Path) -> Path:
        return folder

    def fill(self, pid: int, folder: Path) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ALMOST_NOTHING, most))

    def free(self, pid: int, folder: Path) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


def possible_here() -> list[Disk]:
    """The limit everywhere, the tmpfs where this user may have a namespace."""
    try:
        tried = subprocess.run(
            Tmpfs().command(Path("/mnt"), "true"), capture_output=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return [Limit()]
    return [Limit(), Tmpfs()] if tried.returncode == 0 else [Limit()]


def run_on(
    disk: Disk, folder: Path, database: Path, command: str, env: dict[str, str]
) -> "subprocess.Popen[bytes]":
    """The command, a module of ours, becomes the process; it finds the database on its disk."""
    script = f"cp {database} {folder}/shop.db && exec {sys.executable} -m {command}"
    return subprocess.Popen(
        disk.command(folder, script),
        env=os.environ | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
