"""A full disk: a clear no, nothing lost that was acknowledged, and no restart once there is room again."""

import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from devices.reports import Upto
from shop import db
from shop.config import master_secret
from shop.db import Database
from simulators.demo.processes import free_ports
from tests.backup.full_disk import Disk, possible_here, run_on
from tests.backup.place import Place
from tests.domain.world import CONTACT_DEVICE, seed
from tests.gateway.reading import CLOSED, OPENED
from tests.gateway.rigs import STORE, Reporter

READY_S = 45.0
MOST_CALLS = 400  # until the last free page is used


class Service:
    """`shop serve` on a disk of its own, asked for sign-in codes: each is two rows."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self.disk, self.folder = disk, folder
        port = free_ports(1)[0]
        prepared = _prepared(folder.parent)
        env = {"SHOP_DATA_DIR": str(folder), "SHOP_PORT": str(port), "SHOP_OPERATOR": "witzenhausen"}
        env["SHOP_SIGN_INS_PER_MINUTE"] = "100000"
        self.process = run_on(disk, folder, prepared, "shop serve", env=env)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20)
        self.acknowledged: set[str] = set()

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._is_ready():
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it did not start in time"
            time.sleep(0.05)

    def asks(self, name: str) -> httpx.Response:
        email = f"{name}@example.org"
        answer = self.http.post("/api/v1/sign-in/codes", json={"email": email, "language": "de"})
        if answer.is_success:
            self.acknowledged.add(email)
        return answer

    def asks_until_refused(self) -> httpx.Response:
        for number in range(MOST_CALLS):
            answer = self.asks(f"full-{number}")
            if not answer.is_success:
                return answer
        raise AssertionError("the disk never got full")

    def kept(self) -> set[str]:
        """A look at a copy: SQLite does not follow the way into another process's disk."""
        there, copy = self.disk.data(self.process.pid, self.folder), self.folder.parent / "copy.db"
        for side in ("", "-wal"):
            shutil.copy(there / f"shop.db{side}", f"{copy}{side}")
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {email for (email,) in database.execute("SELECT email FROM signincode")}

    def _is_ready(self) -> bool:
        try:
            return self.http.get("/health/ready").is_success
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        self.http.close()
        self.process.terminate()
        self.process.wait(20)


def _prepared(folder: Path) -> Path:
    """Made before: the disk is the service's, and starting three programs takes long on a busy machine."""
    path = folder / "prepared.db"
    db.migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.transaction() as tx:
        seed(tx)
    database.close()
    return path


@pytest.fixture(params=possible_here(), ids=lambda disk: type(disk).__name__.lower())
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "data"
    folder.mkdir()
    made = Service(request.param, folder)
    yield made
    made.close()


def test_a_full_disk_is_a_clear_no_and_then_forgotten(service: Service) -> None:
    service.await_ready()
    assert service.asks("before").is_success
    service.disk.fill(service.process.pid, service.folder)
    refused = service.asks_until_refused()
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    service.disk.free(service.process.pid, service.folder)
    assert service.asks("after").is_success
    assert service.process.poll() is None  # the same process
    assert service.kept() == service.acknowledged


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Database, dict[str, int]]]:
    """A database whose file may have so many pages and no more."""
    room = {"pages": 2**30}
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    db.migrate(url)
    database = Database(url)

    @event.listens_for(database.engine, "begin")
    def _limit(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {room['pages']}")  # type: ignore[attr-defined]

    with database.transaction() as tx:
        seed(tx)
    yield database, room
    database.close()


def test_a_report_that_finds_no_room_is_not_confirmed_and_comes_again(
    small: tuple[Database, dict[str, int]],
) -> None:
    database, room = small
    contact = Reporter(database, CONTACT_DEVICE)
    room["pages"] = 1  # SQLite takes it for the size the file has now
    stored = 0

    def report_next() -> None:
        nonlocal stored
        answer = contact.report("contact.changed", (OPENED, CLOSED)[stored % 2], stored + 1)
        assert answer == Upto(CONTACT_DEVICE, STORE, contact.epoch, stored + 1)
        stored += 1

    with pytest.raises(OperationalError, match="full") as full:
        forever(report_next)
    assert db.is_away(full.value)  # the gateway drops the line: the device keeps the report
    assert contact.row().last_seq == stored
    room["pages"] = 2**30
    report_next()
    assert contact.row().last_seq == stored


def forever(call: Callable[[], None]) -> None:
    while True:
        call()


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "data", "")
    place.settings.data_dir.mkdir()
    master_secret(place.settings)
    db.migrate(place.settings.database_url)
    size = (place.settings.data_dir / "shop.db").stat().st_size

    def less_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    done = subprocess.run(
        [sys.executable, "-m", "shop", "backup", str(place.backups)],
        env={"SHOP_DATA_DIR": str(place.settings.data_dir), "PATH": "/usr/bin:/bin"},
        preexec_fn=less_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "could not be copied" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(place.backups.iterdir()) == []
