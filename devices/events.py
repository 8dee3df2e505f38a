"""What a device can report: the data of every event type and every retained state (protocol section 4.4)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from devices.fields import (
    B64URL_PATTERN,
    CommandId,
    Count,
    DurationMs,
    Grams,
    Message,
    MilliCelsius,
    PlateNo,
    Seconds,
    Seq,
    ShelfId,
    TimeMs,
    Word,
)

Bolt = Literal["locked", "unlocked", "moving", "jammed", "unknown"]
Mode = Literal["normal", "free_exit", "lockdown", "maintenance"]
Cause = Literal["cmd", "egress", "key", "auto", "fire", "power"]

# Three weights, each rounded or cut to whole grams and so off by less than one: together by less than three.
ROUNDING_G = 2


class EventData(Message):
    """The `data` of one event."""


class LockState(EventData):
    """Where the bolt is and why. The bolt is one fact, the door leaf (contact) another."""

    bolt: Bolt
    mode: Mode = "normal"
    cause: Cause = "auto"
    relock_in_ms: DurationMs = 0
    cmd_id: CommandId | None = None
    power: Literal["mains", "battery"] = "mains"


class LockChanged(LockState):
    """`lock.changed`: the bolt came to rest in a new place, or was asked to stay there."""


class LockJammed(LockState):
    """`lock.jammed`: the motor ran, the bolt did not arrive."""


class LockForced(LockState):
    """`lock.forced`: the leaf opened although the bolt was not released."""


class LockTamper(EventData):
    """`lock.tamper`: the housing was opened or the lock was hit."""

    what: Word = "housing"


class ContactState(EventData):
    open: bool


class ContactChanged(EventData):
    """`contact.changed`: one stable edge; `bounce` counts the edges swallowed by the 50 ms debounce."""

    open: bool
    by: Literal["cmd", "egress", "unknown"] = "unknown"
    bounce: Annotated[int, Field(ge=0, le=10_000)] = 0


class ContactHeldOpen(EventData):
    s: Seconds


class ShelfState(EventData):
    """Last known weight of one plate (retained as `state/scale-<plate>`)."""

    g: Grams
    stable: bool
    temp_mc: MilliCelsius | None = None
    cal_id: Word | None = None


TRACE_POINTS = 60


class Trace(Message):
    """How the weight moved: grams at even steps from `t0`, the rest before the movement included."""

    t0: TimeMs
    step_ms: Annotated[int, Field(ge=1, le=60_000)]
    g: Annotated[tuple[Grams, ...], Field(strict=False, min_length=2, max_length=TRACE_POINTS)]


class ShelfChange(EventData):
    """`shelf.change`: one plate settled, at a new weight or, after a touch, at the old one.

    `t0` and `t1` are milliseconds of the same clock as the envelope's `ts`. Weights are net: an empty plate
    reads zero, or what its cells have drifted, which may be less than zero.
    """

    shelf: ShelfId
    plate: PlateNo
    t0: TimeMs
    t1: TimeMs
    before_g: Grams
    after_g: Grams
    delta_g: Grams
    var_g2: Annotated[float, Field(ge=0, le=1e9)]
    touching: bool = False
    trace: Trace | None = None  # for people: nothing is decided by it

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if abs(self.before_g + self.delta_g - self.after_g) > ROUNDING_G:
            raise PydanticCustomError("does_not_add_up", "before, after and difference contradict each other")
        return self


class ShelfUnsettled(EventData):
    """`shelf.unsettled`: still moving when it should be at rest; the stock of this plate is in doubt."""

    shelf: ShelfId
    plate: PlateNo
    t0: TimeMs
    last_g: Grams | None = None


class ScaleFault(EventData):
    code: Literal["no_data", "saturated", "stuck", "drift", "uncal"]
    shelf: ShelfId | None = None
    plate: PlateNo | None = None


class Scan(EventData):
    """`scan`: two equal reads are two products; only `seq` tells a repeat from a second item."""

    sym: Word
    data: Annotated[str, Field(max_length=512)]
    raw: Annotated[str, Field(max_length=1024, pattern=r"^[A-Za-z0-9+/=]*$")] | None = None
    ok: bool
    repeat: Annotated[int, Field(ge=0, le=1000)] = 0


class TempState(EventData):
    mc: MilliCelsius


class TempExcursion(EventData):
    phase: Literal["start", "end"]
    min_mc: MilliCelsius
    max_mc: MilliCelsius
    since: TimeMs


class Emergency(EventData):
    """`emergency.pressed|released`: a report only; the button itself cuts the lock's power by wire."""

    button: Word | None = None


class OutboxOverflow(EventData):
    """`outbox.overflow`: reports the device had to drop because nobody took them in time."""

    dropped: Count
    first: Seq = Field(alias="from")
    last: Seq = Field(alias="to")


EVENT_TYPES: dict[str, type[EventData]] = {
    "lock.changed": LockChanged,
    "lock.jammed": LockJammed,
    "lock.forced": LockForced,
    "lock.tamper": LockTamper,
    "contact.changed": ContactChanged,
    "contact.held_open": ContactHeldOpen,
    "shelf.change": ShelfChange,
    "shelf.unsettled": ShelfUnsettled,
    "scale.fault": ScaleFault,
    "scan": Scan,
    "temp.excursion": TempExcursion,
    "emergency.pressed": Emergency,
    "emergency.released": Emergency,
    "outbox.overflow": OutboxOverflow,
}
PRIORITY_TYPES = frozenset({"emergency.pressed", "emergency.released"})  # may overtake the queue

STATE_TYPES: dict[str, type[EventData]] = {
    "lock": LockState,
    "contact": ContactState,
    "scale": ShelfState,
    "temp": TempState,
}

Challenge = Annotated[str, Field(pattern=B64URL_PATTERN, min_length=22, max_length=22)]  # 16 bytes, base64url
