"""PostgreSQL's own programs: found where Debian keeps them, not older than the server, no password shown."""

import os
from pathlib import Path

import pytest

from shop.backup import postgres_copy
from shop.backup.errors import BackupError
from shop.db import Database


def program(folder: Path, name: str, version: int, body: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    said = f"{name} (PostgreSQL) {version}.3"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{said}"; exit; fi\n{body}\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No other programs than those a test puts there."""
    monkeypatch.setattr(postgres_copy, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "debian"


def test_a_missing_program_names_its_package(debian: Path) -> None:
    with pytest.raises(BackupError, match=r"pg_dump 16 or newer.*not installed.*postgresql-client-16"):
        postgres_copy.tool("pg_dump", 16)


def test_one_older_than_the_server_is_not_used(debian: Path) -> None:
    program(debian / "15" / "bin", "pg_dump", 15)
    with pytest.raises(BackupError, match="only version 15 of it is here: apt install postgresql-client-16"):
        postgres_copy.tool("pg_dump", 16)


def test_the_one_of_the_servers_version_is_preferred_to_a_newer(debian: Path, tmp_path: Path) -> None:
    for version in (15, 16, 17):
        program(debian / str(version) / "bin", "pg_dump", version)
    program(tmp_path / "path", "pg_dump", 18)
    assert postgres_copy.tool("pg_dump", 16) == debian / "16" / "bin" / "pg_dump"
    assert postgres_copy.tool("pg_dump", 18) == tmp_path / "path" / "pg_dump"


def test_the_password_is_not_among_the_arguments(debian: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program(debian / "15" / "bin", "pg_restore", 15, f'echo "$@ | $PGPASSWORD" > {said}')
    restore = postgres_copy.tool("pg_restore", 15)
    url = "postgresql://shop:sesame@db.example/books?sslmode=require"
    postgres_copy._run([restore, f"--dbname={postgres_copy._address(url)}"], url, None, lambda _: None)
    arguments, _, password = said.read_text().partition(" | ")
    assert arguments == "--dbname=postgresql://shop@db.example/books?sslmode=require"
    assert password.strip() == "sesame"
    assert "PGPASSWORD" not in os.environ


def test_what_the_program_complains_about_reaches_the_operator(debian: Path) -> None:
    program(debian / "15" / "bin", "pg_restore", 15, "echo 'could not write: disk full' >&2; exit 1")
    with pytest.raises(BackupError, match="pg_restore: could not write: disk full"):
        postgres_copy.check(debian / "shop.pgdump")


@pytest.mark.postgres
def test_the_servers_version_is_asked(postgres_server: str) -> None:
    database = Database(postgres_server)
    with database.looking() as connection:
        version = postgres_copy.server_version(connection)
    database.close()
    assert postgres_copy.tool("pg_dump", version).exists()
