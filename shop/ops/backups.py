"""How old the newest backup is, from the manifests in the folder where they are kept."""

import json
from datetime import datetime
from pathlib import Path

MANIFESTS = "shop-*/manifest.json"


def newest(folder: Path | None) -> datetime | None:
    """When it was taken; None when none is known."""
    if folder is None:
        return None
    for manifest in sorted(folder.glob(MANIFESTS), reverse=True):  # their names are times
        try:
            return datetime.fromisoformat(json.loads(manifest.read_text())["taken_at"])
        except (OSError, ValueError, KeyError):
            continue  # not one that could be restored
    return None
