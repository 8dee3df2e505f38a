"""A report's place in its device's row, read leniently: one without sense must not block those behind."""

import json
from contextlib import suppress

from pydantic import ValidationError

from devices.fields import Count, Id, Message, Seq, Ulid


class Numbered(Message):
    """`(dev, epoch, seq)` is unique; order is by `(epoch, seq)`, never by time."""

    dev: Id
    epoch: Ulid
    seq: Seq
    after: Count | None = None  # the device keeps nothing between this number and `seq`: it is lost, not late


def read(payload: bytes) -> Numbered | None:
    """None when not even device, storage and number can be read.

    Nothing else matters: another version, a NaN, letters that are no UTF-8, an `after` without sense.
    """
    try:
        raw = json.loads(payload.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    if isinstance(raw, dict):
        for told in (raw, raw | {"after": None}):
            with suppress(ValidationError):
                return Numbered.model_validate(told)
    return None
