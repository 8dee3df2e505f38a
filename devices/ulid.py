"""ULIDs: 26 characters that sort by time of birth; never two equal, never one smaller than the one before."""

import os
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32
_lock = threading.Lock()
_last = 0


def new() -> str:
    """A fresh ULID, greater than every one this process made before, even if the clock steps back."""
    global _last
    fresh = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    with _lock:
        _last = max(fresh, _last + 1)
        value = _last
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -5, -5))


def time_ms(ulid: str) -> int:
    """The wall-clock milliseconds at which a ULID was made."""
    value = 0
    for character in ulid[:10]:
        value = value << 5 | _ALPHABET.index(character)
    return value
