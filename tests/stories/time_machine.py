"""Time that passes only when the story says so, and a millisecond for each look at the clock."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from shop.domain import clock

TICK = timedelta(milliseconds=1)  # so that what happens later is also written as later


class TimeMachine:
    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        self._now += TICK
        return self._now.astimezone(zone)

    def forward(self, to: datetime) -> None:
        self._now = max(self._now, to)

    @classmethod
    def instead_of_the_clock(cls, monkeypatch: pytest.MonkeyPatch) -> "TimeMachine":
        """Behind `clock.now`, which table defaults keep a reference to."""
        machine = cls(datetime.now(UTC))
        monkeypatch.setattr(clock, "datetime", machine)
        return machine
