"""PostgreSQL for a benchmark: a private server with durable settings, and pgbench's visit as the ceiling."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import processes
from benchmarks.figures import percentile
from tests.postgres import private_server
from tests.programs import postgres_bin

# as where the design's figures were measured; fsync and synchronous_commit are on
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "max_connections": "100"}
SQL = Path(__file__).parent / "sql"
CEILING = "ceiling"


@dataclass(frozen=True, slots=True)
class Ceiling:
    visits_per_s: float
    p99_ms: float
    cpu_ms: float  # of the server and pgbench, for each visit


@contextmanager
def server() -> Iterator[str]:
    """The URL of its first database."""
    with private_server(SETTINGS) as url:
        yield url


def database(url: str, name: str) -> str:
    """A new one on the same server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return _named(url, name)


def pid(url: str) -> int:
    """Of the server's first process, the parent of all others."""
    with psycopg.connect(url) as connection:
        [folder] = connection.execute("SHOW data_directory").fetchone() or [""]
    return int((Path(folder) / "postmaster.pid").read_text().split("\n", 1)[0])


def settle_down(url: str) -> None:
    """Statistics and a checkpoint, as a database has that has been running for a while."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def prepare_ceiling(url: str, shops: int) -> str:
    made = database(url, CEILING)
    _run("psql", "-q", "-v", f"shops={shops}", "-f", str(SQL / "ceiling_schema.sql"), made)
    return made


def ceiling(url: str, folder: Path, *, shops: int, clients: int, seconds: int) -> Ceiling:
    """The chatty visit: one statement a row, as an ORM writes it, 14 round trips."""
    prefix = folder / "pgbench"
    flags = ["-n", "-M", "prepared", "-f", str(SQL / "ceiling_visit.sql"), "-D", f"shops={shops}"]
    flags += [
        "-c",
        str(clients),
        "-j",
        str(min(clients, 2)),
        "-T",
        str(seconds),
        "-l",
        f"--log-prefix={prefix}",
    ]
    used = _cpu_ms(url)
    _run("pgbench", *flags, url)
    used = _cpu_ms(url) - used
    logs = list(folder.glob("pgbench.*"))
    took = [int(line.split()[2]) / 1000 for log in logs for line in log.read_text().splitlines()]
    for log in logs:
        log.unlink()
    return Ceiling(len(took) / seconds, percentile(took, 0.99), round(used / len(took), 3))


def _cpu_ms(url: str) -> float:
    """Of the server with those it has served, and of programs that have ended."""
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    servers = processes.usage(processes.with_children("server", pid(url)))
    return (ours.ru_utime + ours.ru_stime) * 1000 + sum(used.cpu_ms for used in servers.values())


def _named(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


def _run(program: str, *arguments: str) -> None:
    folder = postgres_bin()
    if folder is None:
        raise FileNotFoundError("PostgreSQL's programs are not installed")
    done = subprocess.run([folder / program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} ended with status {done.returncode}: {done.stderr[-1000:]}")
