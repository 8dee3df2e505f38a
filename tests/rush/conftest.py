"""Fixtures of the rush's own tests: a seeded shop on a file."""

from tests.domain.databases import sqlite, sqlite_file, sqlite_seeded

__all__ = ["sqlite", "sqlite_file", "sqlite_seeded"]
