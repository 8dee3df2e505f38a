"""Checks of this machine and what was set on it."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlmodel import text

from shop.config import Settings
from shop.db import HEAD
from shop.ops import backups
from shop.ops.doctor.findings import Finding, Patient, compared, graded, hours_since

GB = 1024**3
DISK_GB = {"look": 2.0, "broken": 0.3}
BACKUP_OLD_H = 36
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def settings(config: Settings) -> Iterator[Finding]:
    key = config.stripe_key.get_secret_value()
    given = {
        "SHOP_STRIPE_KEY": key,
        "SHOP_STRIPE_WEBHOOK_SECRET": config.stripe_webhook_secret.get_secret_value().strip(),
        "SHOP_SMTP_HOST": config.smtp_host,
    }
    found = [Finding("broken", "not_set", {"setting": name}) for name, value in given.items() if not value]
    address = urlsplit(config.public_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        found.append(Finding("broken", "not_https", {"url": config.public_url}))
    if key.startswith(("sk_test_", "rk_test_")):
        found.append(Finding("look", "test_key"))
    yield from found or [Finding("ok", "settings")]


def secret(config: Settings) -> Iterator[Finding]:
    path = config.data_dir / "secret"
    if config.secret.get_secret_value():
        yield Finding("ok", "secret")
    elif not path.exists():
        yield Finding("look", "secret_missing")
    elif os.name == "posix" and path.stat().st_mode & 0o077:
        yield Finding("broken", "secret_readable", {"path": str(path)})
    else:
        yield Finding("ok", "secret")


def disk(config: Settings) -> Iterator[Finding]:
    path = config.data_dir.resolve()
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free / GB
    level = graded(-free, {name: -limit for name, limit in DISK_GB.items()})
    key = "disk" if level == "ok" else "disk_low"
    yield Finding(level, key, {"free": round(free, 1), "path": str(path)})


def database(patient: Patient) -> Iterator[Finding]:
    with patient.database.looking() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        writes = patient.database.is_sqlite or (
            connection.execute(text("SHOW transaction_read_only")).scalar() == "off"
        )
    kind = "SQLite" if patient.database.is_sqlite else "PostgreSQL"
    if found != HEAD:
        yield Finding("broken", "schema", {"found": found, "needed": HEAD})
    elif not writes:
        yield Finding("broken", "read_only")
    else:
        yield Finding("ok", "database", {"kind": kind, "revision": found})


def clock(patient: Patient) -> Iterator[Finding]:
    if patient.database.is_sqlite:
        return  # the same clock
    with patient.database.looking() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    yield compared(theirs, "PostgreSQL")


def backup(config: Settings) -> Iterator[Finding]:
    taken = backups.newest(config.backup_dir)
    if taken is None:
        yield Finding("look", "backup_none")
        return
    hours = hours_since(taken)
    old = hours > BACKUP_OLD_H
    yield Finding("look" if old else "ok", "backup_old" if old else "backup", {"hours": hours})
