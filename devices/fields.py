"""Field types every message shares: bounded numbers, ids and the frozen base model."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

ID_PATTERN = r"^[a-z0-9-]{1,40}$"
ULID_PATTERN = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
B64URL_PATTERN = r"^[A-Za-z0-9_-]+$"

MAX_INT = 2**63 - 1
MAX_TIME_MS = 253_402_300_799_999  # the last millisecond of the year 9999


class Message(BaseModel):
    """One thing on the wire. Unknown fields are ignored, so a newer device may say more (section 4.3)."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,  # a small device uses six of these, and starts twice as fast
        extra="ignore",
        strict=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def to_bytes(self) -> bytes:
        """Compact JSON; absent optional fields are left out."""
        return self.model_dump_json(exclude_none=True, by_alias=True, serialize_as_any=True).encode()


Id = Annotated[str, Field(pattern=ID_PATTERN)]
Ulid = Annotated[str, Field(pattern=ULID_PATTERN)]
CommandId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
ShelfId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Word = Annotated[str, Field(max_length=40)]
Text = Annotated[str, Field(max_length=200)]
PlateNo = Annotated[int, Field(ge=0, le=999)]
Grams = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
MilliCelsius = Annotated[int, Field(ge=-100_000, le=200_000)]
TimeMs = Annotated[int, Field(ge=0, le=MAX_TIME_MS)]
Count = Annotated[int, Field(ge=0, le=MAX_INT)]
Seq = Annotated[int, Field(ge=1, le=MAX_INT)]
DurationMs = Annotated[int, Field(ge=0, le=600_000)]
Seconds = Annotated[int, Field(ge=0, le=100_000_000)]
