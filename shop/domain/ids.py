"""Row ids: ULIDs, 26 characters, ordered by creation time to the millisecond. Names, not secrets."""

from ulid_transform import ulid_now as new

__all__ = ["new"]
