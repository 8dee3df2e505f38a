"""Row ids: ULIDs, 26 characters, ordered by creation time to the millisecond."""

from ulid import ULID


def new() -> str:
    return str(ULID())
