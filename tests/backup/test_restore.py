"""A restore goes into an empty place only, and leaves nothing believed that the world may have overtaken."""

import secrets
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from shop import db
from shop.backup import aftermath, manifest, sqlite_copy
from shop.backup.errors import BackupError
from shop.config import Settings, master_secret
from shop.domain import clock, jobs, sign_in
from shop.domain.audit import Audit
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.sign_in import SignIn
from shop.domain.visits import Visit
from tests.backup.place import Place


def test_a_place_that_is_not_empty_is_left_as_it_is(shop: Place, empty: Place) -> None:
    backup = shop.backs_up(with_secret=True)
    db.migrate(empty.settings.database_url)
    before = empty.figures()
    with pytest.raises(BackupError, match="empty"):
        empty.restores(backup)
    assert empty.figures() == before


def test_a_log_that_a_removed_file_left_behind_is_not_played_into_the_restored_one(on_sqlite: Place) -> None:
    backup = on_sqlite.backs_up(with_secret=True)
    empty = Place(on_sqlite.settings.data_dir.parent / "new", "")
    empty.settings.data_dir.mkdir()
    (empty.settings.data_dir / "shop.db-wal").write_bytes(b"of another database")
    with pytest.raises(BackupError, match="empty place only"):
        empty.restores(backup)


def test_the_kind_of_database_must_be_the_same(on_sqlite: Place, tmp_path: Path) -> None:
    backup = on_sqlite.backs_up()
    elsewhere = Place(tmp_path / "new", "postgresql://shop@127.0.0.1:9/shop")
    with pytest.raises(BackupError, match="backup of sqlite, SHOP_DATABASE_URL names postgresql"):
        elsewhere.restores(backup)


def test_a_backup_from_the_future_is_refused(shop: Place, empty: Place) -> None:
    newer = f"{int(db.HEAD) + 1:04}"
    shop.changes(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": newer}))
    with pytest.raises(BackupError, match=rf"schema {newer}, newer than this version's {db.HEAD}"):
        empty.restores(shop.backs_up())
    assert not (empty.settings.data_dir / "shop.db").exists()


def test_a_backup_of_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    old, new = Place(tmp_path / "old", ""), Place(tmp_path / "new", "")
    old.settings.data_dir.mkdir()
    master_secret(old.settings)
    db.migrate(old.settings.database_url, "0001")
    new.restores(old.backs_up(with_secret=True))
    assert new.figures().revision == db.HEAD
    assert any("brought from schema 0001" in line for line in new.said)
    new.close()


# the root secret


def test_the_secret_is_in_the_backup_only_when_asked_for(on_sqlite: Place, tmp_path: Path) -> None:
    secret = (on_sqlite.settings.data_dir / "secret").read_bytes()
    without = on_sqlite.backs_up()
    assert not any(secret in path.read_bytes() for path in without.iterdir())
    new = Place(tmp_path / "new", "")
    new.restores(without)
    assert any("the secret is missing" in line for line in new.said)
    assert not (new.settings.data_dir / "secret").exists()


def test_a_secret_in_the_backup_goes_to_its_place_and_stays_private(on_sqlite: Place, tmp_path: Path) -> None:
    new = Place(tmp_path / "new", "")
    new.restores(on_sqlite.backs_up(with_secret=True))
    path = new.settings.data_dir / "secret"
    assert path.read_bytes() == (on_sqlite.settings.data_dir / "secret").read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any("missing" in line for line in new.said)


def test_the_right_secret_may_be_there_already(on_sqlite: Place, tmp_path: Path) -> None:
    new = Place(tmp_path / "new", "")
    new.settings.data_dir.mkdir()
    shutil.copy(on_sqlite.settings.data_dir / "secret", new.settings.data_dir)
    new.restores(on_sqlite.backs_up())
    assert not any("missing" in line for line in new.said)


def test_under_another_secret_nothing_is_restored(on_sqlite: Place, tmp_path: Path) -> None:
    new = Place(tmp_path / "new", "")
    new.settings = Settings(data_dir=tmp_path / "new", secret=SecretStr(secrets.token_hex(32)))
    with pytest.raises(BackupError, match="another one than the backup's"):
        new.restores(on_sqlite.backs_up(with_secret=True))
    assert not (tmp_path / "new" / "shop.db").exists()


# what the world did meanwhile


def test_everybody_signs_in_again(on_sqlite: Place, empty_file: Place) -> None:
    """Else a phone that was signed out after the backup, because it was lost, would be signed in again."""
    on_sqlite.changes(
        lambda tx: tx.add(
            SignIn(
                operator_id=on_sqlite.world.operator_id,
                token_hash=sign_in.hashed("token"),
                customer_id=on_sqlite.world.anna_id,
                expires_at=clock.now() + timedelta(days=30),
            )
        )
    )
    empty_file.restores(on_sqlite.backs_up(with_secret=True))
    [there] = empty_file.rows(SignIn)
    assert there.revoked_at is not None
    [still] = on_sqlite.rows(SignIn)
    assert still.revoked_at is None


def test_every_store_is_told_and_the_audit_too(shop: Place, empty: Place) -> None:
    told = empty.restores(shop.backs_up(with_secret=True))
    found = {incident.store_id: incident for incident in empty.rows(Incident, Incident.kind == "restored")}
    assert len(found) == 2
    here = found[shop.world.store_id]
    assert here.severity == "alarm"
    assert here.evidence["last_receipt_number"] == 2
    assert datetime.fromisoformat(here.evidence["backup"]) == told.taken_at
    assert len(empty.rows(Audit, Audit.action == "restored")) == 2


def _order(place: Place, kind: str, **more: object) -> None:
    visit = place.rows(Visit)[0]
    place.changes(lambda tx: jobs.add(tx, **visit.scope(), kind=kind, subject=visit.id, **more))


def test_what_was_waiting_counts_as_tried(on_sqlite: Place, empty_file: Place) -> None:
    """Untried jobs may be called off without asking the bank; now nobody knows whether they were tried."""
    _order(on_sqlite, "place_hold")
    empty_file.restores(on_sqlite.backs_up(with_secret=True))
    [job] = empty_file.rows(Job, Job.kind == "place_hold")
    assert (job.status, job.attempts) == (Status.READY, 1)


def test_money_is_not_asked_for_when_the_bank_has_forgotten_the_key(shop: Place, empty: Place) -> None:
    for kind in ("place_hold", "charge", "capture", "mail_receipt"):
        _order(shop, kind)
    backup = shop.backs_up(with_secret=True)
    before = datetime.now(UTC) - aftermath.KEYS_ARE_KEPT - timedelta(minutes=1)
    told = manifest.read(backup).model_copy(update={"taken_at": before})
    (backup / manifest.NAME).unlink()
    manifest.write(backup, told)
    empty.restores(backup)
    status = {job.kind: job.status for job in empty.rows(Job) if job.kind != "time_out"}
    assert status["place_hold"] == status["charge"] == Status.DEAD
    assert status["capture"] == status["mail_receipt"] == Status.READY  # the hold is captured once or not
    [incident, *_] = empty.rows(Incident, Incident.kind == "restored")
    assert incident.evidence["payments_given_up"] == 2


def test_a_restore_that_was_killed_half_way_is_begun_anew(on_sqlite: Place, tmp_path: Path) -> None:
    new = Place(tmp_path / "new", "")
    new.settings.data_dir.mkdir()
    target = sqlite_copy.file_of(new.settings.database_url)
    target.with_name("shop.db.restoring").write_bytes(b"half of it")
    new.restores(on_sqlite.backs_up(with_secret=True))
    assert sorted(path.name for path in new.settings.data_dir.iterdir()) == ["secret", "shop.db"]
