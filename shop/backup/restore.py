"""Checking a backup, and putting one back into an empty place."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from shop import db
from shop.backup import aftermath, figures, files, manifest, postgres_copy, sqlite_copy
from shop.backup.errors import BackupError
from shop.backup.figures import Figures
from shop.backup.manifest import Manifest
from shop.backup.take import known_secret
from shop.config import Settings
from shop.db import Database

Say = Callable[[str], None]


def verify(path: Path) -> Manifest:
    """Checksums, the database's own check of itself, and every figure of the manifest; raises BackupError.

    A dump of PostgreSQL is read to its end; its figures can only be counted where it is restored.
    """
    told = manifest.read(path)
    manifest.check_parts(path, told)
    if told.database == "sqlite":
        _compare(told, sqlite_copy.inspected(path / told.data))
    else:
        postgres_copy.check(path / told.data)
    return told


def restore(settings: Settings, path: Path, say: Say) -> Manifest:
    """Into the empty place the settings name; raises BackupError.

    A SQLite file appears whole or not at all. A PostgreSQL database gets all rows or none; if one of the
    steps after that fails, the error says that it must be made anew.
    """
    told = verify(path)
    say(f"{path} is whole: schema {told.revision}, taken {told.taken_at.isoformat()}")
    kind = make_url(settings.database_url).get_backend_name()
    if told.database != kind:
        raise BackupError(f"this is a backup of {told.database}, SHOP_DATABASE_URL names {kind}")
    if int(told.revision) > int(db.HEAD):
        raise BackupError(
            f"the backup has schema {told.revision}, newer than this version's {db.HEAD}:"
            f" restore it with version {told.product} or newer"
        )
    secret = _secret_for(settings, path, told)
    try:
        if secret is not None:
            settings.data_dir.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
            files.write(settings.data_dir / manifest.SECRET, secret)
        if kind == "sqlite":
            _restore_file(sqlite_copy.file_of(settings.database_url), path, told, say)
        else:
            _restore_database(settings.database_url, path, told, say)
    except OSError as error:
        raise BackupError(f"the backup could not be restored: {error.strerror}: {error.filename}") from None
    if secret is None and known_secret(settings) is None:
        say(
            "the secret is missing: put it into SHOP_SECRET or into a file named secret in SHOP_DATA_DIR"
            " before the shop starts; with a new one no device could sign in any more"
        )
    return told


def _secret_for(settings: Settings, path: Path, told: Manifest) -> bytes | None:
    """The one from the backup, where it is needed here; never over another one."""
    here = known_secret(settings)
    if here is not None:
        if manifest.fingerprint(here) != told.secret_fingerprint:
            raise BackupError(
                "the secret here is another one than the backup's: its devices could not sign in"
            )
        return None
    return (path / manifest.SECRET).read_bytes() if manifest.SECRET in told.parts else None


def _restore_file(target: Path, path: Path, told: Manifest, say: Say) -> None:
    """Beside its place first: what has the right name is whole, checked and settled."""
    if not sqlite_copy.is_empty(target):
        raise BackupError(f"{target} is there already; a backup is restored into an empty place only")
    target.parent.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.restoring")
    sqlite_copy.remove(beside)  # of one that was killed
    try:
        sqlite_copy.put_back(path / told.data, beside, say)
        _compare(told, sqlite_copy.inspected(beside))
        _settle(f"sqlite:///{beside}", told, say)
        sqlite_copy.in_one_file(beside)
        files.move(beside, target)
    finally:
        sqlite_copy.remove(beside)


def _restore_database(url: str, path: Path, told: Manifest, say: Say) -> None:
    database = Database(url)
    try:
        if not postgres_copy.is_empty(database):
            raise BackupError("the database has tables; a backup is restored into an empty one only")
        postgres_copy.put_back(database, path / told.data, say)
        say("rows are back; comparing")
        try:
            with database.looking() as connection:
                _compare(told, figures.read(connection))
            _settle(url, told, say)
        except Exception as error:
            raise BackupError(f"{error}; this database is not usable: drop it and make a new one") from None
    except SQLAlchemyError as error:
        raise BackupError(f"the database: {getattr(error, 'orig', error)}") from None
    finally:
        database.close()


def _settle(url: str, told: Manifest, say: Say) -> None:
    if told.revision != db.HEAD:
        say(f"brought from schema {told.revision} to {db.HEAD}")
    db.migrate(url)
    database = Database(url)
    try:
        with database.transaction() as tx:
            aftermath.settle(tx, told)
    finally:
        database.close()


def _compare(told: Manifest, found: Figures) -> None:
    wrong = figures.differences(told.figures, found)
    if wrong:
        raise BackupError("not what was backed up: " + "; ".join(wrong[:5]))
