"""Passwords of the operator's people: argon2, in one place."""

from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHES = PasswordHash((Argon2Hasher(),))


def hashed(password: str) -> str:
    return _HASHES.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Takes as long for an account that does not exist (`stored` None) as for a wrong password."""
    return _HASHES.verify(password, stored or _nobody()) and stored is not None


@lru_cache
def _nobody() -> str:
    return _HASHES.hash("nobody")
