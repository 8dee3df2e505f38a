"""Files that must be on the disk before anybody relies on them, private to one user."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shop.backup.errors import BackupError

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
BLOCK = 1 << 20


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, content: bytes) -> None:
    """A new file, on the disk when this returns; never over an old one."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)
    sync(path)


def sync(path: Path) -> None:
    """A file's content, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Both names lie in one folder; after a power cut there is either the old one or the new one."""
    source.rename(target)
    sync(target.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One backup at a time into one folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup into {folder} is under way") from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def complete_or_gone(unfinished: Path, target: Path) -> Iterator[Path]:
    """A folder to fill, which gets its real name only when all of it is written."""
    unfinished.mkdir(mode=PRIVATE_FOLDER)
    try:
        yield unfinished
        for path in unfinished.iterdir():
            path.chmod(PRIVATE)
            sync(path)
        sync(unfinished)
        move(unfinished, target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
