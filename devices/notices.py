"""What a link tells whoever owns it: a message, and its own ups and downs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incoming:
    topic: str
    payload: bytes
    retained: bool
    qos: int
    mid: int
    generation: int
    received: float  # time.monotonic()


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Connected and subscribed. Messages of a kept session may have been delivered a moment before."""

    generation: int
    session_present: bool


@dataclass(frozen=True, slots=True)
class LinkDown:
    generation: int
    reason: str


Notice = Incoming | LinkUp | LinkDown
