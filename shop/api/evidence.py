"""What the shelves told of a basket line, as shopper and staff see it."""

from datetime import datetime

from pydantic import BaseModel

from shop.domain.basket import BasketLine


class Trace(BaseModel):
    """How the weight on the plate moved: grams at even steps."""

    t0: int  # milliseconds since 1970, by the shelf's clock
    step_ms: int
    g: list[int]


class Seen(BaseModel):
    """One movement on a shelf; grams are below zero when goods left."""

    shelf: str
    plate: int
    at: datetime
    grams: int
    count: int | None = None  # units this was taken for, below zero when they came back
    trace: Trace | None = None


def seen(line: BasketLine) -> list[Seen]:
    return [Seen.model_validate(movement) for movement in line.evidence]
