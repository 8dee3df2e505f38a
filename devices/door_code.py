"""What a display at a door is told: the one message that is for people's eyes."""

from typing import Annotated, Literal

from pydantic import Field

from devices.fields import Message

GROUP = 4


class DoorCode(Message):
    """`down/door-code`, never retained: shown until the next one comes, and no longer than `ttl_ms`."""

    v: Literal[1] = 1
    code: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{12}$")]
    url: Annotated[str, Field(pattern=r"^https?://[\x21-\x7e]+$", max_length=300)]  # carries the code
    ttl_ms: Annotated[int, Field(ge=1, le=60_000)]

    @property
    def typed(self) -> str:
        """As it stands below the picture, for whoever types it."""
        return "-".join(self.code[start : start + GROUP] for start in range(0, len(self.code), GROUP))
