"""Where the programs that some tests need are found; None when the machine has none."""

import shutil
from collections.abc import Callable
from pathlib import Path

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # not on an ordinary user's PATH in Debian


def mosquitto() -> Path | None:
    return _which("mosquitto") or _which("mosquitto", SBIN)


def postgres_bin() -> Path | None:
    """The folder with initdb and postgres; Debian keeps it off the PATH, one folder per version."""
    on_path = _which("initdb")
    if on_path is not None:
        return on_path.resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


def chromium() -> Path | None:
    return _which("chromium") or _which("chromium-browser") or _which("google-chrome")


FINDERS: dict[str, tuple[str, Callable[[], Path | None]]] = {
    # marker      what a person would install
    "mosquitto": ("Mosquitto", mosquitto),
    "postgres": ("PostgreSQL", postgres_bin),
    "browser": ("Chromium", chromium),
}


def _which(name: str, path: str | None = None) -> Path | None:
    found = shutil.which(name, path=path)
    return Path(found) if found else None
