"""What a device keeps secret: its broker password and the keys that may command it, in one private file."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devices import signing


@dataclass(frozen=True, slots=True)
class Credentials:
    mqtt_password: str = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)  # by kid; two may be active during a change


def load(path: Path) -> Credentials:
    """Raises ValueError naming what is wrong with the file."""
    try:
        raw = json.loads(path.read_text())
        keys = {str(kid): signing.decode(key) for kid, key in raw.get("keys", {}).items()}
        return Credentials(str(raw["mqtt_password"]), keys)
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is not a device's secret file: {type(error).__name__}") from None


def save(path: Path, credentials: Credentials) -> None:
    """Readable by this user only."""
    text = json.dumps(
        {
            "mqtt_password": credentials.mqtt_password,
            "keys": {kid: signing.encode(key) for kid, key in credentials.keys.items()},
        }
    )
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
