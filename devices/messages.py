"""The `shop/v1` contract: envelope, presence, commands, answers, and the one way to parse them."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import from_json

from devices.door_code import DoorCode
from devices.events import (
    EVENT_TYPES,
    PRIORITY_TYPES,
    STATE_TYPES,
    Bolt,
    Cause,
    Challenge,
    ContactChanged,
    ContactHeldOpen,
    ContactState,
    Emergency,
    EventData,
    LockChanged,
    LockForced,
    LockJammed,
    LockState,
    LockTamper,
    Mode,
    OutboxOverflow,
    ScaleFault,
    Scan,
    ShelfChange,
    ShelfState,
    ShelfUnsettled,
    TempExcursion,
    TempState,
)
from devices.fields import (
    B64URL_PATTERN,
    CommandId,
    Count,
    DurationMs,
    Id,
    Message,
    Seconds,
    Seq,
    Text,
    TimeMs,
    Ulid,
    Word,
)
from devices.numbering import Numbered
from devices.topics import MAX_PAYLOAD

M = TypeVar("M", bound=Message)

CHALLENGE_TTL_MS = 3000  # section 4.5; not configurable, never scaled


class BadMessage(ValueError):
    """A payload that is not a message of this contract.

    `reason` is one of oversize, not_json, not_object, version, invalid. The text names the fields and the
    rules they broke, never the values, so it is safe to log.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Envelope(Numbered):
    """One numbered report, whole."""

    v: Literal[1] = 1
    id: Ulid
    ts: TimeMs
    tsq: Literal["ntp", "rtc", "none"]
    mono: Count
    offline: bool = False
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=60)]
    data: dict[str, Any] | EventData  # a dict only for a type this version does not know


class OutboxRange(Message):
    first: Count = Field(alias="from")
    last: Count = Field(alias="to")


class Scale(Message):
    """How a shelf's plates weigh: readings a second, and whether they forget slow changes by themselves."""

    sps: Annotated[float, Field(gt=0, le=10_000)]
    auto_tare: bool = False


class Birth(Message):
    """`up/birth`, retained: what this device is, and the id its status and will refer to."""

    birth: Ulid
    fw: Word
    hw: Word
    model: Word
    proto: Annotated[tuple[int, ...], Field(strict=False, min_length=1, max_length=8)] = (1,)
    caps: Annotated[tuple[Id, ...], Field(strict=False, max_length=64)]
    boot: Literal["power", "watchdog", "ota"] = "power"
    egress: Literal["mechanical", "hardware_button", "software"] | None = None
    cfg_ver: Count = 0
    cal_id: Word | None = None
    epoch: Ulid | None = None  # of the outbox range below, so the core can see a gap before the first event
    outbox: OutboxRange
    driver_class: Literal["A", "B"] = "A"
    scale: Scale | None = None  # of a shelf


class Status(Message):
    """`up/status`, retained; also the will. A death naming another birth than the current one is ignored."""

    online: bool
    birth: Ulid
    ts: TimeMs | None = None


class Heartbeat(Message):
    """`up/hb`; `q` is the length of the outbox, `clk_off_ms` the device's own estimate of its clock error."""

    up_s: Seconds
    q: Count
    ts: TimeMs | None = None
    mono: Count | None = None
    rssi: Annotated[int, Field(ge=-200, le=100)] | None = None
    batt: Annotated[int, Field(ge=0, le=100)] | None = None
    temp_c: Annotated[float, Field(ge=-100, le=200)] | None = None
    clk_off_ms: Annotated[int, Field(ge=-(10**12), le=10**12)] | None = None


class CoreStatus(Message):
    """`shop/v1/{store}/core/status`, retained; also the core's will."""

    online: bool
    ts: TimeMs | None = None


class Config(Message):
    """`down/config`, retained: desired settings; a device applies a version once."""

    v: Literal[1] = 1
    ver: Count
    mode: Mode = "normal"
    stream_until: TimeMs = 0


class EventAck(Message):
    """`down/event-ack`: everything up to and including `upto` of this epoch is committed in the core."""

    v: Literal[1] = 1
    epoch: Ulid
    upto: Count


class ChallengeRequest(Message):
    v: Literal[1] = 1
    op: Literal["challenge"] = "challenge"
    id: CommandId


class Resend(Message):
    """Ask a device to publish its events again, from `first` on, of the named epoch."""

    v: Literal[1] = 1
    op: Literal["resend"] = "resend"
    id: CommandId
    epoch: Ulid
    first: Seq = Field(alias="from")


class SignedCommand(Message):
    """A command whose exact bytes `p` (base64url JSON) are signed with the key `kid`."""

    v: Literal[1] = 1
    alg: Literal["HS256"] = "HS256"
    kid: Word
    p: Annotated[str, Field(pattern=B64URL_PATTERN, max_length=2048)]
    sig: Annotated[str, Field(pattern=B64URL_PATTERN, max_length=128)]


class Unlock(Message):
    """The signed part of an unlock. `iat`/`exp` are wall-clock ms, used only by a lock whose clock is NTP."""

    op: Literal["unlock"] = "unlock"
    id: Ulid
    dev: Id
    door: Id
    ch: Challenge
    iat: TimeMs
    exp: TimeMs
    release_ms: DurationMs
    visit: Text


class ChallengeAck(Message):
    id: CommandId
    ch: Challenge
    ttl_ms: Annotated[int, Field(ge=1, le=CHALLENGE_TTL_MS)] = CHALLENGE_TTL_MS


RejectCode = Literal["expired", "replay", "bad_sig", "retained", "busy", "jammed", "lockdown", "invalid"]


class CommandAck(Message):
    """Answer to a command. `invalid` is ours: well signed, but not for this door or beyond its limits."""

    id: CommandId
    result: Literal["done", "rejected", "failed"]
    code: RejectCode | None = None
    bolt: Bolt | None = None
    took_ms: DurationMs | None = None


def parse(model: type[M], payload: bytes) -> M:
    """One message of a known kind; raises BadMessage."""
    return _validate(model, _object(payload))


def parse_event(payload: bytes) -> Envelope:
    """An envelope with typed `data`; data of an unknown event type stays a dict. Raises BadMessage."""
    envelope = _validate(Envelope, _object(payload))
    kind = EVENT_TYPES.get(envelope.type)
    if kind is None:
        return envelope
    return envelope.model_copy(update={"data": _validate(kind, envelope.data, "data.")})


def parse_ack(payload: bytes) -> ChallengeAck | CommandAck:
    """An answer to a command (`up/ack`); raises BadMessage."""
    raw = _object(payload)
    return _validate(ChallengeAck, raw) if "ch" in raw else _validate(CommandAck, raw)


def parse_command(payload: bytes) -> ChallengeRequest | Resend | SignedCommand:
    """A command to a device (`down/cmd`); raises BadMessage."""
    raw = _object(payload)
    if "op" not in raw:
        return _validate(SignedCommand, raw)
    if raw["op"] == "challenge":
        return _validate(ChallengeRequest, raw)
    return _validate(Resend, raw)


def parse_state(capability: str, payload: bytes) -> EventData:
    """The retained state of a capability such as `lock` or `scale-3`; raises BadMessage."""
    kind = STATE_TYPES.get(capability.split("-", 1)[0])
    if kind is None:
        raise BadMessage("invalid", "unknown capability")
    return _validate(kind, _object(payload))


def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every message and of every event's `data` (keys `message name` and `event:type`)."""
    whole = (Envelope, Birth, Status, Heartbeat, CoreStatus, Config, EventAck, ChallengeRequest, Resend,
             SignedCommand, Unlock, ChallengeAck, CommandAck, DoorCode)  # fmt: skip
    named: dict[str, type[Message]] = {model.__name__: model for model in whole}
    named |= {f"event:{name}": model for name, model in EVENT_TYPES.items()}
    named |= {f"state:{name}": model for name, model in STATE_TYPES.items()}
    return {name: model.model_json_schema(by_alias=True) for name, model in named.items()}


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD:
        raise BadMessage("oversize", f"{len(payload)} bytes, at most {MAX_PAYLOAD}")
    try:
        raw = from_json(payload, allow_inf_nan=False)
    except ValueError:
        raise BadMessage("not_json", "the payload is not JSON") from None
    if not isinstance(raw, dict):
        raise BadMessage("not_object", "the payload is not a JSON object")
    if "v" in raw and (raw["v"] != 1 or isinstance(raw["v"], bool)):
        raise BadMessage("version", "this core speaks version 1 only")
    return raw


def _validate(model: type[M], raw: Any, prefix: str = "") -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[:3]
        where = "; ".join(f"{prefix}{'.'.join(map(str, e['loc']))} {e['type']}" for e in first)
        raise BadMessage("invalid", where[:300]) from None


__all__ = [
    "CHALLENGE_TTL_MS", "EVENT_TYPES", "MAX_PAYLOAD", "PRIORITY_TYPES", "STATE_TYPES", "BadMessage",
    "Birth", "Bolt", "Cause", "ChallengeAck", "ChallengeRequest", "CommandAck", "Config",
    "ContactChanged", "ContactHeldOpen", "ContactState", "CoreStatus", "Emergency", "Envelope",
    "EventAck", "EventData", "Heartbeat", "LockChanged", "LockForced", "LockJammed", "LockState",
    "LockTamper", "Message", "Mode", "OutboxOverflow", "OutboxRange", "RejectCode", "Resend",
    "ScaleFault", "Scan", "ShelfChange", "ShelfState", "ShelfUnsettled", "SignedCommand", "Status",
    "TempExcursion", "TempState", "Unlock", "json_schemas", "parse", "parse_ack", "parse_command",
    "parse_event", "parse_state",
]  # fmt: skip
