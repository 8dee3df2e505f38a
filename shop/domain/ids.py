"""Row ids: ULIDs, 26 characters, in the order of their making; between processes to the millisecond."""

from ulid import ULID


def new() -> str:
    return str(ULID())
