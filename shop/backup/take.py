"""Taking a backup: a folder that has its name only when everything in it is on the disk."""

import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import assert_never

from sqlalchemy.exc import SQLAlchemyError

from shop.backup import figures, files, manifest, postgres_copy, sqlite_copy
from shop.backup.errors import BackupError
from shop.backup.figures import Figures
from shop.backup.manifest import Kind, Manifest
from shop.config import Settings, master_secret
from shop.db import Database
from shop.domain import clock

PREFIX = "shop-"
UNFINISHED = ".unfinished-"
NAMED_BY = "%Y%m%dT%H%M%SZ"
PRODUCT = "staff-free-shop"

Say = Callable[[str], None]


def take(settings: Settings, folder: Path, *, with_secret: bool, keep: int | None, say: Say) -> Path:
    """The new backup's folder below `folder`; raises BackupError.

    `keep`: of this shop's backups in the folder only so many stay, the newest.
    """
    secret = known_secret(settings)
    if secret is None:
        raise BackupError(
            "the secret of this shop is not here: set SHOP_SECRET, or SHOP_DATA_DIR as its services have it"
        )
    try:
        folder.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
        with files.alone(folder):
            made = _take(settings, folder, secret, with_secret=with_secret, say=say)
            if keep is not None:
                _forget_older(folder, manifest.read(made), keep, say)
    except OSError as error:
        raise BackupError(f"the backup could not be written: {error.strerror}: {error.filename}") from None
    return made


def known_secret(settings: Settings) -> bytes | None:
    """Without making a new one."""
    if settings.secret.get_secret_value() or (settings.data_dir / manifest.SECRET).exists():
        return master_secret(settings)
    return None


def _take(settings: Settings, folder: Path, secret: bytes, *, with_secret: bool, say: Say) -> Path:
    for left_behind in folder.glob(f"{UNFINISHED}*"):  # by one that was killed
        shutil.rmtree(left_behind)
    taken_at = clock.now()
    name = f"{PREFIX}{taken_at:{NAMED_BY}}"
    if (folder / name).exists():
        raise BackupError(f"{folder / name} is there already")
    database = Database(settings.database_url)
    kind: Kind = "sqlite" if database.is_sqlite else "postgresql"
    with files.complete_or_gone(folder / f"{UNFINISHED}{name}", folder / name) as made:
        try:
            found = _copy(database, kind, made / manifest.DATA[kind], say)
        except SQLAlchemyError as error:
            raise BackupError(f"the database could not be read: {getattr(error, 'orig', error)}") from None
        finally:
            database.close()
        _refuse_wrong(found)
        if with_secret:
            files.write(made / manifest.SECRET, secret)
        told = Manifest(
            product=version(PRODUCT),
            database=kind,
            taken_at=taken_at,
            secret_fingerprint=manifest.fingerprint(secret),
            parts={path.name: manifest.part(path) for path in made.iterdir()},
            figures=found,
        )
        manifest.write(made, told)
    say(f"{told.bytes / 2**20:.1f} MiB, schema {told.revision}, {sum(found.rows.values())} rows")
    return folder / name


def _copy(database: Database, kind: Kind, target: Path, say: Say) -> Figures:
    match kind:
        case "sqlite":
            sqlite_copy.take(sqlite_copy.file_of(database.url), target, say)
            return sqlite_copy.inspected(target)
        case "postgresql":
            return postgres_copy.take(database, target, say)
        case _:
            assert_never(kind)


def _refuse_wrong(found: Figures) -> None:
    """Books that do not add up were not written by us: keep the good backups and look at the database."""
    wrong = figures.inconsistencies(found)
    if wrong:
        raise BackupError("the books do not add up, no backup was taken: " + "; ".join(wrong[:5]))


def _forget_older(folder: Path, newest: Manifest, keep: int, say: Say) -> None:
    ours = []
    for path in sorted(folder.glob(f"{PREFIX}*Z"), reverse=True):
        try:
            told = manifest.read(path)
        except BackupError:
            continue  # not one of ours, and not ours to remove
        if told.secret_fingerprint == newest.secret_fingerprint:
            ours.append(path)
    for path in ours[keep:]:
        shutil.rmtree(path)
        say(f"removed {path}")
