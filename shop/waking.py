"""How one process wakes others: named pipes beside a SQLite file, LISTEN and NOTIFY on PostgreSQL.

A notice may be lost (its sender died between commit and notice, the listener was connecting): who waits looks
again after a while anyway. A notice too many costs one look.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import ARRAY, Connection, String, bindparam, text

from shop.domain import ids
from shop.domain.statements import Statement
from shop.ops.logs import told

log = logging.getLogger(__name__)

_TOPICS = bindparam("topics", type_=ARRAY(String))
_NOTIFY = Statement(
    text("SELECT pg_notify('shop_' || topic, '') FROM unnest(:topics) AS topic").bindparams(_TOPICS)
)


class Pipe:
    """Beside the database file: every process that opens the file finds it, whoever started it and where.

    A pipe without a reader tells its writer so: what a killed process leaves behind is cleared away then.
    """

    def __init__(self, folder: Path, topic: str) -> None:
        made = folder / f"new.{ids.new()}"
        self._path = folder / f"{topic}.{made.suffix[1:]}"
        try:
            folder.mkdir(exist_ok=True)
            os.mkfifo(made)
        except OSError as error:  # a file system without pipes: nobody wakes us, we look now and then
            log.warning(told("no_pipes", error=type(error).__name__))
            self._reader, self._writer = os.pipe()
            os.set_blocking(self._reader, False)
            return
        self._reader = os.open(made, os.O_RDONLY | os.O_NONBLOCK)
        # never written to: without it the pipe reads as ended whenever a sender closes it
        self._writer = os.open(made, os.O_WRONLY | os.O_NONBLOCK)
        made.rename(self._path)  # nobody sees it without its reader

    def fileno(self) -> int:
        return self._reader

    def heard(self) -> bool:
        """Something since the last call."""
        try:
            return bool(os.read(self._reader, 1 << 16))
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._reader)
        os.close(self._writer)


def knock(folder: Path, topics: Collection[str]) -> None:
    """After the commit. Never fails: what is committed is committed."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.partition(".")[0] in topics:
                _knock(folder / name)


def _knock(pipe: Path) -> None:
    try:
        writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            pipe.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):  # it is full: its reader has been woken often enough
        os.write(writer, b".")
    os.close(writer)


class Listener:
    """Hears on the connection of its owner, which must not go back to a pool afterwards."""

    def __init__(self, connection: Connection, topic: str) -> None:
        driver: Any = connection.connection
        self._driver = driver.dbapi_connection
        self._noted = False  # told while a statement was under way
        self._driver.add_notify_handler(self._note)
        connection.exec_driver_sql(f"LISTEN shop_{topic}")

    def fileno(self) -> int:
        return int(self._driver.fileno())

    def heard(self) -> bool:
        """Something since the last call; the driver's own error once the server is gone."""
        noted, self._noted = self._noted, False
        self._driver.pgconn.consume_input()
        while self._driver.pgconn.notifies():
            noted = True
        return noted

    def _note(self, _notice: object) -> None:
        self._noted = True

    def close(self) -> None:
        """Its connection ends it."""


def notify(connection: Connection, topics: Collection[str]) -> None:
    """In the transaction: delivered when it commits, and only then."""
    _NOTIFY.ask(connection, topics=sorted(topics))
