"""A backup is whole or not there, says what is in it, and what was damaged is not restored."""

import json
import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import Session, insert

from shop import db
from shop.backup import figures, files, manifest, sqlite_copy
from shop.backup.errors import BackupError
from shop.backup.manifest import Manifest
from shop.backup.restore import verify
from shop.config import Settings, master_secret
from shop.domain import clock, ids, ledger, stock
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.stock import Reason, StockMovement
from shop.domain.visits import Visit
from tests.backup.place import Place

AT_A_TIME = 7  # units of milk; no other movement is of so many


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_restored_is_what_was_there(shop: Place, empty: Place) -> None:
    before = shop.figures()
    backup = shop.backs_up(with_secret=True)
    empty.restores(backup)
    now = empty.figures()
    assert (now.ledger, now.stock, now.receipts) == (before.ledger, before.stock, before.receipts)
    changed = {table for table in before.rows if before.rows[table] != now.rows[table]}
    assert changed == {"incident", "audit", "feed"}  # it is told that the shop was restored
    assert before.receipts["witzenhausen"].last == 2
    assert sum(before.ledger["witzenhausen"].values()) == 0
    assert shop.figures() == before


def test_a_backup_is_private_and_says_what_is_in_it(shop: Place) -> None:
    backup = shop.backs_up()
    told = manifest.read(backup)
    assert (told.revision, told.figures) == (db.HEAD, shop.figures())
    assert timedelta() <= datetime.now(UTC) - told.taken_at < timedelta(minutes=1)
    assert verify(backup) == told
    assert mode(backup) == 0o700
    assert {path.name for path in backup.iterdir()} == {manifest.NAME, told.data}
    assert {mode(path) for path in backup.iterdir()} == {0o600}


def test_a_backup_under_load_has_all_that_was_acknowledged_and_nothing_half(
    shop: Place, empty: Place
) -> None:
    """Each sale is a booking and a movement; both are there or none."""
    acknowledged: list[tuple[datetime, str]] = []
    enough, stop = threading.Event(), threading.Event()

    def sell() -> None:
        visit = shop.rows(Visit)[0]
        while not stop.is_set():
            name = ids.new()
            shop.changes(lambda tx, name=name: _sale(tx, shop, visit, name))  # type: ignore[misc]
            acknowledged.append((clock.now(), name))
            if len(acknowledged) > 50:
                enough.set()

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        assert enough.wait(30)
        backup = shop.backs_up()
    finally:
        stop.set()
        seller.join()
    told = empty.restores(backup)
    assert figures.inconsistencies(empty.figures()) == []
    there = {row.booking for row in empty.rows(LedgerEntry)}
    assert {name for at, name in acknowledged if at < told.taken_at} <= there
    moved = empty.rows(StockMovement, StockMovement.quantity == -AT_A_TIME)
    assert len(moved) == len(there & {name for _, name in acknowledged})
    assert len(acknowledged) > len(moved)  # it went on selling after the backup's moment


def _sale(tx: Session, place: Place, visit: Visit, name: str) -> None:
    entries = ledger.booking(
        **place.world.scope(),
        visit_id=visit.id,
        lines=[(Account.RECEIVABLE, None, 100), (Account.SALES, 700, -93), (Account.VAT, 700, -7)],
    )
    ledger.append(tx, [entry | {"booking": name} for entry in entries])
    stock.move(tx, visit, Reason.SOLD, {place.world.products["milk"]: -AT_A_TIME})


def test_one_that_breaks_off_leaves_nothing(shop: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_fails(*_: Any) -> None:
        raise OSError(28, "No space left on device", "manifest.json")

    monkeypatch.setattr(manifest, "write", power_fails)
    with pytest.raises(BackupError, match=r"could not be written: No space left on device"):
        shop.backs_up()
    assert list(shop.backups.iterdir()) == []


def test_what_a_killed_one_left_is_no_backup_and_goes_with_the_next(shop: Place) -> None:
    backup = shop.backs_up()
    half = backup.with_name(".unfinished-shop-20260101T000000Z")
    half.mkdir()
    (half / "shop.db").write_bytes(b"half of it")
    with pytest.raises(BackupError, match="not a backup"):
        verify(half)
    backup.rename(backup.with_name("shop-20260101T000000Z"))
    shop.backs_up()
    assert not half.exists()


def test_two_at_once_into_one_folder_do_not_mix(on_sqlite: Place) -> None:
    on_sqlite.backups.mkdir()
    with files.alone(on_sqlite.backups), pytest.raises(BackupError, match="under way"):
        on_sqlite.backs_up()
    on_sqlite.backs_up()


def test_nothing_is_overwritten(on_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    backup = on_sqlite.backs_up()
    before = (backup / manifest.NAME).stat().st_mtime_ns
    with pytest.raises(BackupError, match="there already"):
        on_sqlite.backs_up()
    assert (backup / manifest.NAME).stat().st_mtime_ns == before


def test_only_the_newest_of_this_shop_are_kept(on_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime(2026, 7, 1, 12, tzinfo=UTC)
    names = []
    for number in range(4):
        monkeypatch.setattr(clock, "now", lambda: day + timedelta(days=number))  # noqa: B023
        names.append(on_sqlite.backs_up(keep=2 if number == 3 else None).name)
        if number == 0:
            _make_anothers(on_sqlite.backups / names[0])
    assert sorted(path.name for path in on_sqlite.backups.iterdir()) == [names[0], names[2], names[3]]


def _make_anothers(backup: Path) -> None:
    edit(backup, lambda told: told.update(secret_fingerprint="another shop's"))


@pytest.mark.parametrize("part", ["data", "manifest.json"])
def test_a_single_flipped_bit_is_found(shop: Place, empty: Place, part: str) -> None:
    backup = shop.backs_up()
    path = backup / (manifest.read(backup).data if part == "data" else part)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    for look in (verify, empty.restores):
        with pytest.raises(BackupError, match=r"damaged|cannot be read|not what was backed up"):
            look(backup)
    assert not (empty.settings.data_dir / "shop.db").exists()


def test_a_missing_part_is_named(shop: Place) -> None:
    backup = shop.backs_up(with_secret=True)
    (backup / manifest.SECRET).unlink()
    with pytest.raises(BackupError, match="secret is missing"):
        verify(backup)


def edit(backup: Path, change: Callable[[Any], object]) -> None:
    path = backup / manifest.NAME
    told = json.loads(path.read_text())
    change(told)
    path.unlink()
    try:
        manifest.write(backup, Manifest.model_validate(told))  # with a checksum that fits
    except ValidationError:
        path.write_text(json.dumps(told))


def test_a_manifest_without_checksums_is_not_believed(shop: Place) -> None:
    backup = shop.backs_up()
    edit(backup, lambda told: told.update(parts={}))
    with pytest.raises(BackupError, match="no checksum of shop"):
        verify(backup)


def test_a_schema_that_is_no_number_is_named(on_sqlite: Place) -> None:
    backup = on_sqlite.backs_up()
    edit(backup, lambda told: told["figures"].update(revision="abc"))
    with pytest.raises(BackupError, match=r"manifest.json cannot be read: figures\.revision"):
        verify(backup)


@pytest.mark.parametrize("left", [8192, 100, 16])
def test_a_copy_that_was_cut_off_is_damaged_even_where_its_checksum_fits(on_sqlite: Place, left: int) -> None:
    backup = on_sqlite.backs_up()
    os.truncate(backup / "shop.db", left)
    part = manifest.part(backup / "shop.db").model_dump()
    edit(backup, lambda told: told["parts"].update({"shop.db": part}))
    with pytest.raises(BackupError, match=r"shop\.db is damaged"):
        verify(backup)


def test_a_manifest_that_tells_of_other_sums_is_not_believed(shop: Place, empty: Place) -> None:
    backup = shop.backs_up()
    milk = manifest.read(backup).figures.stock["witzenhausen"]["milk"]
    edit(backup, lambda told: told["figures"]["stock"]["witzenhausen"].update(milk=milk + 1))
    with pytest.raises(
        BackupError, match=rf"stock\.witzenhausen\.milk: {milk + 1} in the backup, {milk} found"
    ):
        empty.restores(backup)


def test_a_manifest_cannot_point_outside_its_folder(on_sqlite: Place) -> None:
    backup = on_sqlite.backs_up()
    edit(backup, lambda told: told["parts"].update({"../shop.db": told["parts"]["shop.db"]}))
    os.link(backup / "shop.db", on_sqlite.backups / "shop.db")
    with pytest.raises(BackupError, match="missing"):
        verify(backup)


def test_books_that_do_not_add_up_are_not_kept_as_a_good_backup(shop: Place) -> None:
    visit = shop.rows(Visit)[0]
    entry = {**visit.scope(), "booking": ids.new(), "account": Account.SALES, "cents": 5}
    shop.changes(
        lambda tx: tx.execute(insert(LedgerEntry).values(**entry, visit_id=visit.id, at=clock.now()))
    )
    with pytest.raises(BackupError, match="ledger of witzenhausen: sums to 5 cents"):
        shop.backs_up()
    assert list(shop.backups.iterdir()) == []


def test_a_gap_in_the_receipts_is_an_inconsistency(shop: Place) -> None:
    shop.changes(lambda tx: tx.execute(text("UPDATE receipt SET number = 7 WHERE number = 2")))
    assert figures.inconsistencies(shop.figures()) == [
        "receipts of witzenhausen: 2 kept, the last is 7, the counter says 2"
    ]


def test_an_unprepared_database_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "nothing", "")
    place.settings.data_dir.mkdir()
    with pytest.raises(BackupError, match="secret of this shop is not here"):
        place.backs_up()
    master_secret(place.settings)
    with pytest.raises(BackupError, match="there is no database"):
        place.backs_up()
    sqlite_copy.file_of(place.settings.database_url).touch()
    with pytest.raises(BackupError, match=r"not prepared: python -m shop migrate"):
        place.backs_up()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(BackupError, match="in memory"):
        sqlite_copy.file_of(Settings(database_url="sqlite://").database_url)
