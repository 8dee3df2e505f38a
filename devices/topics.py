"""Topic names of `shop/v1`: built and taken apart here and nowhere else (protocol section 4.2)."""

import re
from dataclasses import dataclass

ROOT = "shop/v1"
MAX_PAYLOAD = (
    16 * 1024
)  # bytes of one message (section 4.3); here because the broker needs it, without pydantic
CORE = "core"  # the user name of the core's first gateway
MOST_GATEWAYS = 8
# States and samples have no effect in the core and are half of all messages. None of these overlap: a message
# would come twice. Births first, for the retained status refers to them.
CORE_HEARS = tuple(f"{ROOT}/+/+/up/{kind}" for kind in ("birth", "status", "event", "ack", "hb"))

_CORE = re.compile(rf"core(-[2-{MOST_GATEWAYS}])?", re.ASCII)
_ID = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_UP = re.compile(
    r"shop/v1/(?P<store>[a-z0-9-]{1,40})/(?P<device>[a-z0-9-]{1,40})/up/"
    r"(?P<kind>birth|status|event|ack|hb|state|sample)(?:/(?P<cap>[a-z0-9-]{1,40}))?",
    re.ASCII,
)
_WITH_CAPABILITY = frozenset({"state", "sample"})


@dataclass(frozen=True, slots=True)
class UpTopic:
    """Where a message of a device came from: kind is birth, status, event, ack, hb, state or sample."""

    store: str
    device: str
    kind: str
    capability: str | None = None


def core(number: int) -> str:
    """The user name of the core's gateway of this number, counted from 1."""
    return CORE if number == 1 else f"{CORE}-{number}"


def is_core(name: str) -> bool:
    """No device may be called so."""
    return _CORE.fullmatch(name) is not None


def parse_up(topic: str) -> UpTopic | None:
    """None for anything that is not a device's upward topic."""
    match = _UP.fullmatch(topic)
    if match is None or (match["cap"] is not None) != (match["kind"] in _WITH_CAPABILITY):
        return None
    return UpTopic(match["store"], match["device"], match["kind"], match["cap"])


def up(store: str, device: str, kind: str, capability: str | None = None) -> str:
    """`kind` as in UpTopic, state and sample with a capability; ValueError for a bad id."""
    topic = f"{ROOT}/{store}/{device}/up/{kind}" + (f"/{capability}" if capability else "")
    if parse_up(topic) is None:
        raise ValueError(f"not a device topic: {topic!r}")
    return topic


def command(store: str, device: str) -> str:
    return _down(store, device, "cmd")


def event_ack(store: str, device: str) -> str:
    return _down(store, device, "event-ack")


def config(store: str, device: str) -> str:
    return _down(store, device, "config")


def door_code(store: str, device: str) -> str:
    return _down(store, device, "door-code")


def all_down(store: str, device: str) -> str:
    return _down(store, device, "#")


def core_status(store: str) -> str:
    return f"{ROOT}/{checked(store)}/{CORE}/status"


def checked(identifier: str) -> str:
    """The id itself, or ValueError: ids are `[a-z0-9-]{1,40}`, so no wildcard can hide in one."""
    if _ID.fullmatch(identifier) is None:
        raise ValueError(f"not an id: {identifier!r}")
    return identifier


def _down(store: str, device: str, kind: str) -> str:
    return f"{ROOT}/{checked(store)}/{checked(device)}/down/{kind}"
