"""Fixtures of the domain tests: a seeded shop on each database."""

from tests.domain.databases import (
    database,
    postgres,
    postgres_empty,
    postgres_schema,
    postgres_server,
    seeded,
    sqlite,
    sqlite_file,
    sqlite_seeded,
    world,
)

__all__ = [
    "database",
    "postgres",
    "postgres_empty",
    "postgres_schema",
    "postgres_server",
    "seeded",
    "sqlite",
    "sqlite_file",
    "sqlite_seeded",
    "world",
]
