"""A PostgreSQL database dumped and put back by PostgreSQL's own tools, found where Debian keeps them."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.engine import make_url

from shop.backup import figures
from shop.backup.errors import BackupError
from shop.backup.figures import Figures
from shop.db import Database

DEBIAN = Path("/usr/lib/postgresql")  # one folder for each version, none of them on the PATH
TELL_EVERY_S = 5.0
POLL_S = 0.05

Say = Callable[[str], None]


def take(database: Database, target: Path, say: Say) -> Figures:
    """Dump and figures of the same snapshot; raises BackupError."""
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        dump = tool("pg_dump", server_version(connection))
        snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        found = figures.read(connection)
        how = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run(
            [dump, *how, f"--file={target}", f"--dbname={_address(database.url)}"], database.url, target, say
        )
    return found


def put_back(database: Database, source: Path, say: Say) -> None:
    """All of it or nothing; raises BackupError."""
    with database.looking() as connection:
        restore = tool("pg_restore", server_version(connection))
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run([restore, *how, f"--dbname={_address(database.url)}", source], database.url, None, say)


def check(source: Path) -> None:
    """Every block of the dump can be read; what is in it only a restore can tell. Raises BackupError."""
    _run([tool("pg_restore", 0), "--file=/dev/null", source], None, None, lambda _: None)


def is_empty(database: Database) -> bool:
    with database.looking() as connection:
        return not inspect(connection).get_table_names()


def server_version(connection: Connection) -> int:
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def tool(name: str, server: int) -> Path:
    """The oldest that is not older than the server: newer ones may write what the server cannot read."""
    found = {version: path for path in _candidates(name) if (version := _version(path)) is not None}
    fitting = [version for version in found if version >= server]
    if not fitting:
        have = f"only version {max(found)} of it is here" if found else "it is not installed here"
        package = f"postgresql-client-{server}" if server else "postgresql-client"
        raise BackupError(f"{name} {server or ''} or newer is needed and {have}: apt install {package}")
    return found[min(fitting)]


def _candidates(name: str) -> list[Path]:
    on_path = shutil.which(name)
    return [*DEBIAN.glob(f"*/bin/{name}"), *([Path(on_path)] if on_path else [])]


def _version(program: Path) -> int | None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else None


def _address(url: str) -> str:
    """Without the password, which other users of the machine would see in the list of processes."""
    return _plain(url)._replace(password=None).render_as_string(hide_password=False)


def _plain(url: str) -> URL:
    return make_url(url).set(drivername="postgresql")


def _run(command: list[str | Path], url: str | None, growing: Path | None, say: Say) -> None:
    password = _plain(url).password if url else None
    env = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    words = [str(word) for word in command]
    tool_name = Path(words[0]).name
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as child:
        try:
            _tell_until_it_ends(child, growing, say)
        except BaseException:
            child.kill()
            raise
        assert child.stderr is not None  # noqa: S101 a pipe was asked for
        problem = child.stderr.read().decode(errors="replace").strip()
    if child.returncode:
        raise BackupError(f"{tool_name}: {problem[-500:] or f'ended with {child.returncode}'}")


def _tell_until_it_ends(child: "subprocess.Popen[bytes]", growing: Path | None, say: Say) -> None:
    """A pipe holds 64 KiB of complaints, and both tools stop at the first."""
    told = time.monotonic()
    while child.poll() is None:
        time.sleep(POLL_S)
        if growing is not None and time.monotonic() - told > TELL_EVERY_S and growing.exists():
            told = time.monotonic()
            say(f"copied {growing.stat().st_size >> 20} MiB")
