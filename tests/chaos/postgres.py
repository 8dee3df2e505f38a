"""A PostgreSQL server as it comes, fsync on, that can be stopped at once and started again."""

import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from simulators.demo.processes import free_ports
from tests.postgres import _as_postgres, _own
from tests.programs import postgres_bin

START_LIMIT_S = 60
# the entry and what follows it: who waited for what, and their statements
DEADLOCK = re.compile(r"ERROR:  deadlock detected\n(?:.*\n(?!\d{4}-)){0,12}")


class Server:
    """All starts must happen in one thread that lives as long as the server shall."""

    def __init__(self) -> None:
        programs = postgres_bin()
        if programs is None:
            raise FileNotFoundError("PostgreSQL's server programs are not installed")
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._port = free_ports(1)[0]
        self._child: subprocess.Popen[bytes] | None = None
        folder = self._folder
        _own(folder)
        initdb = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "shop",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(_as_postgres([*initdb, "--locale=C"]), check=True, capture_output=True, cwd=folder)

    @property
    def url(self) -> str:
        return f"postgresql://shop@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Returns once it answers."""
        where = ["-D", self._folder / "data", "-h", "127.0.0.1", "-p", self._port, "-k", self._folder]
        with (self._folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                _as_postgres([self._programs / "postgres", *where]), stdout=log, stderr=log, cwd=self._folder
            )
        ask: list[str | Path] = [
            self._programs / "pg_isready",
            "-h",
            "127.0.0.1",
            "-p",
            str(self._port),
            "-q",
        ]
        deadline = time.monotonic() + START_LIMIT_S
        while subprocess.run(ask, check=False).returncode != 0:
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-500:]}")
            time.sleep(0.05)

    def stop_at_once(self) -> int:
        """`pg_ctl stop -m immediate`: no checkpoint, nobody is told; the pid it had."""
        return self._end(signal.SIGQUIT)

    def deadlocks(self) -> list[str]:
        """What its log says about transactions that waited for each other."""
        text = (self._folder / "log").read_text(errors="replace")
        return [entry.strip() for entry in DEADLOCK.findall(text)]

    def close(self) -> None:
        if self._child is not None:
            self._end(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> int:
        child, self._child = self._child, None
        if child is None:
            raise RuntimeError("PostgreSQL is not running")
        child.send_signal(how)  # setpriv became the server
        child.wait(START_LIMIT_S)
        return child.pid
