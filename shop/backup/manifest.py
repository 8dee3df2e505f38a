"""What lies in a backup, by when it was taken and how one sees that it is whole."""

import hmac
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shop.backup import files
from shop.backup.errors import BackupError
from shop.backup.figures import Figures

NAME = "manifest.json"
SECRET = "secret"  # noqa: S105 a file's name
DATA: dict[str, str] = {"sqlite": "shop.db", "postgresql": "shop.pgdump"}

Kind = Literal["sqlite", "postgresql"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    sha256: str


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    product: str  # version of the code that took it
    database: Kind
    taken_at: datetime  # all that was acknowledged before is in it
    secret_fingerprint: str
    parts: dict[str, Part]
    figures: Figures
    checksum: str = ""  # of all above, set when it is written

    @property
    def revision(self) -> str:
        """Of the schema."""
        return self.figures.revision

    @property
    def data(self) -> str:
        """The name of the part with the database."""
        return DATA[self.database]

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts.values())


def fingerprint(secret: bytes) -> str:
    """Tells two secrets apart and gives neither away."""
    return hmac.new(secret, b"shop backup", sha256).hexdigest()[:32]


def part(path: Path) -> Part:
    return Part(bytes=path.stat().st_size, sha256=files.digest(path))


def write(folder: Path, manifest: Manifest) -> None:
    sealed = manifest.model_copy(update={"checksum": _checksum(manifest)})
    files.write(folder / NAME, sealed.model_dump_json(indent=2).encode())


def _checksum(manifest: Manifest) -> str:
    return sha256(manifest.model_dump_json(exclude={"checksum"}).encode()).hexdigest()


def read(folder: Path) -> Manifest:
    """Raises BackupError."""
    try:
        found = Manifest.model_validate_json((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(f"{folder} is not a backup: it has no {NAME}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BackupError(f"{folder / NAME} cannot be read: {where} {first['msg']}") from None
    if found.checksum != _checksum(found):
        raise BackupError(f"{folder / NAME} is damaged: its content is not what was written")
    return found


def check_parts(folder: Path, manifest: Manifest) -> None:
    """Every part is there, byte for byte; raises BackupError naming the first that is not."""
    if manifest.data not in manifest.parts:
        raise BackupError(f"{folder / NAME} cannot be believed: it has no checksum of {manifest.data}")
    for name, expected in manifest.parts.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise BackupError(f"{folder}: {name} is missing")
        if part(path) != expected:
            raise BackupError(f"{path} is damaged: its content is not what was written")
