"""A private PostgreSQL server in a temporary folder, for as long as the tests run."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.programs import postgres_bin

START_LIMIT_S = 30
# nothing here must survive a power cut
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


@contextmanager
def private_server(wanted: Mapping[str, str] = MappingProxyType(FAST)) -> Iterator[str]:
    """The URL of an empty database; the server and its folder are gone afterwards."""
    programs = postgres_bin()
    if programs is None:
        raise FileNotFoundError("PostgreSQL's server programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a short name: socket paths are limited
    try:
        _own(folder)
        data, port = folder / "data", _free_port()
        initdb = [programs / "initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(_as_postgres([*initdb, "--locale=C"]), check=True, capture_output=True, cwd=folder)
        settings = [f"-c{name}={value}" for name, value in wanted.items()]
        where = ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", folder]
        with (folder / "log").open("wb") as log:
            command = _as_postgres([programs / "postgres", *where, *settings])
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _wait_until_ready(programs, folder, port, server)
            yield f"postgresql://shop@127.0.0.1:{port}/postgres"
        finally:
            # setpriv becomes the server, so the signal reaches it; INT is a fast, clean stop
            server.send_signal(2)
            server.wait(timeout=START_LIMIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: list[object]) -> list[str]:
    """PostgreSQL refuses to run as root; setpriv changes the user and then becomes the program."""
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        return words
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *words]


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(programs: Path, folder: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    ask = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    while subprocess.run(ask, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]}")
        time.sleep(0.05)
