"""What requests may hold: strict types, and every text and number with its bounds."""

import re
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

# As browsers check it (html.spec.whatwg.org), with the spaces that phones add and at least one dot.
EMAIL = r"^ *[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+ *$"
ROW_ID = "^[0-9A-Z]{26}$"
SLUG = "^[a-z0-9-]{1,40}$"
SKU = "^[A-Za-z0-9._-]{1,40}$"


class Strict(BaseModel):
    """A body: no field we do not know, no number as a text, no `false` as a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _digits(given: Any) -> Any:
    """Of a query, whose values are all texts; pydantic would also read " 1", "1.0" and "1_0"."""
    if isinstance(given, str) and not re.fullmatch(r"[0-9]{1,19}", given):
        raise ValueError("not a whole number")
    return given


def _yes_or_no(given: Any) -> Any:
    if isinstance(given, str) and given not in ("true", "false"):
        raise ValueError("neither true nor false")
    return given


Email = Annotated[
    str,
    Field(max_length=254, pattern=EMAIL, examples=["anna@example.org"]),
    AfterValidator(lambda text: text.strip().lower()),
]
# What people type in their own words, with line breaks but no other control characters.
Prose = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
RowId = Annotated[str, Path(pattern=ROW_ID)]
Slug = Annotated[str, Path(pattern=SLUG)]
Sku = Annotated[str, Path(pattern=SKU)]
# Bounds stand inside, or the description would not have them.
Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(_digits)]
RowNumber = Annotated[int, Field(ge=1, le=2**62), BeforeValidator(_digits)]
LinesSeen = Annotated[int, Field(ge=0, le=2**62), BeforeValidator(_digits)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
